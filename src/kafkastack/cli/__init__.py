"""Command line: one module per verb family, each verb parse → call → print."""
