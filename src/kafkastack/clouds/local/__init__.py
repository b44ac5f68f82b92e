"""Machines that are folders of this host, supervised without root."""
