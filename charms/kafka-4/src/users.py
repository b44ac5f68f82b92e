"""Internal users of Kafka 4, and the secret of the application.

Brokers log in to each other as `replication`, and a user has one password only. So there are two
users of the same rights: another password goes to the one that brokers do not use, they change
over one after another, and then the other one gets it, too. Controllers log in as `controller`,
whom no metadata has to know: a server that knows nobody yet can be let in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kafkastack_charms.credentials import other_user

OPERATOR, BROKER, SPARE, CONTROLLER = "operator", "replication", "replication-spare", "controller"
SUPER_USERS = (CONTROLLER, BROKER, SPARE, OPERATOR)
PASSWORDS = tuple(f"{user}-password" for user in (OPERATOR, BROKER, CONTROLLER))
# How the secret of a person names users: the words of Charmed Kafka, and of its documentation.
ASKED = {"operator": OPERATOR, "admin": OPERATOR, "replication": BROKER, "sync": BROKER}


@dataclass(frozen=True)
class Credentials:
    """What the application keeps secret."""

    operator_password: str = field(repr=False)
    replication_password: str = field(repr=False)
    controller_password: str = field(repr=False)
    users_key: str = field(repr=False)
    ca: str  # of the servers among themselves
    ca_key: str = field(repr=False)
    broker_user: str = BROKER  # whom the brokers log in as

    @classmethod
    def from_secret(cls, content: Mapping[str, str]) -> Credentials:
        """Read the content of the app's secret."""
        return cls(
            operator_password=content["operator-password"],
            replication_password=content["replication-password"],
            controller_password=content["controller-password"],
            users_key=content["users-key"],
            ca=content["internal-ca"],
            ca_key=content["internal-ca-key"],
            broker_user=content.get("broker-user", BROKER),
        )

    def to_secret(self) -> dict[str, str]:
        """Return the content of the app's secret."""
        return {
            "operator-password": self.operator_password,
            "replication-password": self.replication_password,
            "controller-password": self.controller_password,
            "users-key": self.users_key,
            "internal-ca": self.ca,
            "internal-ca-key": self.ca_key,
            "broker-user": self.broker_user,
        }

    @property
    def first_users(self) -> dict[str, str]:
        """The users without whom no broker can start."""
        return dict.fromkeys((BROKER, SPARE), self.replication_password)

    @property
    def own_users(self) -> dict[str, str]:
        """All users of the application, where it makes its metadata itself."""
        return {**self.first_users, OPERATOR: self.operator_password}

    def with_operator(self, password: str) -> Credentials:
        """Return them with another password of the operator."""
        return replace(self, operator_password=password)

    def with_replication(self, password: str) -> Credentials:
        """Return them with another password of the brokers, who take the other user for it."""
        fresh = other_user((BROKER, SPARE), self.broker_user)
        return replace(self, replication_password=password, broker_user=fresh)
