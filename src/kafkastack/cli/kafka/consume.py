"""kafka consume: what kafka-console-consumer.sh does, without a JVM."""

import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from kafkastack.cli.kafka.client import (
    Session,
    read_properties,
    required,
    session,
    whole_number,
)
from kafkastack.cli.kafka.lines import FORMATTER, Formatter, Read
from kafkastack.cli.session import number
from kafkastack.errors import NotFoundError, TimeoutExceededError, UsageError
from kafkastack.gnuflag import Parsed

_TICK = 0.1
_OFFSETS = {"earliest": OFFSET_BEGINNING, "latest": OFFSET_END}


class Limits(NamedTuple):
    """When reading ends: after so many messages, or so many seconds without one."""

    messages: int = -1
    seconds: float = -1.0


def consume(parsed: Parsed) -> int:
    """Print messages until a limit, or until it is interrupted."""
    topic = required(parsed, "topic")
    _check(parsed)
    formatter = Formatter(read_properties(parsed.lists["property"], dict(FORMATTER)))
    limits = _limits(parsed)
    with session(parsed) as opened:
        consumer = _open(parsed, opened, topic)
        told = _Output()
        try:
            read(consumer, formatter, limits, told)
        finally:
            told.flush()
            consumer.close()  # what a group has read is committed
            print(f"Processed a total of {told.count} messages", file=sys.stderr)
    if 0 <= told.count < limits.messages:
        raise TimeoutExceededError(
            f"{told.count} of {limits.messages} messages came in time",
            "wait longer: --timeout-ms; older ones come with --from-beginning",
        )
    return 0


def _check(parsed: Parsed) -> None:
    if parsed["offset"] and not parsed["partition"]:
        raise UsageError("The partition is required when offset is specified.", "--partition N")
    if parsed["partition"] and parsed["group"]:
        raise UsageError("Options group and partition cannot be specified together.")
    if parsed["offset"] and parsed.is_set("from-beginning"):
        raise UsageError("Options from-beginning and offset cannot be specified together.")


def _limits(parsed: Parsed) -> Limits:
    most, limit = (whole_number(parsed, flag) for flag in ("max-messages", "timeout-ms"))
    return Limits(-1 if most is None else most, -1.0 if limit is None else limit / 1000)


def _open(parsed: Parsed, opened: Session, topic: str) -> Consumer:
    """Return a consumer that begins where it is to; without a group none is left behind."""
    group, begins = parsed["group"], parsed.is_set("from-beginning")
    consumer = opened.client(
        Consumer,
        parsed.lists["consumer-property"],
        **{
            "group.id": group or "kafkastack",
            "enable.auto.commit": bool(group),
            "auto.offset.reset": "earliest" if begins else "latest",
            "isolation.level": parsed["isolation-level"],
        },
    )
    partitions = opened.partitions_of(consumer, topic)
    if group:
        consumer.subscribe([topic])
    else:
        chosen = _chosen(parsed, opened, topic, partitions)
        at = _offset(parsed["offset"] or ("earliest" if begins else "latest"))
        consumer.assign([TopicPartition(topic, one, at) for one in chosen])
    return consumer


def _chosen(parsed: Parsed, opened: Session, topic: str, partitions: list[int]) -> list[int]:
    chosen = whole_number(parsed, "partition")
    if chosen is None:
        return partitions
    if chosen not in partitions:
        describe = opened.typed(f"topics --describe --topic {topic}")
        raise NotFoundError(
            f'topic "{topic}" has no partition {chosen}',
            f"it has 0 to {partitions[-1]}: {describe}",
        )
    return [chosen]


def _offset(text: str) -> int:
    return _OFFSETS[text] if text in _OFFSETS else number(text, "--offset")


def read(
    consumer: Any, formatter: Formatter, limits: Limits, told: Callable[[bytes], None]
) -> None:
    """Hand messages on as they come, until a limit."""
    count, last = 0, time.monotonic()
    while count != limits.messages:
        message = consumer.poll(_TICK)
        if message is None:
            told(b"")
            if 0 <= limits.seconds <= time.monotonic() - last:
                return
            continue
        if error := message.error():
            if error.code() == KafkaError._PARTITION_EOF:
                continue
            raise KafkaException(error)
        told(formatter.render(_read(message)))
        count, last = count + 1, time.monotonic()


def _read(message: Any) -> Read:
    return Read(
        message.value(),
        message.key(),
        message.headers() or [],
        message.partition(),
        message.offset(),
        message.timestamp(),
    )


class _Output:
    """Standard output: the very bytes in a pipe, on a terminal what it can show."""

    def __init__(self) -> None:
        self.count = 0
        self._is_terminal = sys.stdout.isatty()

    def __call__(self, text: bytes) -> None:
        """Print a message; nothing to print is the time to let a reader see the others."""
        if not text:
            self.flush()
            return
        self.count += 1
        if self._is_terminal:
            sys.stdout.write(text.decode(errors="replace"))
        else:
            sys.stdout.buffer.write(text)

    def flush(self) -> None:
        """Let a reader have all that was printed."""
        if not self._is_terminal:
            sys.stdout.buffer.flush()
        sys.stdout.flush()
