"""Inputs of a hook: all that a unit knows before anything is decided."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from kafkastack_charms.jar import Jar
from kafkastack_charms.peers import Addresses, Member
from kafkastack_charms.trust import UnitCertificate


class Cause(NamedTuple):
    """What this hook is about, as far as it matters."""

    is_update_status: bool = False
    is_report: bool = False  # the watcher's
    is_action: bool = False
    is_followed: bool = False  # by another hook at once, as those of an installation are
    departing: str = ""  # the peer that is on its way out

    @property
    def looks_closely(self) -> bool:
        """Whether what was seen before is not to be relied on."""
        return self.is_update_status or self.is_report or self.is_action


class Inputs(NamedTuple):
    """What Juju, this machine and the other units say."""

    charm: Path
    storages: tuple[Path, ...]
    addresses: Addresses
    user: str | None  # the system user of the server
    java: str
    jar: Jar  # an empty one where the charm has none
    unit: str
    is_leader: bool
    planned_units: int
    has_ca: bool  # related to one
    certificate: UnitCertificate | None  # what it has signed
    others: tuple[Member, ...]
    cause: Cause
