"""Numbered messages and whole batches: acknowledged when, and there in the end or not."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

NUMBERS, BATCHES = "numbers", "batches"  # topics
PARTITIONS = 3  # of each, one led by each broker
SIZE = 9  # messages of a batch
_NUMBER_PAUSE, _BATCH_PAUSE = 0.01, 0.1
_READING = 120.0  # seconds
_QUICK = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "log_level": 0}
_WHOLE = {"acks": "all", "enable.idempotence": True, "linger.ms": 0}


class Done(NamedTuple):
    """Something that a broker has acknowledged: a message by its partition, or a batch."""

    at: float
    number: int
    partition: int = 0


class Numbers:
    """Sends one message after another, each with the next number."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        patient = {"message.timeout.ms": 300_000}
        self._producer = Producer({**client, **_QUICK, **_WHOLE, **patient})
        self.done: list[Done] = []
        self.refused: list[str] = []
        self.sent = 0

    def step(self) -> None:
        """Send one message; take note of what came back."""
        topic, number, partition = NUMBERS, str(self.sent), self.sent % PARTITIONS
        self._producer.produce(topic, number, partition=partition, on_delivery=self._delivered)
        self.sent += 1
        self._producer.poll(0)
        time.sleep(_NUMBER_PAUSE)

    def _delivered(self, error: KafkaError | None, message: Any) -> None:
        if error is None:
            done = Done(time.monotonic(), int(message.value()), message.partition())
            self.done.append(done)
        else:
            self.refused.append(error.str())

    def finish(self) -> None:
        """Wait for all answers."""
        self._producer.flush(60)


class Batches:
    """Commits one batch after another; one that fails is not sent again."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = {**client, **_QUICK, **_WHOLE, "transactional.id": "batches"}
        self._producer = self._open()
        self.done: list[Done] = []
        self.aborted: set[int] = set()
        self.refused: list[str] = []
        self.sent = 0

    def _open(self) -> Producer:
        producer = Producer(self._client)
        _repeat(lambda: producer.init_transactions(30))
        return producer

    def step(self) -> None:
        """Commit a batch, or take it back."""
        self.sent += 1
        try:
            self._producer.begin_transaction()
            for number in range(SIZE):
                text = f"{self.sent} {number}"
                self._producer.produce(BATCHES, text, partition=number % PARTITIONS)
            _repeat(lambda: self._producer.commit_transaction(30))
            self.done.append(Done(time.monotonic(), self.sent))
        except KafkaException as error:
            self.refused.append(error.args[0].str())
            self._recover(error.args[0])
        time.sleep(_BATCH_PAUSE)

    def _recover(self, error: KafkaError) -> None:
        if error.txn_requires_abort():
            _repeat(lambda: self._producer.abort_transaction(30))
            self.aborted.add(self.sent)
        else:
            self._producer = self._open()  # whether it is there, nobody has told

    def finish(self) -> None:
        """Nothing is left open."""


def _repeat(ask: Callable[[], None]) -> None:
    while True:
        try:
            return ask()
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


@contextmanager
def running(*senders: Numbers | Batches) -> Iterator[None]:
    """Let them send, each in a thread of its own; a thread's end is the block's failure."""
    stopped, failures = threading.Event(), []

    def run(sender: Numbers | Batches) -> None:
        try:
            while not stopped.is_set():
                sender.step()
            sender.finish()
        except Exception as error:  # told by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=run, args=(sender,), daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(120)
    if failures:
        raise failures[0]


def longest_gap(done: Iterable[Done], begin: float, end: float) -> float:
    """Return the longest time in which nothing was acknowledged, in the worst partition."""
    done = list(done)
    times = {one.partition: [begin] for one in done}
    for one in done:
        if begin <= one.at <= end:
            times[one.partition].append(one.at)
    ends = (itertools.pairwise([*some, end]) for some in times.values())
    return max(after - before for pairs in ends for before, after in pairs)


def read(client: Mapping[str, Any], topic: str) -> list[str]:
    """Return all that is committed in a topic."""
    settings = {"isolation.level": "read_committed", "enable.partition.eof": True}
    consumer = Consumer({**client, **_QUICK, **settings, "group.id": "rolls"})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    found, ends, until = [], set(), time.monotonic() + _READING
    while len(ends) < PARTITIONS and time.monotonic() < until:
        for message in consumer.consume(500, timeout=1):
            error = message.error()
            if error is None:
                found.append(message.value().decode())
            elif error.code() == KafkaError._PARTITION_EOF:  # its public name
                ends.add(message.partition())
    consumer.close()
    if len(ends) < PARTITIONS:
        raise TimeoutError(f"the end of {topic} was not reached in {_READING:.0f} s")
    return found


def judge_numbers(done: Iterable[Done], found: Sequence[str]) -> dict[str, list[int]]:
    """Tell which messages are missing, and which are there twice."""
    counts = Counter(map(int, found))
    return {
        "lost": sorted({one.number for one in done} - counts.keys()),
        "duplicated": sorted(number for number, count in counts.items() if count > 1),
    }


def judge_batches(
    done: Iterable[Done], aborted: Iterable[int], found: Sequence[str]
) -> dict[str, list[int]]:
    """Tell which batches are missing, there twice, there by half, or there though taken back."""
    texts = Counter(found)
    twice = (text for text, count in texts.items() if count > 1)
    parts = Counter(int(text.partition(" ")[0]) for text in texts)
    return {
        "lost": sorted({one.number for one in done} - parts.keys()),
        "duplicated": sorted({int(text.partition(" ")[0]) for text in twice}),
        "half": sorted(number for number, count in parts.items() if count != SIZE),
        "taken back, but there": sorted(parts.keys() & set(aborted)),
    }
