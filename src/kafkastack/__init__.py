"""Kafka on MicroStack, in one command: Juju-like engine, charms and clouds in one program."""

__version__ = "0.1.0"
JUJU_VERSION = "3.6.8"  # the contract that we keep towards charms, jubilant and people
