"""Whether a broker works: it has acknowledged a message of ours.

Every broker has a partition of its own in a topic of the charm, so that the answer is about this
broker and no other. What lies there is kept for an hour.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from session import Futures, Login, Session, UnavailableError, open_session, wait

logger = logging.getLogger(__name__)

TOPIC = "__canary"
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
    """Tell whether a broker acknowledges a message within some seconds.

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
        partition, made = _own_partition(session.admin, broker_id)
        meanwhile(session)
        wait(made)
        reports = _send(login, partition)
    # Never compare a KafkaError with None by `==`: it fails, and not at once.
    if not reports or reports[0] is not None:
        reason = reports[0] if reports else "no answer"
        raise UnavailableError(f"the message was not acknowledged: {reason}")


def _send(login: Login, partition: int) -> list[Any]:
    from confluent_kafka import Producer

    reports: list[Any] = []

    def delivered(error: Any, _message: Any) -> None:
        reports.append(error)

    producer: Any = Producer({**login.settings, "acks": "all", "linger.ms": 0})
    producer.produce(
        TOPIC,
        value=str(int(time.time())),
        partition=partition,
        on_delivery=delivered,
    )
    producer.flush(ATTEMPT * 2)
    return reports


def _own_partition(admin: Any, broker_id: int) -> tuple[int, Futures]:
    """Return the partition that lives on this broker only, and what to wait for if it is new."""
    cluster = admin.list_topics(TOPIC, timeout=ATTEMPT)
    if broker_id not in cluster.brokers or cluster.controller_id not in cluster.brokers:
        raise UnavailableError("the cluster does not know this broker yet")
    partitions = cluster.topics[TOPIC].partitions
    for number, partition in partitions.items():
        if partition.replicas == [broker_id]:
            return number, {}
    return len(partitions), _add_partition(admin, broker_id, len(partitions))


def _add_partition(admin: Any, broker_id: int, known: int) -> Futures:
    from confluent_kafka import admin as untyped

    kafka: Any = untyped
    place = [[broker_id]]
    if known:
        more = kafka.NewPartitions(TOPIC, known + 1, replica_assignment=place)
        return admin.create_partitions([more], request_timeout=ATTEMPT)
    topic = kafka.NewTopic(TOPIC, num_partitions=1, replica_assignment=place, config=_SETTINGS)
    return admin.create_topics([topic], request_timeout=ATTEMPT)
