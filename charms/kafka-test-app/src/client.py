#!/usr/bin/env python3
"""Produces or consumes, as the settings in the folder named by the first argument say."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import lines
import settings
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,  # pyright: ignore[reportPrivateImportUsage]  # this is where it is documented
)
from settings import Settings

logger = logging.getLogger("__main__")
Connection = dict[str, Any]

CREATE_TIME = 1  # as librdkafka counts; kafka-python counts from 0
BATCH = 100
CREATE_SECONDS = 10.0
# Given up and tried anew before systemd's patience with a stopping service ends.
RELIABLY = {"enable.idempotence": True, "linger.ms": 0, "message.timeout.ms": 20000}
PAUSE_SECONDS = 2.0
FLUSH_SECONDS = 0.5
COMPLAINT_SECONDS = 60.0


def main(folder: Path) -> None:
    """Run until all is produced, or until SIGTERM."""
    wanted = settings.load(folder)
    if wanted is None:
        sys.exit(f"{folder / settings.SETTINGS} is missing: the charm writes it")
    lines.set_up_logging(wanted.log)
    stopped = stop_on_signals()
    connection = connect(folder, wanted)
    if wanted.role == "producer":
        produce(folder, wanted, connection, stopped)
    else:
        consume(wanted, connection, stopped)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM sets: what is under way is ended in good order."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopped


def connect(folder: Path, wanted: Settings) -> Connection:
    """Return what every client of the cluster is made with."""
    connection: Connection = {
        "bootstrap.servers": wanted.servers,
        "security.protocol": "SASL_SSL" if wanted.tls else "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": wanted.username,
        "sasl.password": wanted.password,
        "client.id": wanted.username,
        "error_cb": Complaints(),
        "log_level": 2,  # the library's own log would repeat each complaint, 20 times a second
        "reconnect.backoff.ms": 500,
        "reconnect.backoff.max.ms": 5000,
    }
    if wanted.tls:
        connection["ssl.ca.location"] = str(folder / "ca.pem")
    if wanted.has_certificate:
        connection["ssl.certificate.location"] = str(folder / "certificate.pem")
        connection["ssl.key.location"] = str(folder / "key.pem")
    return connection


class Complaints:
    """Logs what the library could not do yet, once a minute for each kind; it goes on trying."""

    def __init__(self) -> None:
        self._logged: dict[object, float] = {}

    def __call__(self, error: KafkaError) -> None:
        """Log an error unless its kind was logged a moment ago."""
        now = time.monotonic()
        if now - self._logged.get(error.code(), -COMPLAINT_SECONDS) >= COMPLAINT_SECONDS:
            self._logged[error.code()] = now
            logger.error("%s", error)


def produce(
    folder: Path, wanted: Settings, connection: Connection, stopped: threading.Event
) -> None:
    """Create the topic, then produce each message that was not acknowledged before."""
    logger.info("Creating new topic - %s", wanted.topic)
    if not retry(lambda: create_topic(wanted, connection), stopped):
        return
    logger.info("--producer - Starting...")
    producer = Producer(connection | RELIABLY)
    done = settings.read_progress(folder, wanted.run)
    while done < wanted.num_messages and not stopped.is_set():
        text = lines.make_message(done, time.time(), uuid.uuid4().hex, wanted.origin)
        if retry(
            lambda text=text: produce_message(producer, wanted.topic, text, stopped), stopped
        ):
            done += 1
            settings.write_progress(folder, wanted.run, done)
            stopped.wait(wanted.message_interval)
    if done >= wanted.num_messages:
        logger.info("--producer - Finished: %d messages", done)


def retry(step: Callable[[], None], stopped: threading.Event) -> bool:
    """Do a step until it goes well; False when stopped before.

    A grant takes a moment to reach every broker, and a broker may be away for a while.
    """
    while not stopped.is_set():
        try:
            step()
        except KafkaException as error:
            if error.args[0].fatal():
                raise
            logger.error("Exception %s raised. Retrying in %d seconds...", error, PAUSE_SECONDS)
            stopped.wait(PAUSE_SECONDS)
        else:
            return True
    return False


def create_topic(wanted: Settings, connection: Connection) -> None:
    """Create the topic if it is not there."""
    # A new client each time: one that met a broker without a controller stays lost for a minute.
    admin: Any = AdminClient(connection)  # its futures are not typed
    topic = NewTopic(
        wanted.topic,
        num_partitions=wanted.partitions,
        replication_factor=wanted.replication_factor,
    )
    answers = admin.create_topics([topic], request_timeout=CREATE_SECONDS)
    try:
        answers[wanted.topic].result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
        logger.info("Topic already exists")


def produce_message(producer: Producer, topic: str, text: str, stopped: threading.Event) -> None:
    """Produce one message and wait until the cluster has it; raise when it does not.

    When stopped, only what is under way is waited for: a cluster that is gone holds up nobody.
    """
    failures: list[KafkaError] = []

    def on_delivery(error: KafkaError | None, _: Message) -> None:
        if error:
            failures.append(error)

    producer.produce(topic, text.encode(), on_delivery=on_delivery)
    while producer.flush(FLUSH_SECONDS):
        if stopped.is_set():
            producer.purge(in_flight=False)
    if failures:
        raise KafkaException(failures[0])
    logger.info(lines.published(topic, text))


def consume(wanted: Settings, connection: Connection, stopped: threading.Event) -> None:
    """Log every message of the topic once: offsets are committed after the lines are written."""
    consumer = Consumer(
        {
            **connection,
            "group.id": wanted.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 10000,
            # A topic that does not exist yet is noticed within seconds, not minutes.
            "topic.metadata.refresh.interval.ms": 5000,
        }
    )
    logger.info("--consumer - Starting...")
    consumer.subscribe([wanted.topic])
    uncommitted = False
    while not stopped.is_set():
        for message in consumer.consume(BATCH, timeout=0.5):
            uncommitted = log_message(message, connection) or uncommitted
        if uncommitted:
            uncommitted = not commit(consumer)
    if uncommitted:
        commit(consumer)
    consumer.close()


def log_message(message: Message, connection: Connection) -> bool:
    """Log a message, or the error in its place; tell whether it was a message."""
    error = message.error()
    if error:
        connection["error_cb"](error)
        return False
    kind, timestamp = message.timestamp()
    record = lines.ConsumerRecord.create(
        (message.topic() or "", message.partition() or 0, message.offset() or 0),
        (kind - CREATE_TIME, timestamp),
        (message.key(), message.value()),
        read_headers(message),
    )
    logger.info("%s", record)
    return True


def read_headers(message: Message) -> list[tuple[str, bytes | None]]:
    """Return the headers of a message, as bytes."""
    headers: Any = message.headers()
    return list(headers) if headers else []


def commit(consumer: Consumer) -> bool:
    """Commit what was consumed; tell whether that went well."""
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        logger.error("offsets are not committed yet: %s", error)
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
