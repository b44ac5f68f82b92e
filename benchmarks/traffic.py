"""Verifiable workload: producers and groups whose every message is accounted for."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from verdict import (
    Acknowledged,
    Assigned,
    Committed,
    Faults,
    Message,
    Record,
    Step,
    judge_group,
    judge_messages,
    judge_transactions,
)

MESSAGES, TRANSACTIONS = "messages", "transactions"  # topics
PARTITIONS = 3  # of each, one led by each broker
KEYS = 9  # of messages, and so the messages of a transaction
_ABORTED = 5  # one of so many transactions is aborted on purpose
_REOPENED = 5.0  # seconds until a consumer leaves and another goes on
_COMMITTED = 0.5  # seconds between two commits of a consumer
_MESSAGE_PAUSE, _TRANSACTION_PAUSE = 0.1, 0.2  # seconds
_BACKLOG = 1000  # messages without an answer that stop a producer
_READING = 120.0  # seconds
_REFUSALS = (  # of a login, by its public name, and of what it may do
    KafkaError._AUTHENTICATION,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
)
_OWN_WORDS = "Local: "  # of librdkafka, where a connection ended in the middle of a login
_QUICK = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "log_level": 0}
_EXACT = {"acks": "all", "enable.idempotence": True, "linger.ms": 0}
_COMMITTED_ONLY = {"isolation.level": "read_committed", "enable.partition.eof": True}


class Client(Protocol):
    """Something that goes on until it is told to finish."""

    def step(self) -> None:
        """Do the next thing; take note of what came back."""

    def finish(self) -> None:
        """Leave nothing open."""


def create_topics(client: Mapping[str, Any], replicas: int) -> None:
    """Create both topics, of which all replicas but one must have a message."""
    config = {"min.insync.replicas": str(max(1, replicas - 1))}
    names = (MESSAGES, TRANSACTIONS)
    topics = [NewTopic(name, PARTITIONS, replicas, config=config) for name in names]
    admin = AdminClient({**client, **_QUICK})
    for made in admin.create_topics(topics).values():
        made.result(30)


class MessageProducer:
    """An idempotent producer; what was refused is not sent again."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = {**client, **_QUICK, **_EXACT, "message.timeout.ms": 300_000}
        self._producer = Producer(self._client)
        self.acknowledged: dict[Message, Acknowledged] = {}
        self.refused: list[str] = []
        self._begun = 0

    def step(self) -> None:
        """Send the next message of each key, many of a partition at once."""
        if len(self._producer) < _BACKLOG:
            number, self._begun = self._begun, self._begun + 1
            try:
                for key in range(KEYS):
                    message = Message(key, number)
                    _produce(self._producer, MESSAGES, message, self._on_delivery)
            except KafkaException as error:
                self._reopen(error.args[0])
        _serve(self._producer, _MESSAGE_PAUSE)

    def _on_delivery(self, message: Message, error: KafkaError | None, sent: Any) -> None:
        if error is None:
            self.acknowledged[message] = Acknowledged(time.monotonic(), sent.partition())
        else:
            self.refused.append(error.str())

    def _reopen(self, error: KafkaError) -> None:
        if not error.fatal():
            raise KafkaException(error)
        self.refused.append(error.str())
        self._producer.flush(1)
        self._producer = Producer(self._client)

    def finish(self) -> None:
        """Wait for all answers."""
        self._producer.flush(60)

    def judge(self, records: list[Record]) -> Faults:
        """Judge what is read back."""
        return judge_messages(self.acknowledged, records)


class TransactionProducer:
    """A transactional producer; each transaction has a message of each key."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = {**client, **_QUICK, **_EXACT, "transactional.id": "traffic"}
        self._producer = self._open()
        self.committed: dict[int, Acknowledged] = {}
        self.aborted: set[int] = set()
        self.refused: list[str] = []
        self._begun = 0

    def _open(self) -> Producer:
        producer = Producer(self._client)
        _repeat(lambda: producer.init_transactions(30))
        return producer

    def step(self) -> None:
        """Commit a transaction, or abort it."""
        number, self._begun = self._begun, self._begun + 1
        try:
            self._producer.begin_transaction()
            for key in range(KEYS):
                _produce(self._producer, TRANSACTIONS, Message(key, number), _ignore)
            self._end(number)
        except KafkaException as error:
            self.refused.append(error.args[0].str())
            self._recover(number, error.args[0])
        _serve(self._producer, _TRANSACTION_PAUSE)

    def _end(self, number: int) -> None:
        if number % _ABORTED == _ABORTED - 1:
            self._producer.flush(30)  # else there would be nothing to abort
            self._abort(number)
        else:
            _repeat(lambda: self._producer.commit_transaction(30))
            self.committed[number] = Acknowledged(time.monotonic())

    def _abort(self, number: int) -> None:
        _repeat(lambda: self._producer.abort_transaction(30))
        self.aborted.add(number)

    def _recover(self, number: int, error: KafkaError) -> None:
        if error.txn_requires_abort():
            with suppress(KafkaException):
                return self._abort(number)
        self._producer = self._open()  # nobody has told whether it is there
        return None

    def finish(self) -> None:
        """Have nothing to do: each step leaves nothing open."""

    def judge(self, records: list[Record]) -> Faults:
        """Judge what is read back."""
        return judge_transactions(self.committed, self.aborted, KEYS, records)


class Group:
    """Consumers of a topic, one after another, each at what the last one has committed."""

    def __init__(self, client: Mapping[str, Any], topic: str) -> None:
        group = {"group.id": f"traffic-{topic}", "auto.offset.reset": "earliest"}
        manual = {"enable.auto.commit": False, "session.timeout.ms": 10_000}
        self._client = {**client, **_QUICK, **_COMMITTED_ONLY, **group, **manual}
        self.topic = topic
        self.steps: list[Step] = []
        self.refused: list[str] = []
        self._open()

    def _open(self) -> None:
        self._consumer = Consumer(self._client)
        self._consumer.subscribe([self.topic], on_assign=self._on_assign)
        self._opened = self._kept = time.monotonic()
        self._ends: set[int] = set()

    def _on_assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self.steps += [Assigned(one.partition) for one in partitions]

    def step(self) -> None:
        """Read what is there; now and then commit, or leave it to another."""
        for message in self._consumer.consume(500, timeout=0.1):
            error = message.error()
            if error is None:
                self._ends.discard(message.partition())
                self.steps.append(_record(message))
            elif error.code() == KafkaError._PARTITION_EOF:  # its public name
                self._ends.add(message.partition())
        now = time.monotonic()
        if now - self._kept > _COMMITTED:
            self._commit()
            self._kept = now
        if now - self._opened > _REOPENED:
            self._consumer.close()
            self._open()

    def _commit(self) -> None:
        try:
            done = self._consumer.commit(asynchronous=False) or []
        except KafkaException as error:
            if error.args[0].code() != KafkaError._NO_OFFSET:  # its public name
                self.refused.append(error.args[0].str())
            return
        kept = [one for one in done if one.error is None and one.offset >= 0]
        self.steps += [Committed(one.partition, one.offset) for one in kept]

    def finish(self) -> None:
        """Read to the end."""
        self._consumer.close()
        self._open()
        until = time.monotonic() + _READING
        while len(self._ends) < PARTITIONS and time.monotonic() < until:
            self._opened = time.monotonic()
            self.step()
        self._consumer.close()
        if len(self._ends) < PARTITIONS:
            raise _end_not_reached(self.topic)

    def judge(self, records: list[Record]) -> Faults:
        """Judge what was given against what is read back."""
        return judge_group(self.steps, records)


def _produce(
    producer: Producer,
    topic: str,
    message: Message,
    tell: Callable[[Message, KafkaError | None, Any], None],
) -> None:
    key, text = str(message.key), f"{message.key} {message.number}"
    partition = message.key % PARTITIONS
    producer.produce(topic, text, key, partition, on_delivery=partial(tell, message))


def _serve(producer: Producer, seconds: float) -> None:
    """Hear for a while what became of messages, and of connections."""
    until = time.monotonic() + seconds
    while (rest := until - time.monotonic()) > 0:
        producer.poll(rest)


def _ignore(*_: object) -> None:
    """Leave it to the commit, which tells of all messages."""


def _record(message: Any) -> Record:
    key, number = map(int, message.value().split())
    return Record(message.partition(), message.offset(), Message(key, number))


def _repeat(ask: Callable[[], None]) -> None:
    while True:
        try:
            return ask()
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


def _end_not_reached(topic: str) -> TimeoutError:
    return TimeoutError(f"the end of {topic} was not reached in {_READING:.0f} s")


@contextmanager
def running(*clients: Client) -> Iterator[None]:
    """Let them go on, each in a thread of its own; a thread's end is the block's failure."""
    stopped, failures = threading.Event(), []

    def run(client: Client) -> None:
        try:
            while not stopped.is_set():
                client.step()
            client.finish()
        except Exception as error:  # told by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=run, args=(client,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
    for thread in threads:
        thread.join(_READING + 60)
    if failures:
        raise failures[0]
    if any(thread.is_alive() for thread in threads):
        raise TimeoutError("a client of the workload does not come to its end")


class Workload(NamedTuple):
    """All of it together."""

    messages: MessageProducer
    transactions: TransactionProducer
    groups: tuple[Group, Group]
    refusals: list[str]  # of a login, or of what it may do: a client that tries again says nothing

    @classmethod
    def begin(cls, client: Mapping[str, Any]) -> "Workload":
        """Open producers and consumers; the topics are there."""
        refusals: list[str] = []

        def hear(error: KafkaError) -> None:
            if is_refusal(error):
                refusals.append(error.str())

        own = {**client, "error_cb": hear}
        groups = Group(own, MESSAGES), Group(own, TRANSACTIONS)
        return cls(MessageProducer(own), TransactionProducer(own), groups, refusals)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send and read; in the end the groups have all that was sent."""
        with running(*self.groups), running(self.messages, self.transactions):
            yield

    def judge(self, client: Mapping[str, Any]) -> dict[str, Faults]:
        """Read everything back, and judge it."""
        records = {topic: read(client, topic) for topic in (MESSAGES, TRANSACTIONS)}
        groups = {f"group of {one.topic}": one.judge(records[one.topic]) for one in self.groups}
        return {
            MESSAGES: self.messages.judge(records[MESSAGES]),
            TRANSACTIONS: self.transactions.judge(records[TRANSACTIONS]),
            **groups,
            "clients": {"refused": self.refusals},
        }

    def counts(self) -> dict[str, int]:
        """Return how much there was of what."""
        return {
            "messages acknowledged": len(self.messages.acknowledged),
            "messages refused": len(self.messages.refused),
            "transactions committed": len(self.transactions.committed),
            "transactions aborted": len(self.transactions.aborted),
            "transactions refused": len(self.transactions.refused),
            "commits of offsets": sum(
                isinstance(step, Committed) for one in self.groups for step in one.steps
            ),
            "commits refused": sum(len(one.refused) for one in self.groups),
            "clients refused": len(self.refusals),
        }


def is_refusal(error: KafkaError) -> bool:
    """Report whether a broker has refused a login, or what somebody may do.

    librdkafka calls it a failed authentication too when the broker has gone before it answered.
    """
    return error.code() in _REFUSALS and _OWN_WORDS not in error.str()


def read(client: Mapping[str, Any], topic: str) -> list[Record]:
    """Return all that is committed in a topic."""
    consumer = Consumer({**client, **_QUICK, **_COMMITTED_ONLY, "group.id": "traffic-all"})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    found, ends, until = [], set(), time.monotonic() + _READING
    while len(ends) < PARTITIONS and time.monotonic() < until:
        for message in consumer.consume(500, timeout=1):
            error = message.error()
            if error is None:
                found.append(_record(message))
            elif error.code() == KafkaError._PARTITION_EOF:  # its public name
                ends.add(message.partition())
    consumer.close()
    if len(ends) < PARTITIONS:
        raise _end_not_reached(topic)
    return found
