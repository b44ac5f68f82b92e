"""What Juju says: about this unit, its peers, the app and its options."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import ops
from kafkastack_charms import databag
from quorum import PLAIN_PORT, Ports, Stage, server_id
from render import LOG_LEVELS

PEERS, CLIENTS, STORAGE, RESOURCE = "cluster", "zookeeper", "data", "zookeeper"
SERVER, WATCHER, USER = "zookeeper.service", "zookeeper-watcher.service", "zookeeper"


class Addresses(NamedTuple):
    """Where this unit listens, where clients find it, and where its connections come from."""

    quorum: str
    bind: str
    client: str
    seen_from: frozenset[str]


_NUMBERS = re.compile(r"(?:[0-9]{1,15},)*[0-9]{1,15}")


class BrokenRecordError(Exception):
    """What the leader keeps in the peer relation cannot be read; the message says what."""


class _PeerData(NamedTuple):
    address: str = ""
    client: str = ""
    applied: str = ""
    stage: int = 0
    ports: str = ""
    keys: bool = False
    member: bool = False


class Peer(NamedTuple):
    """One unit of the app, as it describes itself in its databag."""

    name: str
    address: str
    client: str
    applied: str  # the digest of the settings it runs with, empty before its first start
    stage: Stage
    ports: Ports
    has_keys: bool
    is_member: bool
    fault: str = ""  # why its databag cannot be read: it counts as one that has said nothing

    @property
    def sid(self) -> int:
        """Its ZooKeeper id."""
        return server_id(self.name)

    @classmethod
    def parse(cls, name: str, bag: Mapping[str, str]) -> Peer:
        """Read a unit databag."""
        data = databag.read(bag, _PeerData)
        fault = data.reason if isinstance(data, databag.Refusal) else _find_fault(data)
        if fault or isinstance(data, databag.Refusal):
            return cls(name, "", "", "", Stage.PLAIN, (), False, False, fault)
        return cls(
            name=name,
            address=data.address,
            client=data.client,
            applied=data.applied,
            stage=Stage(data.stage),
            ports=_numbers(data.ports),
            has_keys=data.keys,
            is_member=data.member,
        )

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {
            "address": self.address,
            "client": self.client,
            "applied": self.applied,
            "stage": str(int(self.stage)),
            "ports": _text(self.ports),
            "keys": "true" if self.has_keys else "",
            "member": "true" if self.is_member else "",
        }


def _find_fault(data: _PeerData) -> str:
    if data.stage not in set(Stage):
        return "stage is none"
    return "" if _are_numbers(data.ports) else "ports are none"


class _AppData(NamedTuple):
    founder: str = ""
    credentials: str = ""
    rotations: int = 0
    ports: str = ""
    retired: str = ""
    granted: dict[str, str] | None = None
    told: dict[str, str] | None = None

    @property
    def fault(self) -> str:
        """What cannot be, beyond the types."""
        if not (_are_numbers(self.ports) and _are_numbers(self.retired)):
            return "ports or retired are no numbers"
        if not all(map(_are_numbers, self.granted or ())):
            return "granted names no relation"
        return ""


class App(NamedTuple):
    """What the leader keeps in the peer relation's app databag."""

    founder: str
    secret_id: str
    secret_revision: str
    ports: Ports
    retired: Ports
    granted: dict[str, str]  # relation id -> what it was given
    told: dict[str, str]  # relation id -> what it was told

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> App:
        """Read the app databag; raise BrokenRecordError, as what is not known is not replaced."""
        data = databag.read(bag, _AppData)
        if isinstance(data, databag.Refusal):
            raise BrokenRecordError(data.reason)
        if data.fault:
            raise BrokenRecordError(data.fault)
        return cls(
            founder=data.founder,
            secret_id=data.credentials,
            secret_revision=str(data.rotations or ""),
            ports=_numbers(data.ports) or (PLAIN_PORT,),
            retired=_numbers(data.retired),
            granted=data.granted or {},
            told=data.told or {},
        )

    @property
    def chroots(self) -> dict[int, str]:
        """Which chroot each relation was given."""
        return {int(number): what.partition(" ")[2] for number, what in self.granted.items()}

    def describe(self) -> dict[str, str]:
        """Write the app databag."""
        return {
            "founder": self.founder,
            "credentials": self.secret_id,
            "rotations": self.secret_revision,
            "ports": _text(self.ports),
            "retired": _text(self.retired),
            "granted": json.dumps(self.granted, sort_keys=True),
            "told": json.dumps(self.told, sort_keys=True) if self.told else "",
        }


def _are_numbers(text: str) -> bool:
    return not text or _NUMBERS.fullmatch(text) is not None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


def _text(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


class BadOptionError(ValueError):
    """An option has a value that cannot be; the message says which may."""


class Options(NamedTuple):
    """The options of the charm, checked."""

    tick_time: int
    init_limit: int
    sync_limit: int
    log_level: str
    include_ip_sans: bool

    @classmethod
    def parse(cls, config: Mapping[str, bool | int | float | str]) -> Options:
        """Read the options; raise BadOptionError with the words for a person."""
        options = cls(
            tick_time=int(config["tick-time"]),
            init_limit=int(config["init-limit"]),
            sync_limit=int(config["sync-limit"]),
            log_level=str(config["log-level"]).upper(),
            include_ip_sans=bool(config["certificate-include-ip-sans"]),
        )
        for name in ("tick-time", "init-limit", "sync-limit"):
            if int(config[name]) < 1:
                raise BadOptionError(f"{name} must be 1 or more, not {config[name]}")
        if options.log_level not in LOG_LEVELS:
            known = ", ".join(LOG_LEVELS)
            raise BadOptionError(f"log-level must be one of {known}, not {config['log-level']}")
        return options


def read_addresses(model: ops.Model) -> Addresses | None:
    """Ask for the addresses of this unit; None while Juju does not know them yet."""
    quorum = _network(model, PEERS)
    client = _network(model, CLIENTS)
    if not quorum or not client or not quorum.bind_address or not client.bind_address:
        return None
    seen = {str(net.network_address) for net in client.egress_subnets if _is_host(net)}
    own = {str(quorum.bind_address), str(client.bind_address), str(client.ingress_address)}
    return Addresses(
        quorum=str(quorum.bind_address),
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


def read_storage(model: ops.Model) -> Path | None:
    """Return where the storage is attached."""
    found = model.storages.get(STORAGE, [])
    return Path(found[0].location) if found else None


def read_peers(relation: ops.Relation) -> tuple[Peer, ...]:
    """Return the other units of the app, as far as they have shown up."""
    return tuple(Peer.parse(unit.name, relation.data[unit]) for unit in relation.units)
