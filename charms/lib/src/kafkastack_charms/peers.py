"""Units of an application: where they are, and what each tells the others of its server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import ops

from kafkastack_charms import databag
from kafkastack_charms.rolling import Runner


class Addresses(NamedTuple):
    """Where this unit listens, where others find it, and where its connections come from."""

    peer: str
    bind: str
    client: str
    seen_from: frozenset[str]


class BrokenRecordError(Exception):
    """What the leader keeps in the peer relation cannot be read; the message says what."""


class Member(NamedTuple):
    """One unit of the application, as it describes itself in its databag."""

    name: str
    address: str = ""
    client: str = ""
    is_started: bool = False
    serves: bool = False
    request: str = ""  # what it wants to be restarted with
    rotations: int = 0  # of the credentials that its server runs with
    goes_last: bool = False
    seen: str = ""  # a name of what is common to all units, as its last hook knew it
    failure: str = ""  # why its server does not work, while it is its turn
    has_certificate: bool = False
    cas: databag.Text = ""  # PEM of the CAs that have signed what it uses, and what it will use
    trusts: tuple[str, ...] = ()  # the digests of the CAs that its server trusts
    fault: str = ""  # why its databag cannot be read: it counts as one that has said nothing

    @property
    def number(self) -> int:
        """The number of the unit."""
        return unit_number(self.name)

    @property
    def runner(self) -> Runner:
        """The unit as far as its turn is concerned."""
        turn = (self.is_started, self.serves, self.request, self.goes_last, self.seen)
        return Runner(self.name, *turn, self.failure)

    @classmethod
    def parse(cls, name: str, bag: Mapping[str, str]) -> Member:
        """Read a unit databag."""
        said = databag.read_own(bag, _MemberData)
        if isinstance(said, databag.Refusal):
            return cls(name, fault=said.reason)
        return cls(name, *said)

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {
            "address": self.address,
            "client": self.client,
            "started": flag(self.is_started),
            "serves": flag(self.serves),
            "request": self.request,
            "rotations": str(self.rotations or ""),
            "goes-last": flag(self.goes_last),
            "seen": self.seen,
            "failure": self.failure,
            "certificate": flag(self.has_certificate),
            "cas": self.cas,
            "trusts": json.dumps(self.trusts) if self.trusts else "",
        }


class _MemberData(NamedTuple):
    address: str = ""
    client: str = ""
    started: bool = False
    serves: bool = False
    request: str = ""
    rotations: int = 0
    goes_last: bool = False
    seen: str = ""
    failure: str = ""
    certificate: bool = False
    cas: databag.Text = ""
    trusts: tuple[str, ...] = ()


P = TypeVar("P", bound="Peer")


class Peer(Protocol):
    """A unit, and what it tells the others besides."""

    @property
    def unit(self) -> Member:
        """The unit."""
        ...

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        ...

    def _replace(self: P, *, unit: Member) -> P: ...


class Shared(NamedTuple):
    """What every leader keeps in the databag of its application."""

    credentials: str = ""  # the id of the secret
    rotations: int = 0  # of what it holds: a change wakes the other units
    turn: str = ""

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> Shared:
        """Read an app databag; raise BrokenRecordError, as what is not known is not replaced."""
        said = databag.read_own(bag, cls)
        if isinstance(said, databag.Refusal):
            raise BrokenRecordError(said.reason)
        return said

    def describe(self) -> dict[str, str]:
        """Write an app databag; an empty value removes the key."""
        return {
            "credentials": self.credentials,
            "rotations": str(self.rotations or ""),
            "turn": self.turn,
        }


def flag(value: bool) -> str:
    """Write a truth; an empty value removes the key."""
    return "true" if value else ""


def unit_number(name: str) -> int:
    """Return the number of a unit."""
    return int(name.rsplit("/", 1)[1])


def read_addresses(model: ops.Model, peers: str, clients: str) -> Addresses | None:
    """Ask for the addresses of this unit; None while Juju does not know them yet."""
    peer, client = _network(model, peers), _network(model, clients)
    if not peer or not client or not peer.bind_address or not client.bind_address:
        return None
    seen = {str(net.network_address) for net in client.egress_subnets if _is_host(net)}
    own = {str(peer.bind_address), str(client.bind_address), str(client.ingress_address)}
    return Addresses(
        peer=str(peer.bind_address),
        bind=str(client.bind_address),
        client=str(client.ingress_address),
        seen_from=frozenset(seen | own),
    )


def _network(model: ops.Model, endpoint: str) -> ops.Network | None:
    try:
        binding = model.get_binding(endpoint)
        return binding.network if binding else None
    except ops.ModelError:
        return None


def _is_host(network: object) -> bool:
    return getattr(network, "num_addresses", 0) == 1


def read_others(relation: ops.Relation, departing: str = "") -> tuple[Member, ...]:
    """Return the other units of the application, in order, without one that is on its way out."""
    found = (Member.parse(unit.name, relation.data[unit]) for unit in relation.units)
    return tuple(sorted((m for m in found if m.name != departing), key=lambda m: m.number))


def read_storages(model: ops.Model, name: str) -> tuple[Path, ...]:
    """Return where the storages are attached, the oldest first."""
    found = sorted(model.storages.get(name, []), key=lambda storage: storage.index)
    return tuple(Path(storage.location) for storage in found)


def has_active(model: ops.Model, endpoint: str) -> bool:
    """Report whether there is a relation that is not on its way out."""
    relation = model.get_relation(endpoint)
    return relation is not None and relation.active
