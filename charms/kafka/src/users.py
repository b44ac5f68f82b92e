"""Internal users of Kafka, and what Kafka keeps of a password.

Brokers log in to each other, and a user has one password only. So they have two users of the
same rights: another password goes to the one that they do not use, they change over one after
another, and then the other one gets it, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms.credentials import other_user

ADMIN, BROKER, SPARE = "admin", "sync", "sync-spare"
INTERNAL_USERS = (BROKER, ADMIN)
SUPER_USERS = (BROKER, SPARE, ADMIN)
PASSWORDS = tuple(f"{user}-password" for user in INTERNAL_USERS)


class Credentials(NamedTuple):
    """What the app keeps secret."""

    admin_password: str
    sync_password: str
    users_key: str
    broker_user: str = BROKER  # whom the brokers log in as

    def __repr__(self) -> str:
        """Name them without the passwords."""
        return "Credentials"

    @classmethod
    def from_secret(cls, content: Mapping[str, str]) -> Credentials:
        """Read the content of the app's secret."""
        return cls(
            admin_password=content["admin-password"],
            sync_password=content["sync-password"],
            users_key=content["users-key"],
            broker_user=content.get("broker-user", BROKER),
        )

    def to_secret(self) -> dict[str, str]:
        """Return the content of the app's secret."""
        return {
            "admin-password": self.admin_password,
            "sync-password": self.sync_password,
            "users-key": self.users_key,
            "broker-user": self.broker_user,
        }

    @property
    def internal(self) -> dict[str, str]:
        """The passwords of the users of this charm."""
        brokers = dict.fromkeys((BROKER, SPARE), self.sync_password)
        return {ADMIN: self.admin_password, **brokers}

    def with_password(self, user: str, password: str) -> Credentials:
        """Return them with another password of an internal user."""
        if user == ADMIN:
            return self._replace(admin_password=password)
        fresh = other_user((BROKER, SPARE), self.broker_user)
        return self._replace(sync_password=password, broker_user=fresh)
