"""Kafka of the fixture `kafka`: its listeners, its users, its topics, and faults."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from kafkastack.errors import KafkastackError, UsageError
from kafkastack.pytest_plugin.deployment import MODEL, Wanted, credentials, deploy
from kafkastack.pytest_plugin.shared import Shared

if TYPE_CHECKING:
    import jubilant

_TOPIC_SECONDS = 30.0
_SERVE_SECONDS, _ANSWER_SECONDS, _PAUSE = 120.0, 2.0, 0.1


class Kafka(Struct, frozen=True):
    """Brokers that ask for user and password (SCRAM); this user may do everything."""

    bootstrap_servers: str
    username: str
    password: str
    security_protocol: str = "SASL_PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    ca_file: str = ""  # with TLS: the certificate of the authority, as PEM
    brokers: int = 1
    folder: str = ""  # of the controller that has deployed it

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
        """Make a topic with a copy on up to three brokers; return its name.

        It is one that nobody else has unless one is given.
        """
        from confluent_kafka.admin import AdminClient
        from confluent_kafka.cimpl import NewTopic

        name = name or f"topic-{secrets.token_hex(4)}"
        client: Any = AdminClient({**self.settings})
        new = NewTopic(name, partitions, min(3, self.brokers))
        for made in client.create_topics([new]).values():
            made.result(_TOPIC_SECONDS)
        return name

    def kill(self, broker: int = 0) -> None:
        """Kill a broker (SIGKILL); a second later it is started again, as after any crash."""
        self._signal(broker, "SIGKILL")

    def pause(self, broker: int = 0) -> None:
        """Have a broker hang (SIGSTOP): its ports are open, and it answers nobody."""
        self._signal(broker, "SIGSTOP")

    def resume(self, broker: int = 0) -> None:
        """Have a paused broker go on, and return when all brokers serve."""
        self._signal(broker, "SIGCONT")
        self.wait()

    def restart(self, broker: int = 0) -> None:
        """Stop a broker in order and start it again, and return when all brokers serve."""
        self._systemctl(broker, "restart")
        self.wait()

    def wait(self) -> None:
        """Return when every broker answers and knows all the others."""
        deadline = time.monotonic() + _SERVE_SECONDS
        for server in self.bootstrap_servers.split(","):
            while not self._serves(server):
                if time.monotonic() > deadline:
                    status = self._juju.cli("status")
                    raise KafkastackError(
                        f"{server} does not serve after {_SERVE_SECONDS:.0f} s", status
                    )
                time.sleep(_PAUSE)

    def _serves(self, server: str) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        client: Any = AdminClient({**self.settings, "bootstrap.servers": server, "log_level": 0})
        with suppress(KafkaException):
            return len(client.list_topics(timeout=_ANSWER_SECONDS).brokers) == self.brokers
        return False

    @property
    def _juju(self) -> jubilant.Juju:
        return Shared(self.folder).juju(MODEL)

    def _signal(self, broker: int, signal: str) -> None:
        self._systemctl(broker, "kill", f"--signal={signal}")

    def _systemctl(self, broker: int, *words: str) -> None:
        if broker not in range(self.brokers):
            raise UsageError(
                f"there is no broker {broker}: they are 0 to {self.brokers - 1}",
                "set kafkastack_brokers in the settings of pytest",
            )
        # Not `exec`: that would wait for a hook that waits for this broker.
        self._juju.ssh(f"kafka/{broker}", "systemctl", *words, "kafka.service")


def the_kafka_of(shared: Shared, wanted: Wanted) -> Kafka:
    """Return the Kafka of a test run; the first process that asks deploys it."""
    with shared.alone():
        if not shared.note.exists():
            shared.note.write_text(json.dumps(asdict(_made(shared, wanted))))
    return Kafka(**json.loads(shared.note.read_text()))


def _made(shared: Shared, wanted: Wanted) -> Kafka:
    juju = shared.juju()
    deploy(juju, wanted)
    told = credentials(juju, wanted)
    made = Kafka(
        told["endpoints"],
        told["username"],
        told["password"],
        brokers=wanted.brokers,
        folder=shared.folder,
    )
    if not wanted.tls:
        return made
    ca_file = Path(shared.folder) / "ca.pem"
    ca_file.write_text(told["tls-ca"])
    return replace(made, security_protocol="SASL_SSL", ca_file=str(ca_file))
