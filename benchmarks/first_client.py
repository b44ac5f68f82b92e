"""The first message: one client, the same for a cluster of ours and for one made by hand."""

import socket
import time

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

_TIMEOUT = 120.0
_POLL = 0.02
_QUICK = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "log_level": 0}


def produce_first(settings: dict[str, str], topic: str) -> None:
    """Return when the first message to the topic, made here if need be, is acknowledged."""
    host, port = settings["bootstrap.servers"].partition(",")[0].rsplit(":", 1)
    until = time.monotonic() + _TIMEOUT
    _wait_for_port(host, int(port), until)
    while not _try_once({**settings, **_QUICK}, topic):
        if time.monotonic() > until:
            raise TimeoutError(f"no message was acknowledged in {_TIMEOUT:.0f} s")
        time.sleep(_POLL)


def _wait_for_port(host: str, port: int, until: float) -> None:
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(_POLL)
        else:
            return


def _try_once(settings: dict[str, str], topic: str) -> bool:
    """Try with a new client: one that came before the controller was known stays stuck."""
    try:
        admin = AdminClient(settings)
        metadata = admin.list_topics(timeout=1)
        if metadata.controller_id < 0 or not metadata.brokers:
            return False
        _create(admin, topic)
        return _produce(settings, topic)
    except KafkaException:
        return False


def _create(admin: AdminClient, topic: str) -> None:
    try:
        admin.create_topics([NewTopic(topic, num_partitions=1)])[topic].result(timeout=10)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def _produce(settings: dict[str, str], topic: str) -> bool:
    refused = []
    producer = Producer({**settings, "linger.ms": 0, "acks": "all"})
    producer.produce(topic, b"first", on_delivery=lambda error, _: error and refused.append(error))
    return producer.flush(5) == 0 and not refused
