"""Who may log in, and with which password.

ZooKeeper reads its users once, at start. To give a new relation its user without a restart (of
every member, one after another), the users of the relations to come exist from the start: Juju
numbers relations upwards and never reuses a number, so `relation-N` is known before it is there.
Their passwords are derived from one key that never leaves the app's secret; nobody is told one
before the relation asks for it, and a user without nodes of its own may do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kafkastack_charms.credentials import new_key, new_password

INTERNAL_USERS = ("super", "sync")
BLOCK = 64  # users are added by blocks, so that a restart is needed once in a while only


@dataclass(frozen=True)
class Credentials:
    """What the app keeps secret."""

    super_password: str
    sync_password: str
    users_key: str

    @classmethod
    def generate(cls) -> Credentials:
        """Return fresh credentials."""
        return cls(new_password(), new_password(), new_key())

    @classmethod
    def from_secret(cls, content: dict[str, str]) -> Credentials:
        """Read the content of the app's secret."""
        return cls(content["super-password"], content["sync-password"], content["users-key"])

    def to_secret(self) -> dict[str, str]:
        """Return the content of the app's secret."""
        return {
            "super-password": self.super_password,
            "sync-password": self.sync_password,
            "users-key": self.users_key,
        }


def username(relation_id: int) -> str:
    """Return the user of a relation."""
    return f"relation-{relation_id}"


def relation_ids(peer_id: int, current: Iterable[int], retired: Iterable[int]) -> tuple[int, ...]:
    """Return the relations that have a user: those there are and at least a block to come.

    A relation with the app is younger than the app's peer relation, so older numbers need none.
    """
    current, retired = set(current), set(retired)
    newest = max({peer_id} | current | retired)
    end = BLOCK * (newest // BLOCK + 2)
    return tuple(sorted((set(range(peer_id + 1, end)) | current) - retired))
