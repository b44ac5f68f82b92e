"""Topics and consumer groups as Kafka's own scripts print them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Partition(NamedTuple):
    """One partition: which brokers hold it."""

    number: int
    leader: int | None
    replicas: tuple[int, ...]
    isr: tuple[int, ...]


class Topic(NamedTuple):
    """One topic, as `--describe` shows it."""

    name: str
    identity: str
    partitions: tuple[Partition, ...]
    settings: Mapping[str, str]


class Position(NamedTuple):
    """How far a group has read one partition, and who reads it; "-" is nobody."""

    group: str
    topic: str
    partition: int
    offset: int | None
    end: int | None
    consumer: str = "-"
    host: str = "-"
    client: str = "-"

    @property
    def lag(self) -> int | None:
        """How many messages are left to read."""
        return None if self.offset is None or self.end is None else self.end - self.offset


def describe_topic(topic: Topic) -> str:
    """Return the lines of `kafka-topics.sh --describe`."""
    replicas = len(topic.partitions[0].replicas) if topic.partitions else 0
    settings = ",".join(f"{key}={value}" for key, value in topic.settings.items())
    lines = [
        f"Topic: {topic.name}\tTopicId: {topic.identity}"
        f"\tPartitionCount: {len(topic.partitions)}\tReplicationFactor: {replicas}"
        f"\tConfigs: {settings}"
    ]
    lines += [
        f"\tTopic: {topic.name}\tPartition: {one.number}"
        f"\tLeader: {'none' if one.leader is None else one.leader}"
        f"\tReplicas: {_joined(one.replicas)}\tIsr: {_joined(one.isr)}"
        for one in topic.partitions
    ]
    return "".join(f"{line}\n" for line in lines)


def _joined(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


_OFFSETS = (
    "GROUP",
    "TOPIC",
    "PARTITION",
    "CURRENT-OFFSET",
    "LOG-END-OFFSET",
    "LAG",
    "CONSUMER-ID",
    "HOST",
    "CLIENT-ID",
)
_RESET = ("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET")


def describe_group(positions: Sequence[Position]) -> str:
    """Return the table of `kafka-consumer-groups.sh --describe`."""
    return _table(
        _OFFSETS,
        [
            (
                one.group,
                one.topic,
                str(one.partition),
                _number(one.offset),
                _number(one.end),
                _number(one.lag),
                one.consumer,
                one.host,
                one.client,
            )
            for one in positions
        ],
    )


def describe_reset(group: str, offsets: Mapping[tuple[str, int], int]) -> str:
    """Return the table of `kafka-consumer-groups.sh --reset-offsets`."""
    rows = [(group, topic, str(number), str(at)) for (topic, number), at in offsets.items()]
    return _table(_RESET, rows)


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows below a heading, every column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (heading, *rows)]
    return "".join(f"{line}\n" for line in lines)
