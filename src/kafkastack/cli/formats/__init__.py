"""Formats of `status`: pure functions from the status document to text."""
