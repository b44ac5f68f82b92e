"""Agent of one unit: pure resolver, operations, and the executor that runs hooks."""
