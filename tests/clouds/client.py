"""A client of Kafka where it can reach the machines: says as JSON what it read, or its refusal.

The client's settings are JSON on stdin. Arguments: a topic, with how many partitions to create it
(0: it is there), how many messages to produce to it and how many to read from its beginning.
"""

import contextlib
import json
import sys
import time
import uuid
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

SECONDS = 30
Settings = dict[str, Any]


def main(settings: Settings, topic: str, create: int, produce: int, consume: int) -> None:
    if create:
        admin = AdminClient(settings)  # it would end with its last name
        admin.create_topics([NewTopic(topic, create)])[topic].result(SECONDS)
    refusal = send(settings, topic, produce)
    answer = {"refused": refusal.name()} if refusal else {"read": read(settings, topic, consume)}
    print(json.dumps(answer))


def send(settings: Settings, topic: str, count: int) -> KafkaError | None:
    """Produce messages until each is acknowledged; return the first error instead."""
    told: list[KafkaError | None] = []

    def on_error(error: KafkaError) -> None:
        if error.code() == KafkaError._AUTHENTICATION:
            told.append(error)

    patience = {"message.timeout.ms": SECONDS * 1000}
    producer = Producer({**patience, **settings, "error_cb": on_error})
    for number in range(count):
        value = f"message {number}".encode()
        producer.produce(topic, value, on_delivery=lambda error, _: told.append(error))
    while len(told) < count and not any(told):
        producer.poll(0.1)
    producer.purge()
    return next((error for error in told if error), None)


def read(settings: Settings, topic: str, count: int) -> list[str]:
    """Consume so many messages from the beginning, or as many as there are."""
    await_brokers(settings)
    group = f"{settings['sasl.username']}-{uuid.uuid4()}"
    consumer = Consumer({**settings, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: list[str] = []
    deadline = time.monotonic() + SECONDS
    while len(found) < count and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message and not message.error():
            found.append(message.value().decode())
    consumer.close()
    return found


def await_brokers(settings: Settings) -> None:
    """Wait until a broker knows itself.

    A consumer of librdkafka 2.16 that asks one which is just starting may wait for ever: its first
    connection is dropped with the request for metadata that was under way on it.
    """
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(KafkaException):
            if AdminClient(settings).list_topics(timeout=2).brokers:
                return


if __name__ == "__main__":
    main(json.load(sys.stdin), sys.argv[1], *map(int, sys.argv[2:]))
