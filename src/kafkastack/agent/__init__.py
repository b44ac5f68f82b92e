"""What one unit does next: pure resolver, operations, and the executor that runs hooks."""
