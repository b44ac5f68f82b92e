"""Doubles for the tests of a charm: a machine, a CA, servers that always say the same."""
