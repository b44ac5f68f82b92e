"""Conversation with the brokers: users, rules, topics, and settings while they run."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafkastack_charms.kafka.acls import Rule
from kafkastack_charms.kafka.listeners import MECHANISM
from kafkastack_charms.kafka.partitions import Cluster, Partition
from kafkastack_charms.kafka.scram import ITERATIONS

ANSWER = 5.0  # seconds for one answer
BATCH = 100  # users of one question: what the brokers do within a second
# What a request itself is to blame for; anything else may be otherwise next time.
NOT_ACCEPTED = (
    "INVALID_REQUEST",
    "TOPIC_EXCEPTION",
    "UNACCEPTABLE_CREDENTIAL",
    "POLICY_VIOLATION",
)
NOT_DYNAMIC = ("INVALID_REQUEST", "INVALID_CONFIG")
Futures = Mapping[Any, Any]  # what was asked → its answer, some day


class UnavailableError(Exception):
    """The brokers do not answer, or refuse; the next event tries again."""


class RejectedError(Exception):
    """A broker does not take settings while it runs; the message says why."""


class Login(NamedTuple):
    """How a user enters by a listener of brokers."""

    servers: str
    protocol: str
    username: str
    password: str
    ca: str = ""

    def __repr__(self) -> str:
        """Name it without its password."""
        return f"Login of {self.username} at {self.servers}"

    @classmethod
    def read(cls, client_properties: Mapping[str, str], ca: str) -> Login:
        """Return how a person enters, by the file that is written for one."""
        jaas = client_properties["sasl.jaas.config"]
        return cls(
            servers=client_properties["bootstrap.servers"],
            protocol=client_properties["security.protocol"],
            username=jaas.split('username="')[1].split('"')[0],
            password=jaas.split('password="')[1].split('"')[0],
            ca=ca,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of any client."""
        return {
            "bootstrap.servers": self.servers,
            "security.protocol": self.protocol,
            "sasl.mechanism": MECHANISM,
            "sasl.username": self.username,
            "sasl.password": self.password,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 200,
            "logger": logging.getLogger("librdkafka"),
            **({"ssl.ca.pem": self.ca} if self.ca else {}),
        }


class Session:
    """A conversation with the brokers as one who may do everything."""

    def __init__(self, login: Login) -> None:
        # Imported here, as most hooks do not need it; not typed as it runs.
        from confluent_kafka import admin as untyped

        logging.getLogger("librdkafka").setLevel(logging.CRITICAL)
        self._kafka: Any = untyped
        self.admin: Any = untyped.AdminClient(login.settings)
        self._seen: Any = None

    def create_users(self, passwords: Mapping[str, str], rules: Sequence[Rule]) -> str:
        """Make users, or give them other passwords, and allow what is not allowed yet.

        Return why the brokers refuse what these users ask for, or "".
        """
        from confluent_kafka import KafkaException

        made = self._alter([self._upsertion(*one) for one in passwords.items()])
        try:
            wait({**made, **self._allow(rules)})
        except KafkaException as error:
            if error.args[0].name() not in NOT_ACCEPTED:
                raise
            return f"the brokers refuse it: {error.args[0].str()}"
        return ""

    def put_user(self, user: str, password: str) -> None:
        """Make a user, or give it another password."""
        wait(self._alter([self._upsertion(user, password)]))

    def _upsertion(self, user: str, password: str) -> Any:
        info = self._kafka.ScramCredentialInfo(
            self._kafka.ScramMechanism.SCRAM_SHA_512, ITERATIONS
        )
        return self._kafka.UserScramCredentialUpsertion(user, info, password.encode())

    def remove_users(self, names: Sequence[str]) -> None:
        """Remove users and everything they may do; one that is not there is no error."""
        mechanism = self._kafka.ScramMechanism.SCRAM_SHA_512
        for some in _batches(names):
            self.delete_acls(some)
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

    def delete_acls(self, names: Sequence[str]) -> None:
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

    def read_cluster(self) -> Cluster:
        """Return the controller and all partitions, with what their topics need to be written."""
        seen = self.admin.list_topics(timeout=ANSWER)
        least = self._read_min_in_sync(list(seen.topics))
        partitions = (
            Partition(name, number, frozenset(one.replicas), frozenset(one.isrs), least[name])
            for name, topic in seen.topics.items()
            for number, one in topic.partitions.items()
        )
        return Cluster(seen.controller_id, tuple(partitions))

    def _read_min_in_sync(self, topics: Sequence[str]) -> dict[str, int]:
        kind = self._kafka.ConfigResource.Type.TOPIC
        found: dict[str, int] = {}
        for some in _batches(topics):
            resources = [self._kafka.ConfigResource(kind, name) for name in some]
            futures = self.admin.describe_configs(resources, request_timeout=ANSWER)
            for resource, future in futures.items():
                value = future.result(ANSWER + 1)["min.insync.replicas"].value
                found[resource.name] = int(value)
        return found

    def look(self, timeout: float = ANSWER) -> Any:
        """Return the brokers and topics that were there when this conversation first asked."""
        if self._seen is None:
            self._seen = self.admin.list_topics(timeout=timeout)
        return self._seen

    def list_topics(self) -> list[str]:
        """Return the names of all topics, as `look` does."""
        return list(self.look().topics)

    def delete_topics(self, names: Sequence[str]) -> None:
        """Remove topics; one that is not there is no error."""
        if names:
            gone = self.admin.delete_topics(list(names), request_timeout=ANSWER)
            wait(gone, but=("UNKNOWN_TOPIC_OR_PART",))

    def change_settings(self, broker_id: int, values: Mapping[str, str]) -> None:
        """Change settings of a running broker; RejectedError where it needs a restart for them."""
        with _rejections():
            self._alter_broker(broker_id, self._kafka.AlterConfigOpType.SET, values)

    def read_stores_again(self, broker_id: int, values: Mapping[str, str]) -> None:
        """Have a broker look at the files that these settings name, as they did before.

        It looks at a change only, and setting what is set is none: so they go again, too.
        """
        with _rejections():
            self._alter_broker(broker_id, self._kafka.AlterConfigOpType.SET, values)
            gone = dict.fromkeys(values)
            self._alter_broker(broker_id, self._kafka.AlterConfigOpType.DELETE, gone)

    def _alter_broker(self, broker_id: int, how: Any, values: Mapping[str, str | None]) -> None:
        entries = [
            self._kafka.ConfigEntry(name, value, incremental_operation=how)
            for name, value in values.items()
        ]
        if not entries:
            return
        broker = self._kafka.ConfigResource.Type.BROKER
        resource = self._kafka.ConfigResource(broker, str(broker_id), incremental_configs=entries)
        wait(self.admin.incremental_alter_configs([resource], request_timeout=ANSWER))

    def forget_settings(self, broker_id: int, known: Collection[str] = ()) -> None:
        """Remove the settings of a broker that were changed while it ran; all if none is known."""
        resource = self._kafka.ConfigResource(
            self._kafka.ConfigResource.Type.BROKER, str(broker_id)
        )
        asked = self.admin.describe_configs([resource], request_timeout=ANSWER)
        found = next(iter(asked.values())).result(ANSWER + 1)
        source = self._kafka.ConfigSource.DYNAMIC_BROKER_CONFIG.value
        names = {name for name, entry in found.items() if entry.source == source}
        names = names.intersection(known) if known else names
        self._alter_broker(broker_id, self._kafka.AlterConfigOpType.DELETE, dict.fromkeys(names))


@contextmanager
def _rejections() -> Generator[None]:
    """Make a RejectedError of what a broker does not take while it runs."""
    from confluent_kafka import KafkaException

    try:
        yield
    except KafkaException as error:
        if error.args[0].name() in NOT_DYNAMIC:
            raise RejectedError(error.args[0].str()) from error
        raise


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
