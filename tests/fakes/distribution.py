"""A distribution of Kafka, fetched where it is missing."""

from pathlib import Path

from kafkastack.artifacts.assemble import assemble
from kafkastack.artifacts.cache import cache_dir
from kafkastack.artifacts.distributions import DISTRIBUTIONS
from kafkastack.artifacts.progress import silent
from kafkastack.artifacts.remotes import default_remote


def find_jar(version: str) -> Path:
    """Return kafka.jar of a version, beside the jars that it needs."""
    distribution = DISTRIBUTIONS[f"kafka-{version}"]
    folder = cache_dir() / distribution.folder
    assemble(distribution, folder, default_remote(), silent)
    return folder / "kafka.jar"
