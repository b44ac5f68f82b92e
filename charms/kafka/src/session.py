"""What the charm asks of the brokers: users, rules, and settings while they run."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import users
from acls import Rule
from listeners import MECHANISM, Listener, join

ANSWER = 5.0  # seconds for one answer
Futures = Mapping[Any, Any]  # what was asked → its answer, some day


class UnavailableError(Exception):
    """The brokers do not answer, or refuse; the next event tries again."""


@dataclass(frozen=True)
class Login:
    """How the user admin enters by the internal door of a broker."""

    address: str
    listener: Listener
    password: str = field(repr=False)
    authority: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of any client."""
        return {
            "bootstrap.servers": join(self.address, self.listener.port),
            "security.protocol": self.listener.protocol,
            "sasl.mechanism": MECHANISM,
            "sasl.username": users.ADMIN,
            "sasl.password": self.password,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 200,
            "logger": logging.getLogger("librdkafka"),
            **({"ssl.ca.pem": self.authority} if self.authority else {}),
        }


class Session:
    """A conversation with the brokers as the user admin."""

    def __init__(self, login: Login) -> None:
        # Imported here, as most hooks do not need it; not typed as it runs.
        from confluent_kafka import admin as untyped

        logging.getLogger("librdkafka").setLevel(logging.CRITICAL)
        self._kafka: Any = untyped
        self.admin: Any = untyped.AdminClient(login.settings)

    def admit(self, user: str, word: str, rules: Iterable[Rule]) -> None:
        """Make a user, or give it another password, and allow it what it is not allowed yet."""
        made = self._alter(self._upsertion(user, word))
        allowed = self._allow(rules)
        wait({**made, **allowed})

    def put_user(self, user: str, word: str) -> None:
        """Make a user, or give it another password."""
        wait(self._alter(self._upsertion(user, word)))

    def _upsertion(self, user: str, word: str) -> Any:
        info = self._kafka.ScramCredentialInfo(
            self._kafka.ScramMechanism.SCRAM_SHA_512, users.ITERATIONS
        )
        return self._kafka.UserScramCredentialUpsertion(user, info, word.encode())

    def remove_user(self, user: str) -> None:
        """Remove a user and everything it may do; a user that is not there is no error."""
        from confluent_kafka import KafkaError, KafkaException

        self.forbid(user)
        mechanism = self._kafka.ScramMechanism.SCRAM_SHA_512
        try:
            wait(self._alter(self._kafka.UserScramCredentialDeletion(user, mechanism)))
        except KafkaException as error:
            if error.args[0].code() != KafkaError.RESOURCE_NOT_FOUND:
                raise

    def _alter(self, alteration: Any) -> Futures:
        return self.admin.alter_user_scram_credentials([alteration], request_timeout=ANSWER)

    def _allow(self, rules: Iterable[Rule]) -> Futures:
        bindings = [self._binding(rule) for rule in rules]
        return self.admin.create_acls(bindings, request_timeout=ANSWER) if bindings else {}

    def _binding(self, rule: Rule) -> Any:
        return self._kafka.AclBinding(
            self._kafka.ResourceType[rule.resource],
            rule.name,
            self._kafka.ResourcePatternType[rule.pattern],
            rule.principal,
            "*",
            self._kafka.AclOperation[rule.operation],
            self._kafka.AclPermissionType.ALLOW,
        )

    def forbid(self, user: str) -> None:
        """Take everything away that a user was allowed."""
        everything = self._kafka.AclBindingFilter(
            self._kafka.ResourceType.ANY,
            None,
            self._kafka.ResourcePatternType.ANY,
            f"User:{user}",
            None,
            self._kafka.AclOperation.ANY,
            self._kafka.AclPermissionType.ANY,
        )
        wait(self.admin.delete_acls([everything], request_timeout=ANSWER))

    def find_lagging(self) -> list[str]:
        """Return the partitions that do not have all their copies."""
        topics = self.admin.list_topics(timeout=ANSWER).topics
        return sorted(
            f"{name}-{number}"
            for name, topic in topics.items()
            for number, partition in topic.partitions.items()
            if len(partition.isrs) < len(partition.replicas)
        )

    def change_settings(self, broker_id: int, values: Mapping[str, str]) -> None:
        """Change settings of a running broker."""
        operation = self._kafka.AlterConfigOpType.SET
        entries = [
            self._kafka.ConfigEntry(name, value, incremental_operation=operation)
            for name, value in values.items()
        ]
        broker = self._kafka.ConfigResource.Type.BROKER
        resource = self._kafka.ConfigResource(broker, str(broker_id), incremental_configs=entries)
        wait(self.admin.incremental_alter_configs([resource], request_timeout=ANSWER))


def wait(futures: Futures) -> None:
    """Wait for every answer; the first refusal is raised."""
    for future in futures.values():
        future.result(ANSWER + 1)


def load() -> None:
    """Import the client library, where there is time: it costs as much as a hook."""
    importlib.import_module("confluent_kafka.admin")


@contextmanager
def open_session(login: Login) -> Generator[Session]:
    """Talk to the brokers; whatever goes wrong there is an UnavailableError here."""
    with refusals():
        yield Session(login)


@contextmanager
def refusals() -> Generator[None]:
    """Make an UnavailableError of whatever the client library raises."""
    from confluent_kafka import KafkaException

    try:
        yield
    except (KafkaException, TimeoutError) as error:
        raise UnavailableError(str(error)) from error
