"""Store: SQLite, one transaction per decision."""
