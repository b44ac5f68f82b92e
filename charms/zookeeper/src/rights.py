"""Rights of clients below their chroots: taken and given, as far as one hook may go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from chroots import overlap
from clients import Client
from kafkastack_charms import files
from leader import Changes

NAME = ".chroots"  # in the charm's folder: what is left of large trees


class Chroots(Protocol):
    """A session that may give chroots away."""

    def ensure_chroot(self, path: str, owners: dict[str, str], at: str = "") -> str:
        """Give a chroot to its owners; return where the next hook goes on, "" at the end."""
        ...


class Outcome(NamedTuple):
    """What has been changed, and what is left for the next hook."""

    revoked: frozenset[int]  # relations that have nothing of what they have lost
    given: tuple[Client, ...]
    left: Mapping[str, str]  # which chroot is whose → where to go on


def change(
    session: Chroots, changes: Changes, lost: Mapping[int, str], left: Mapping[str, str]
) -> Outcome:
    """Take chroots away and give them; a tree that is large keeps nobody else waiting."""
    rest: dict[str, str] = {}

    def give(path: str, owners: dict[str, str]) -> bool:
        name = json.dumps([path, owners])
        at = session.ensure_chroot(path, owners, left.get(name, ""))
        rest.update({name: at} if at else {})
        return not at

    held = [path for path in changes.revoke if not give(path, {})]
    revoked = frozenset(number for number, path in lost.items() if path not in held)
    given = tuple(
        client
        for client in changes.give
        if client.relation_id not in lost.keys() - revoked
        and not any(overlap(client.chroot, path) for path in held)
        and give(client.chroot, {client.user: client.rights})
    )
    return Outcome(revoked, given, rest)


def read_left(charm: Path) -> Mapping[str, str]:
    """Return what the hook before has left."""
    with suppress(ValueError):
        return json.loads(files.read(charm / NAME) or "{}")
    return {}


def keep_left(charm: Path, left: Mapping[str, str]) -> None:
    """Remember what is left for the next hook."""
    if left:
        files.write({charm / NAME: json.dumps(left)}, None)
    else:
        (charm / NAME).unlink(missing_ok=True)
