"""Users of ZooKeeper and their passwords.

ZooKeeper reads its users once, at start. To give a new relation its user without a restart (of
every member, one after another), the users of the relations to come exist from the start: Juju
numbers relations upwards and never reuses a number, so `relation-N` is known before it is there.
Their passwords are derived from one key that never leaves the app's secret; nobody is told one
before the relation asks for it, and a user without nodes of its own may do nothing.

Members log in to each other, so their password changes in three rounds: all accept the old and
the new one, all use the new one, nobody accepts the old one. Each password has a user of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

INTERNAL_USERS = ("super", "sync")
PASSWORDS = tuple(f"{user}-password" for user in INTERNAL_USERS)
BLOCK = 64  # users are added by blocks, so that a restart is needed once in a while only
_MEMBERS = ("sync", "sync-spare")  # the users that members log in as, in turn


class Credentials(NamedTuple):
    """What the app keeps secret."""

    super_password: str
    sync_password: str
    users_key: str
    next_password: str = ""  # of members, while it changes
    is_next_used: bool = False
    changes: int = 0  # of the members' password so far

    def __repr__(self) -> str:
        """Name them without the passwords."""
        return "Credentials"

    @classmethod
    def from_secret(cls, content: Mapping[str, str]) -> Credentials:
        """Read the content of the app's secret."""
        return cls(
            super_password=content["super-password"],
            sync_password=content["sync-password"],
            users_key=content["users-key"],
            next_password=content.get("next-password", ""),
            is_next_used=content.get("next-used", "") == "true",
            changes=int(content.get("changes", "0")),
        )

    def to_secret(self) -> dict[str, str]:
        """Return the content of the app's secret."""
        fields = {
            "super-password": self.super_password,
            "sync-password": self.sync_password,
            "users-key": self.users_key,
            "next-password": self.next_password,
            "next-used": "true" if self.is_next_used else "",
            "changes": str(self.changes or ""),
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def newest_sync_password(self) -> str:
        """The password of members that was set last."""
        return self.next_password or self.sync_password

    @property
    def accepted(self) -> dict[str, str]:
        """Whom a member lets in: users and their passwords."""
        old, new = (_MEMBERS[(self.changes + later) % 2] for later in (0, 1))
        added = {new: self.next_password} if self.next_password else {}
        return {old: self.sync_password, **added}

    @property
    def used(self) -> tuple[str, str]:
        """The user and the password that a member logs in with."""
        users = list(self.accepted.items())
        return users[-1] if self.is_next_used else users[0]

    def with_password(self, user: str, password: str, is_alone: bool) -> Credentials:
        """Return them with another password of an internal user; one member needs no rounds."""
        if user == "super":
            return self._replace(super_password=password)
        if is_alone:
            return self._replace(sync_password=password)
        return self._replace(next_password=password)

    def next_round(self) -> Credentials:
        """Return them one round on, when every member runs with these."""
        if not self.next_password:
            return self
        if not self.is_next_used:
            return self._replace(is_next_used=True)
        return Credentials(
            self.super_password, self.next_password, self.users_key, changes=self.changes + 1
        )


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
