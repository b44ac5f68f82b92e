"""What the charm asks of the brokers: users, rules, and settings while they run."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import users
from acls import Rule
from listeners import MECHANISM, Listener, join

ANSWER = 5.0  # seconds for one answer
BATCH = 100  # users of one question: what the brokers do within a second
# What a request itself is to blame for; anything else may be otherwise next time.
NOT_ACCEPTED = (
    "INVALID_REQUEST",
    "TOPIC_EXCEPTION",
    "UNACCEPTABLE_CREDENTIAL",
    "POLICY_VIOLATION",
)
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

    def admit(self, passwords: Mapping[str, str], rules: Sequence[Rule]) -> str:
        """Make users, or give them other passwords, and allow what is not allowed yet.

        Return why the brokers refuse what these users ask for, or "".
        """
        from confluent_kafka import KafkaException

        made = self._alter([self._upsertion(user, word) for user, word in passwords.items()])
        try:
            wait({**made, **self._allow(rules)})
        except KafkaException as error:
            if error.args[0].name() not in NOT_ACCEPTED:
                raise
            return f"the brokers refuse it: {error.args[0].str()}"
        return ""

    def put_user(self, user: str, word: str) -> None:
        """Make a user, or give it another password."""
        wait(self._alter([self._upsertion(user, word)]))

    def _upsertion(self, user: str, word: str) -> Any:
        info = self._kafka.ScramCredentialInfo(
            self._kafka.ScramMechanism.SCRAM_SHA_512, users.ITERATIONS
        )
        return self._kafka.UserScramCredentialUpsertion(user, info, word.encode())

    def remove_users(self, names: Sequence[str]) -> None:
        """Remove users and everything they may do; one that is not there is no error."""
        mechanism = self._kafka.ScramMechanism.SCRAM_SHA_512
        for some in _batches(names):
            self.forbid(some)
            gone = self._alter(
                [self._kafka.UserScramCredentialDeletion(n, mechanism) for n in some]
            )
            wait(gone, but=("RESOURCE_NOT_FOUND",))

    def _alter(self, alterations: Sequence[Any]) -> Futures:
        return self.admin.alter_user_scram_credentials(alterations, request_timeout=ANSWER)

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

    def forbid(self, names: Sequence[str]) -> None:
        """Take everything away that users were allowed."""
        for some in _batches(names):
            everything = [self._everything_of(name) for name in some]
            wait(self.admin.delete_acls(everything, request_timeout=ANSWER))

    def _everything_of(self, user: str) -> Any:
        return self._kafka.AclBindingFilter(
            self._kafka.ResourceType.ANY,
            None,
            self._kafka.ResourcePatternType.ANY,
            f"User:{user}",
            None,
            self._kafka.AclOperation.ANY,
            self._kafka.AclPermissionType.ANY,
        )

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


def wait(futures: Futures, but: Collection[str] = ()) -> None:
    """Wait for every answer; the first refusal is raised, those of some names excepted."""
    from confluent_kafka import KafkaException

    for future in futures.values():
        try:
            future.result(ANSWER + 1)
        except KafkaException as error:
            if error.args[0].name() not in but:
                raise


def _batches(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + BATCH] for start in range(0, len(names), BATCH))


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
