"""A distribution of Kafka, fetched where it is missing."""

from pathlib import Path

from kafkastack.artifacts.resources import ensure_resource


def find_jar(version: str) -> Path:
    """Return kafka.jar of a version, beside the jars that it needs and its class archive."""
    return ensure_resource(f"kafka-{version}/kafka.jar")
