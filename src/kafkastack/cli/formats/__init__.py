"""How status is shown: pure functions from the status document to text."""
