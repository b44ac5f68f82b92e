"""What the fixture `kafka` is: where the broker listens, who may enter, and topics."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from kafkastack.errors import KafkastackError

if TYPE_CHECKING:
    import jubilant

    from kafkastack.pytest_plugin.shared import Shared

_MODEL, _AUTHORITY = "kafka", "self-signed-certificates"
_SECONDS = 300.0
_TOPIC_SECONDS = 30.0


class Kafka(Struct, frozen=True):
    """A broker that asks for user and password (SCRAM); this user may do everything."""

    bootstrap_servers: str
    username: str
    password: str
    security_protocol: str = "SASL_PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    ca_file: str = ""  # with TLS: the certificate of the authority, as PEM

    @property
    def settings(self) -> dict[str, str]:
        """What `confluent_kafka` takes: `Producer(kafka.settings)`."""
        authority = {"ssl.ca.location": self.ca_file} if self.ca_file else {}
        return {
            **authority,
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.username,
            "sasl.password": self.password,
        }

    def topic(self, name: str = "", partitions: int = 1) -> str:
        """Make a topic, of a name that nobody else has unless one is given; return its name."""
        from confluent_kafka.admin import AdminClient
        from confluent_kafka.cimpl import NewTopic

        name = name or f"topic-{secrets.token_hex(4)}"
        client: Any = AdminClient({**self.settings})
        for made in client.create_topics([NewTopic(name, partitions, 1)]).values():
            made.result(_TOPIC_SECONDS)
        return name


def the_kafka_of(shared: Shared, *, tls: bool) -> Kafka:
    """Return the Kafka of a test run; the first process that asks deploys it."""
    with shared.alone():
        if not shared.note.exists():
            shared.note.write_text(json.dumps(asdict(_deploy(shared, tls=tls))))
    return Kafka(**json.loads(shared.note.read_text()))


def _deploy(shared: Shared, *, tls: bool) -> Kafka:
    juju = shared.juju()
    juju.add_model(_MODEL)
    juju.deploy("zookeeper")
    juju.deploy("kafka")
    juju.deploy("data-integrator", config={"topic-name": "any", "extra-user-roles": "admin"})
    juju.integrate("kafka", "zookeeper")
    juju.integrate("kafka", "data-integrator")
    if tls:
        juju.deploy(_AUTHORITY)
        juju.integrate("zookeeper", _AUTHORITY)
        juju.integrate("kafka:certificates", _AUTHORITY)
    told = _credentials(juju, tls=tls)
    made = Kafka(told["endpoints"], told["username"], told["password"])
    if not tls:
        return made
    ca_file = Path(shared.folder) / "ca.pem"
    ca_file.write_text(told["tls-ca"])
    return replace(made, security_protocol="SASL_SSL", ca_file=str(ca_file))


def _credentials(juju: jubilant.Juju, *, tls: bool) -> dict[str, str]:
    """Wait until everything is active, and Kafka tells of the listener that is wanted."""
    import jubilant

    told: dict[str, str] = {}

    def is_ready(status: jubilant.Status) -> bool:
        if not jubilant.all_active(status):
            return False
        task = juju.run("data-integrator/0", "get-credentials")
        told.update(task.results["kafka"])
        return (told.get("tls") == "enabled") is tls

    try:
        juju.wait(is_ready, delay=0.2, successes=1, timeout=_SECONDS)
    except (jubilant.WaitError, TimeoutError) as error:
        log = juju.debug_log(limit=40)
        raise KafkastackError(f"there is no Kafka after {_SECONDS:.0f} s", log) from error
    return told
