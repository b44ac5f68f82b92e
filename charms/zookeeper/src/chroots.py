"""Chroots granted to relations: each of a form that ZooKeeper takes, and nobody else's.

A chroot belongs to the relation that got it first, with all that lies below it and so with
nothing of others above it. What the leader remembers as granted decides who was first, so a
change of the leader changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms.databag import show

LONGEST = 512
# ZooKeeper's own rule for a path: no empty component, no "." and "..", none of these characters.
# Of one beyond the 16 bits of Java's, it sees two halves.
_COMPONENT = r"/(?!\.{1,2}(?:/|\Z))[^/\x00-\x1f\x7f-\x9f\ud800-\uf8ff\ufff0-\U0010ffff]+"
_PATH = f"(?:{_COMPONENT})+"  # compiled by the few hooks that need it
_RESERVED = "zookeeper"


class Ownership(NamedTuple):
    """Whose which chroot is, and why others do not have what they ask for."""

    owners: Mapping[int, str]
    refused: Mapping[int, str]


def normalize(asked: str) -> str:
    """Return a path as ZooKeeper writes it; clients often leave out the first slash."""
    path = asked if asked.startswith("/") else f"/{asked}"
    return path[:-1] if path.endswith("/") else path


def find_fault(chroot: str) -> str:
    """Return why nobody can have a chroot, or ""."""
    if len(chroot) > LONGEST:
        return f"database {show(chroot)} has more than {LONGEST} characters"
    if not chroot:
        return "database '/' is everybody's"
    if not chroot.isprintable() or not re.fullmatch(_PATH, chroot):
        return f"database {show(chroot)} is no path that ZooKeeper takes"
    if chroot.split("/")[1] == _RESERVED:
        return f"database {show(chroot)} is ZooKeeper's own"
    return ""


def settle(asked: Mapping[int, str], granted: Mapping[int, str]) -> Ownership:
    """Return the owner of each chroot: who has it keeps it until it gets another one.

    Both are maps of relations to chroots, `granted` of what each living relation was given.
    """
    owners: dict[int, str] = {}
    refused: dict[int, str] = {}
    for claims in (granted, asked):
        for number, chroot in sorted(claims.items()):
            others = (o for o, path in owners.items() if o != number and overlap(path, chroot))
            other = next(others, None)
            if other is None:
                owners[number] = chroot
            elif claims is asked:
                refused[number] = f"database {show(chroot)} belongs to relation {other}"
    return Ownership(owners, refused)


def overlap(one: str, other: str) -> bool:
    """Report whether one of two chroots is the other or lies below it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
