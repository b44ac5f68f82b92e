"""One door to the host: programs, files and clock."""
