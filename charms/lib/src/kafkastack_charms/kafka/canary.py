"""Canary of a broker: an acknowledged message of ours proves that the broker works.

Every broker has a topic of its own, of one partition that lives there only, so that the answer is
about this broker and no other, and so that it goes with the broker. What lies there is kept for
an hour.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from kafkastack_charms.kafka.admin import (
    Futures,
    Login,
    Session,
    UnavailableError,
    open_session,
    wait,
)
from kafkastack_charms.kafka.topics import CANARY

logger = logging.getLogger(__name__)

PREFIX = f"{CANARY}-"  # before the number of the broker
ATTEMPT = 1.0  # seconds for one question
BETWEEN = 0.03  # seconds between two tries
Meanwhile = Callable[[Session], None]
_SETTINGS = {
    "retention.ms": "3600000",
    "retention.bytes": "1048576",
    "segment.bytes": "1048576",
    "min.insync.replicas": "1",
}


def is_ready(login: Login, broker_id: int, patience: float, meanwhile: Meanwhile) -> bool:
    """Report whether a broker acknowledges a message within some seconds.

    What else is to be asked of a broker that answers is asked `meanwhile`, before the message.
    Each try is a new client: one that comes between the broker's start and its first news from
    the controller would wait for a minute.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            acknowledge(login, broker_id, meanwhile)
        except UnavailableError as error:
            reason = str(error)
        else:
            return True
        if time.monotonic() >= deadline:
            logger.info("broker %s is not ready: %s", broker_id, reason)
            return False
        time.sleep(BETWEEN)


def acknowledge(login: Login, broker_id: int, meanwhile: Meanwhile) -> None:
    """Have a broker acknowledge a message; raise UnavailableError where it does not."""
    with open_session(login) as session:
        made = _make_topic(session, broker_id)
        producer = _connect(login)
        meanwhile(session)
        wait(made, but=("TOPIC_ALREADY_EXISTS",))
        reports = _send(producer, topic_of(broker_id))
    # Never compare a KafkaError with None by `==`: it fails, and not at once.
    if not reports or reports[0] is not None:
        reason = reports[0] if reports else "no answer"
        raise UnavailableError(f"the message was not acknowledged: {reason}")


def _connect(login: Login) -> Any:
    """Return a producer, which enters while the topic is made."""
    from confluent_kafka import Producer

    return Producer({**login.settings, "acks": "all", "linger.ms": 0})


def _send(producer: Any, topic: str) -> list[Any]:
    reports: list[Any] = []

    def delivered(error: Any, _message: Any) -> None:
        reports.append(error)

    producer.produce(
        topic,
        value=str(int(time.time())),
        partition=0,
        on_delivery=delivered,
    )
    producer.flush(ATTEMPT * 2)
    return reports


def topic_of(broker_id: int) -> str:
    """Return the topic of a broker."""
    return f"{PREFIX}{broker_id}"


def find_abandoned(topics: Iterable[str], brokers: Collection[int]) -> list[str]:
    """Return the topics of brokers that are no more."""
    own = set(map(topic_of, brokers))
    return sorted(topic for topic in topics if topic.startswith(PREFIX) and topic not in own)


def _make_topic(session: Session, broker_id: int) -> Futures:
    """Make the topic of this broker; return what to wait for if it is new."""
    from confluent_kafka import admin as untyped

    kafka: Any = untyped
    cluster = session.look(ATTEMPT)
    if broker_id not in cluster.brokers or cluster.controller_id not in cluster.brokers:
        raise UnavailableError("the cluster does not know this broker yet")
    name = topic_of(broker_id)
    if name in cluster.topics:
        return {}
    place = [[broker_id]]
    topic = kafka.NewTopic(name, num_partitions=1, replica_assignment=place, config=_SETTINGS)
    return session.admin.create_topics([topic], request_timeout=ATTEMPT)
