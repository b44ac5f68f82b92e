"""kafka produce: what kafka-console-producer.sh does, without a JVM."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from confluent_kafka import KafkaException, Producer

from kafkastack.cli.kafka.client import read_properties, required, session
from kafkastack.cli.kafka.lines import READER, Reader, Record
from kafkastack.gnuflag import Parsed

_DELIVERY_MS = 30_000
_TICK = 0.1
_PROMPT = ">"


def produce(parsed: Parsed) -> int:
    """Send each line of standard input as a message; return when all are acknowledged."""
    topic = required(parsed, "topic")
    reader = Reader(read_properties(parsed.lists["property"], dict(READER)))
    with session(parsed) as opened:
        words = parsed.lists["producer-property"]
        producer = opened.client(Producer, words, **{"message.timeout.ms": _DELIVERY_MS})
        opened.partitions_of(producer, topic)
        send(producer, topic, reader, _typed_lines())
    return 0


def send(producer: Any, topic: str, reader: Reader, lines: Iterable[bytes]) -> None:
    """Send lines; an error of one line comes after the others before it have been sent."""
    delivery = _Delivery()
    try:
        for number, line in enumerate(lines, 1):
            _produce(producer, topic, reader.parse(line, number), delivery)
    finally:
        while producer.flush(_TICK):
            pass
    if delivery.failed:
        raise KafkaException(delivery.failed[0])


class _Delivery:
    """Remembers which messages were not acknowledged."""

    def __init__(self) -> None:
        self.failed: list[Any] = []

    def __call__(self, error: Any, _message: Any) -> None:
        if error is not None:
            self.failed.append(error)


def _produce(producer: Any, topic: str, record: Record, told: Callable[[Any, Any], None]) -> None:
    while True:
        try:
            producer.produce(topic, *record[:2], headers=record.headers, on_delivery=told)
            break
        except BufferError:  # as much as it holds is on its way
            producer.poll(_TICK)
    producer.poll(0)


def _typed_lines() -> Iterator[bytes]:
    """Yield lines without their ends; who types them is asked for each."""
    asks = sys.stdin.isatty()
    while True:
        if asks:
            print(_PROMPT, end="", flush=True)
        line = sys.stdin.buffer.readline()
        if not line:
            return
        yield line.rstrip(b"\n").removesuffix(b"\r")
