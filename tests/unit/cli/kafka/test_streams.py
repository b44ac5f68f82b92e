"""Lines that become messages and messages that become lines, with clients that are names only."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kafkastack.cli.kafka.consume import Limits, read
from kafkastack.cli.kafka.groups import milliseconds
from kafkastack.cli.kafka.lines import FORMATTER, READER, Formatter, Reader
from kafkastack.cli.kafka.produce import send
from kafkastack.errors import KafkastackError, UsageError

Delivered = Callable[[Any, Any], None]


class FakeProducer:
    """Acknowledges when it is flushed; `full` times it has no room, `refused` is not taken."""

    def __init__(self, full: int = 0, refused: bytes = b"") -> None:
        self.full = full
        self.refused = refused
        self.sent: list[tuple[bytes | None, bytes | None]] = []
        self._waiting: list[Delivered] = []

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        headers: Any,
        on_delivery: Delivered,
    ) -> None:
        if self.full:
            self.full -= 1
            raise BufferError
        self.sent.append((key, value))
        failed = KafkaError(KafkaError._MSG_TIMED_OUT) if value == self.refused else None
        self._waiting.append(lambda *_: on_delivery(failed, None))

    def poll(self, _seconds: float) -> int:
        return 0

    def flush(self, _seconds: float) -> int:
        while self._waiting:
            self._waiting.pop()(None, None)
        return 0


class FakeMessage:
    def __init__(self, value: bytes, code: int = 0) -> None:
        self._value = value
        self._code = code

    def error(self) -> KafkaError | None:
        return KafkaError(self._code) if self._code else None

    def value(self) -> bytes:
        return self._value

    def key(self) -> None:
        return None

    def headers(self) -> None:
        return None

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 0

    def timestamp(self) -> tuple[int, int]:
        return (0, -1)


class FakeConsumer:
    """Has these messages, then none; None is a moment without one."""

    def __init__(self, *messages: FakeMessage | None) -> None:
        self._messages = iter(messages)

    def poll(self, _seconds: float) -> FakeMessage | None:
        return next(self._messages, None)


def lines(*texts: bytes) -> Iterator[bytes]:
    yield from texts


def plain_reader(**properties: str) -> Reader:
    return Reader(READER | {name.replace("_", "."): text for name, text in properties.items()})


def shown(consumer: FakeConsumer, limits: Limits) -> list[bytes]:
    told: list[bytes] = []
    read(consumer, Formatter(FORMATTER), limits, told.append)
    return [text for text in told if text]


def test_every_line_is_sent_in_its_order():
    producer = FakeProducer()
    send(producer, "t", plain_reader(), lines(b"1", b"2", b"3"))
    assert producer.sent == [(None, b"1"), (None, b"2"), (None, b"3")]


def test_a_line_waits_for_room():
    producer = FakeProducer(full=2)
    send(producer, "t", plain_reader(), lines(b"1"))
    assert producer.sent == [(None, b"1")]


def test_a_message_that_is_not_acknowledged_is_an_error():
    producer = FakeProducer(refused=b"2")
    with pytest.raises(KafkaException):
        send(producer, "t", plain_reader(), lines(b"1", b"2", b"3"))
    assert len(producer.sent) == 3


def test_what_stood_before_a_bad_line_is_sent():
    producer = FakeProducer()
    with pytest.raises(KafkastackError, match="line number 2"):
        send(producer, "t", plain_reader(parse_key="true"), lines(b"k\tv", b"oops", b"k\tw"))
    assert producer.sent == [(b"k", b"v")]


def test_reading_ends_after_so_many_messages():
    consumer = FakeConsumer(FakeMessage(b"1"), None, FakeMessage(b"2"), FakeMessage(b"3"))
    assert shown(consumer, Limits(messages=2)) == [b"1\n", b"2\n"]
    assert shown(consumer, Limits(messages=0)) == []


def test_reading_ends_when_none_has_come_for_so_long():
    assert shown(FakeConsumer(FakeMessage(b"1")), Limits(seconds=0)) == [b"1\n"]


def test_the_end_of_a_partition_is_no_error_and_anything_else_is():
    ended, refused = KafkaError._PARTITION_EOF, KafkaError.TOPIC_AUTHORIZATION_FAILED
    consumer = FakeConsumer(FakeMessage(b"", ended), FakeMessage(b"1"), FakeMessage(b"", refused))
    with pytest.raises(KafkaException):
        shown(consumer, Limits())


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("1970-01-01T00:00:01.500", 1500),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-02", 86_400_000),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str, since: int):
    assert milliseconds(text) == since


def test_what_is_no_time_is_refused():
    with pytest.raises(UsageError, match='not "yesterday"'):
        milliseconds("yesterday")
