"""What the charm asks of the brokers: users, rules, and a message that proves they work."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import users
from acls import Rule
from listeners import MECHANISM, Listener, join

logger = logging.getLogger(__name__)

CANARY = "__canary"
ANSWER = 5.0  # seconds for one answer
ATTEMPT = 1.0  # seconds for one try of a broker that has just started
BETWEEN = 0.1  # seconds between two tries
_CANARY_SETTINGS = {
    "retention.ms": "3600000",
    "retention.bytes": "1048576",
    "segment.bytes": "1048576",
    "min.insync.replicas": "1",
}


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
        from confluent_kafka.admin import AdminClient

        logging.getLogger("librdkafka").setLevel(logging.CRITICAL)
        self._login = login
        self._admin: Any = AdminClient(login.settings)

    def put_user(self, user: str, word: str) -> None:
        """Make a user, or give it another password."""
        from confluent_kafka.admin import (
            ScramCredentialInfo,
            ScramMechanism,
            UserScramCredentialUpsertion,
        )

        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, users.ITERATIONS)
        self._alter(UserScramCredentialUpsertion(user, info, word.encode()))

    def remove_user(self, user: str) -> None:
        """Remove a user and everything it may do; a user that is not there is no error."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import ScramMechanism, UserScramCredentialDeletion

        self.forbid(user)
        try:
            self._alter(UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512))
        except KafkaException as error:
            if error.args[0].name() != "RESOURCE_NOT_FOUND":
                raise

    def _alter(self, alteration: Any) -> None:
        self._wait(self._admin.alter_user_scram_credentials([alteration], request_timeout=ANSWER))

    def allow(self, rules: Iterable[Rule]) -> None:
        """Allow what is not allowed yet."""
        bindings = [_binding(rule) for rule in rules]
        if bindings:
            self._wait(self._admin.create_acls(bindings, request_timeout=ANSWER))

    def forbid(self, user: str) -> None:
        """Take everything away that a user was allowed."""
        from confluent_kafka.admin import (
            AclBindingFilter,
            AclOperation,
            AclPermissionType,
            ResourcePatternType,
            ResourceType,
        )

        everything = AclBindingFilter(
            ResourceType.ANY,
            None,  # pyright: ignore[reportArgumentType]  # any name: its stub forgets it
            ResourcePatternType.ANY,
            f"User:{user}",
            None,  # pyright: ignore[reportArgumentType]  # any host
            AclOperation.ANY,
            AclPermissionType.ANY,
        )
        self._wait(self._admin.delete_acls([everything], request_timeout=ANSWER))

    def change_settings(self, broker_id: int, values: dict[str, str]) -> None:
        """Change settings of a running broker."""
        from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in values.items()
        ]
        resource = ConfigResource(
            ConfigResource.Type.BROKER, str(broker_id), incremental_configs=entries
        )
        self._wait(self._admin.incremental_alter_configs([resource], request_timeout=ANSWER))

    def acknowledge(self, broker_id: int) -> None:
        """Have a broker acknowledge a message; raise where it does not."""
        from confluent_kafka import Producer

        errors: list[Any] = []

        def delivered(error: Any, _message: Any) -> None:
            errors.append(error)

        producer: Any = Producer({**self._login.settings, "acks": "all", "linger.ms": 0})
        producer.produce(
            CANARY,
            value=str(int(time.time())),
            partition=self._own_partition(broker_id),
            on_delivery=delivered,
        )
        producer.flush(ATTEMPT * 2)
        # Never compare a KafkaError with None by `==`: it fails, and not at once.
        if not errors or errors[0] is not None:
            reason = errors[0] if errors else "no answer"
            raise UnavailableError(f"the message was not acknowledged: {reason}")

    def _own_partition(self, broker_id: int) -> int:
        from confluent_kafka.admin import NewPartitions, NewTopic

        cluster = self._admin.list_topics(CANARY, timeout=ATTEMPT)
        if broker_id not in cluster.brokers or cluster.controller_id not in cluster.brokers:
            raise UnavailableError("the cluster does not know this broker yet")
        partitions = cluster.topics[CANARY].partitions
        for number, partition in partitions.items():
            if partition.replicas == [broker_id]:
                return number
        place = [[broker_id]]
        if partitions:
            total = len(partitions) + 1
            more = NewPartitions(CANARY, total, replica_assignment=place)
            self._wait(self._admin.create_partitions([more], request_timeout=ANSWER))
        else:
            topic = NewTopic(
                CANARY, num_partitions=1, replica_assignment=place, config=_CANARY_SETTINGS
            )
            self._wait(self._admin.create_topics([topic], request_timeout=ANSWER))
        return len(partitions)

    def _wait(self, futures: dict[Any, Any]) -> None:
        for future in futures.values():
            future.result(ANSWER + 1)


def _binding(rule: Rule) -> Any:
    from confluent_kafka.admin import (
        AclBinding,
        AclOperation,
        AclPermissionType,
        ResourcePatternType,
        ResourceType,
    )

    return AclBinding(
        ResourceType[rule.resource],
        rule.name,
        ResourcePatternType[rule.pattern],
        rule.principal,
        "*",
        AclOperation[rule.operation],
        AclPermissionType.ALLOW,
    )


@contextmanager
def open_session(login: Login) -> Generator[Session]:
    """Talk to the brokers; whatever goes wrong there is an UnavailableError here."""
    from confluent_kafka import KafkaException

    try:
        yield Session(login)
    except (KafkaException, TimeoutError) as error:
        raise UnavailableError(str(error)) from error


def is_ready(login: Login, broker_id: int, patience: float) -> bool:
    """Tell whether a broker acknowledges a message within some seconds.

    Each try is a new client: one that comes between the broker's start and its first news from
    the controller would wait for a minute.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            with open_session(login) as session:
                session.acknowledge(broker_id)
            return True
        except UnavailableError as error:
            if time.monotonic() >= deadline:
                logger.info("broker %s is not ready: %s", broker_id, error)
                return False
        time.sleep(BETWEEN)
