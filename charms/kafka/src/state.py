"""What Juju says: about this unit, its peers and the app."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import ops
from kafkastack_charms import databag

PEERS, CLIENTS, ZOOKEEPER = "cluster", "kafka-client", "zookeeper"
STORAGE, RESOURCE = "data", "kafka"
SERVER, WATCHER, USER = "kafka.service", "kafka-watcher.service", "kafka"
_NONE: Mapping[str, str] = MappingProxyType({})


class Addresses(NamedTuple):
    """Where this unit listens, where others find it, and where its connections come from."""

    peer: str
    bind: str
    client: str
    seen_from: frozenset[str]


class BrokenRecordError(Exception):
    """What the leader keeps in the peer relation cannot be read; the message says what."""


class _PeerData(NamedTuple):
    address: str = ""
    client: str = ""
    applied: str = ""
    client_port: int = 0
    language: str = ""
    keys: bool = False


class Peer(NamedTuple):
    """One unit of the app, as it describes itself in its databag."""

    name: str
    address: str = ""
    client: str = ""
    applied: str = ""  # the settings it has been seen ready with, empty before
    client_port: int = 0  # the door for related applications, 0 while it is closed
    language: str = ""  # how it talks to other brokers; they must all do alike
    has_keys: bool = False
    fault: str = ""  # why its databag cannot be read: it counts as one that has said nothing

    @property
    def broker_id(self) -> int:
        """Its number in the cluster."""
        return broker_id(self.name)

    @classmethod
    def parse(cls, name: str, bag: Mapping[str, str]) -> Peer:
        """Read a unit databag."""
        data = databag.read(bag, _PeerData)
        if isinstance(data, databag.Refusal):
            return cls(name, fault=data.reason)
        return cls(name, *data)

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {
            "address": self.address,
            "client": self.client,
            "applied": self.applied,
            "client-port": str(self.client_port or ""),
            "language": self.language,
            "keys": _flag(self.has_keys),
        }


def broker_id(unit_name: str) -> int:
    """Return the number of a broker."""
    return int(unit_name.rsplit("/", 1)[1])


class Connection(NamedTuple):
    """How the brokers reach ZooKeeper, as the leader has decided; empty before it has."""

    relation_id: int = -1
    hosts: tuple[str, ...] = ()
    chroot: str = ""
    encrypted: bool = False

    @property
    def connect(self) -> str:
        """The text of `zookeeper.connect`."""
        return ",".join(self.hosts) + self.chroot


class _AppData(NamedTuple):
    credentials: str = ""
    rotations: int = 0
    zookeeper: Connection | None = None
    encrypt: bool = False
    users: str = ""
    granted: dict[str, str] | None = None
    told: dict[str, str] | None = None


class App(NamedTuple):
    """What the leader keeps in the peer relation's app databag."""

    secret_id: str = ""
    rotations: str = ""
    connection: Connection = Connection()
    encrypt: bool = False
    users: str = ""  # whose internal users are in which ZooKeeper
    granted: Mapping[str, str] = _NONE  # user -> what it was given, if anything
    told: Mapping[str, str] = _NONE  # relation -> what it was told

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> App:
        """Read the app databag; raise BrokenRecordError, as what is not known is not replaced."""
        data = databag.read(bag, _AppData)
        if isinstance(data, databag.Refusal):
            raise BrokenRecordError(data.reason)
        return cls(
            secret_id=data.credentials,
            rotations=str(data.rotations or ""),
            connection=data.zookeeper or Connection(),
            encrypt=data.encrypt,
            users=data.users,
            granted=data.granted or _NONE,
            told=data.told or _NONE,
        )

    def describe(self) -> dict[str, str]:
        """Write the app databag."""
        known = self.connection
        told = {
            "relation_id": known.relation_id,
            "hosts": known.hosts,
            "chroot": known.chroot,
            "encrypted": known.encrypted,
        }
        return {
            "credentials": self.secret_id,
            "rotations": self.rotations,
            "zookeeper": json.dumps(told) if known.hosts else "",
            "encrypt": _flag(self.encrypt),
            "users": self.users,
            "granted": json.dumps(self.granted, sort_keys=True) if self.granted else "",
            "told": json.dumps(self.told, sort_keys=True) if self.told else "",
        }

    def without_zookeeper(self) -> App:
        """Forget what was written into a ZooKeeper, but not for whom: it may be the next one."""
        granted = dict.fromkeys(self.granted, "")
        return self._replace(connection=Connection(), users="", granted=granted, told=_NONE)


def _flag(value: bool) -> str:
    return "true" if value else ""


def read_addresses(model: ops.Model) -> Addresses | None:
    """Ask for the addresses of this unit; None while Juju does not know them yet."""
    peer, client = _network(model, PEERS), _network(model, CLIENTS)
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


def read_storages(model: ops.Model) -> tuple[Path, ...]:
    """Return where the storages are attached, the oldest first."""
    found = sorted(model.storages.get(STORAGE, []), key=lambda storage: storage.index)
    return tuple(Path(storage.location) for storage in found)


def read_peers(relation: ops.Relation) -> tuple[Peer, ...]:
    """Return the other units of the app, as far as they have shown up."""
    return tuple(Peer.parse(unit.name, relation.data[unit]) for unit in relation.units)
