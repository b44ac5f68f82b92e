"""Options of the client as they are read, and the ones among them that cannot be followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms.kafka.topics import is_topic

Config = Mapping[str, object]
PROCESSES = ("consumer", "producer")
ROLES = (*PROCESSES, "admin")
_BOUNDS = {
    "partitions": (1, 9000),  # that a controller makes at once
    "replication_factor": (1, 100),
    "num_messages": (0, 2**62),
    "message_interval": (0, 86400),
}


class Options(NamedTuple):
    """The options, parsed."""

    role: str
    topic: str
    group_prefix: str
    replication_factor: int
    partitions: int
    num_messages: int
    message_interval: float


def find_complaint(config: Config) -> str:
    """Return which option must be changed and to what, or ""."""
    if config["role"] not in ROLES:
        return f"role must be consumer, producer or admin, not {config['role']}"
    topic = str(config["topic_name"])
    if not is_topic(topic):
        return f"topic_name must be a name that Kafka accepts, not {topic!r}"
    for name, (least, most) in _BOUNDS.items():
        if not least <= float(str(config[name])) <= most:
            return f"{name} must be {least} to {most}, not {config[name]}"
    return ""


def read_options(config: Config) -> Options:
    """Return the parsed options; `find_complaint` must have found nothing."""
    return Options(
        role=str(config["role"]),
        topic=str(config["topic_name"]),
        group_prefix=str(config.get("consumer_group_prefix", "")),
        replication_factor=int(str(config["replication_factor"])),
        partitions=int(str(config["partitions"])),
        num_messages=int(str(config["num_messages"])),
        message_interval=float(str(config["message_interval"])),
    )
