"""Where it is kept: SQLite, one transaction per decision."""
