"""Records of the peer relation: what a unit and the leader of ZooKeeper write besides."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms import databag
from kafkastack_charms.peers import BrokenRecordError, Member, flag
from kafkastack_charms.stages import Stage
from quorum import PLAIN_PORT, Ports, server_id

_NUMBERS = re.compile(r"(?:[0-9]{1,15},)*[0-9]{1,15}")


class _PeerData(NamedTuple):
    stage: int = 0
    ports: str = ""
    member: bool = False


class Peer(NamedTuple):
    """One unit, and how its server talks."""

    unit: Member
    stage: Stage = Stage.PLAIN
    ports: Ports = ()
    is_member: bool = False

    @property
    def sid(self) -> int:
        """Its ZooKeeper id."""
        return server_id(self.unit.name)

    @classmethod
    def parse(cls, unit: Member, bag: Mapping[str, str]) -> Peer:
        """Read a unit databag; one that breaks the form has said nothing."""
        data = databag.read_own(bag, _PeerData)
        fault = data.reason if isinstance(data, databag.Refusal) else _find_fault(data)
        if isinstance(data, databag.Refusal) or fault or unit.fault:
            return cls(Member(unit.name, fault=unit.fault or fault))
        return cls(unit, Stage(data.stage), _numbers(data.ports), data.member)

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {
            "stage": str(int(self.stage)),
            "ports": _text(self.ports),
            "member": flag(self.is_member),
        }


def _find_fault(data: _PeerData) -> str:
    if data.stage not in set(Stage):
        return "stage is none"
    return "" if _are_numbers(data.ports) else "ports are none"


class _AppData(NamedTuple):
    founder: str = ""
    ports: str = ""
    retired: str = ""
    granted: dict[str, str] | None = None
    published: dict[str, str] | None = None

    @property
    def fault(self) -> str:
        """What cannot be, beyond the types."""
        if not (_are_numbers(self.ports) and _are_numbers(self.retired)):
            return "ports or retired are no numbers"
        if not all(map(_are_numbers, self.granted or ())):
            return "granted names no relation"
        return ""


class App(NamedTuple):
    """What the leader keeps in the app databag."""

    founder: str
    ports: Ports
    retired: Ports
    granted: dict[str, str]  # relation id -> what it was given
    published: dict[str, str]  # relation id -> what it was told

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> App:
        """Read the app databag; raise BrokenRecordError, as what is not known is not replaced."""
        data = databag.read_own(bag, _AppData)
        if isinstance(data, databag.Refusal):
            raise BrokenRecordError(data.reason)
        if data.fault:
            raise BrokenRecordError(data.fault)
        return cls(
            founder=data.founder,
            ports=_numbers(data.ports) or (PLAIN_PORT,),
            retired=_numbers(data.retired),
            granted=data.granted or {},
            published=data.published or {},
        )

    @property
    def chroots(self) -> dict[int, str]:
        """Which chroot each relation was given."""
        return {int(number): what.partition(" ")[2] for number, what in self.granted.items()}

    def describe(self) -> dict[str, str]:
        """Write the app databag."""
        return {
            "founder": self.founder,
            "ports": _text(self.ports),
            "retired": _text(self.retired),
            "granted": json.dumps(self.granted, sort_keys=True),
            "published": json.dumps(self.published, sort_keys=True) if self.published else "",
        }


def _are_numbers(text: str) -> bool:
    return not text or _NUMBERS.fullmatch(text) is not None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


def _text(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))
