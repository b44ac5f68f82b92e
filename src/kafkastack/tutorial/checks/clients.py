"""Checks of Kafka's clients: it serves those whom it should, and refuses the others at once."""

import json
import time
import uuid
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,  # pyright: ignore[reportPrivateImportUsage]  # this is where it is documented
)

from kafkastack.errors import KafkastackError
from kafkastack.tutorial.scene import Scene, ca_certificate, content_of, kafka_credentials

Settings = dict[str, Any]
ANSWER_SECONDS = 15.0
PROBE = "kafkastack-checkpoint"
SECRET = "cluster.kafka.app"  # noqa: S105  # its label
ADMINISTRATORS = {"admin-password": "admin", "operator-password": "operator"}  # of each track
FOREIGN = "somebody-elses-topic"
_TICK_SECONDS = 0.1


def produce_acknowledged(scene: Scene, _words: tuple[str, ...]) -> str:
    """Verify that the broker acknowledges its administrator, on a topic made for it."""
    return _acknowledged(_administrator(scene))


def administrator_enters(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that the broker acknowledges its administrator with the password of a file."""
    password = (scene.folder / words[0]).read_text().strip()
    return _acknowledged(_administrator(scene) | {"sasl.password": password})


def _acknowledged(settings: Settings) -> str:
    admin = AdminClient(settings)
    _create_topic(admin, PROBE)
    try:
        return _explain(try_produce(settings, PROBE))
    finally:
        _delete_topic(admin, PROBE)


def credentials_work(scene: Scene, _words: tuple[str, ...]) -> str:
    """Verify that the user of get-credentials can create the topic and produce to it."""
    credentials = kafka_credentials(scene)
    settings = _client(scene, credentials)
    _create_topic(AdminClient(settings), credentials["topic"])
    return _explain(try_produce(settings, credentials["topic"]))


def wrong_password_refused(scene: Scene, _words: tuple[str, ...]) -> str:
    """Verify that a wrong password is an authentication error, not a time-out."""
    credentials = kafka_credentials(scene)
    wrong = _client(scene, credentials) | {"sasl.password": "not-" + credentials["password"]}
    return _expect(KafkaError._AUTHENTICATION, try_produce(wrong, credentials["topic"]))


def foreign_topic_refused(scene: Scene, _words: tuple[str, ...]) -> str:
    """Verify that a topic not asked for is an authorization error, not a time-out."""
    settings = _client(scene, kafka_credentials(scene))
    return _expect(KafkaError.TOPIC_AUTHORIZATION_FAILED, try_produce(settings, FOREIGN))


def _explain(error: KafkaError | None) -> str:
    return f"the broker does not acknowledge: {error.str()}" if error else ""


def _expect(code: int, error: KafkaError | None) -> str:
    if error is None:
        return "it was not refused"
    return "" if error.code() == code else f"it was refused otherwise: {error.str()}"


def _client(scene: Scene, credentials: Any) -> Settings:
    settings = _settings(
        credentials["endpoints"], credentials["username"], credentials["password"]
    )
    if credentials.get("tls") in ("enabled", "true"):
        settings |= {"security.protocol": "SASL_SSL", "ssl.ca.pem": ca_certificate(scene)}
    return settings


def _administrator(scene: Scene) -> Settings:
    """Return the settings of the administrator on the internal listener."""
    content = content_of(scene, SECRET)
    name = next(name for name in ADMINISTRATORS if name in content)
    listeners = scene.act("kafka/leader", "get-listeners")
    internal = next((listeners[name] for name in listeners if name.startswith("internal")), None)
    if internal is None:
        raise KafkastackError("kafka has no internal listener yet")
    endpoint = str(internal["advertised-listener"]).rpartition("/")[2]
    settings = _settings(endpoint, ADMINISTRATORS[name], content[name])
    if internal["protocol"] == "SASL_SSL":
        authority = content.get("internal-ca") or ca_certificate(scene)
        settings |= {"security.protocol": "SASL_SSL", "ssl.ca.pem": authority}
    return settings


def _settings(endpoints: str, username: str, password: str) -> Settings:
    return {
        "bootstrap.servers": endpoints,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": username,
        "sasl.password": password,
        "log_level": 0,  # what goes wrong is told by the checkpoint
    }


# confluent-kafka leaves the type of its futures open: Any says so once.
def _create_topic(admin: Any, topic: str) -> None:
    new = NewTopic(topic, num_partitions=3, replication_factor=1)
    try:
        admin.create_topics([new])[topic].result(ANSWER_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def _delete_topic(admin: Any, topic: str) -> None:
    admin.delete_topics([topic])[topic].result(ANSWER_SECONDS)


def try_produce(settings: Settings, topic: str) -> KafkaError | None:
    """Produce one message; return the first error that ends the attempt, or None."""
    outcome: list[KafkaError | None] = []

    def on_error(error: KafkaError) -> None:
        if error.code() == KafkaError._AUTHENTICATION:
            outcome.append(error)

    def on_delivery(error: KafkaError | None, _: Message) -> None:
        outcome.append(error)

    producer = Producer(
        {**settings, "error_cb": on_error, "message.timeout.ms": int(ANSWER_SECONDS * 1000)}
    )
    producer.produce(topic, _message().encode(), on_delivery=on_delivery)
    deadline = time.monotonic() + 2 * ANSWER_SECONDS
    while not outcome and time.monotonic() < deadline:
        producer.poll(_TICK_SECONDS)
    producer.purge()
    return outcome[0] if outcome else KafkaError(KafkaError._TIMED_OUT)


def _message() -> str:
    return json.dumps(
        {
            "timestamp": time.time(),
            "_id": uuid.uuid4().hex,
            "origin": PROBE,
            "content": "Checkpoint",
        }
    )
