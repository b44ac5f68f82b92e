"""What Juju says: about this unit, its peers, the app and its options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import ops
from quorum import PLAIN_PORT, Ports, Stage, server_id
from render import LOG_LEVELS

PEERS, CLIENTS, STORAGE, RESOURCE = "cluster", "zookeeper", "data", "zookeeper"


class Addresses(NamedTuple):
    """Where this unit listens, where clients find it, and where its connections come from."""

    quorum: str
    bind: str
    client: str
    seen_from: frozenset[str]


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

    @property
    def sid(self) -> int:
        """Its ZooKeeper id."""
        return server_id(self.name)

    @classmethod
    def parse(cls, name: str, bag: Mapping[str, str]) -> Peer:
        """Read a unit databag."""
        return cls(
            name=name,
            address=bag.get("address", ""),
            client=bag.get("client", ""),
            applied=bag.get("applied", ""),
            stage=Stage(int(bag.get("stage", "0"))),
            ports=_numbers(bag.get("ports", "")),
            has_keys=bag.get("keys") == "true",
            is_member=bag.get("member") == "true",
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
        """Read the app databag."""
        return cls(
            founder=bag.get("founder", ""),
            secret_id=bag.get("credentials", ""),
            secret_revision=bag.get("rotations", ""),
            ports=_numbers(bag.get("ports", "")) or (PLAIN_PORT,),
            retired=_numbers(bag.get("retired", "")),
            granted=json.loads(bag.get("granted", "{}")),
            told=json.loads(bag.get("told", "{}")),
        )

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


class NoDistributionError(Exception):
    """The jar cannot be had; says why."""


def read_jar(model: ops.Model) -> Path:
    """Return the distribution; NoDistributionError says why there is none."""
    try:
        jar = model.resources.fetch(RESOURCE)
    except (ops.ModelError, NameError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise NoDistributionError(reason.removeprefix("ERROR ")) from error
    if jar.is_file() and jar.stat().st_size:
        return jar
    raise NoDistributionError(f"the resource {RESOURCE} is empty: it is a runnable jar")


def read_peers(relation: ops.Relation) -> tuple[Peer, ...]:
    """Return the other units of the app, as far as they have shown up."""
    return tuple(Peer.parse(unit.name, relation.data[unit]) for unit in relation.units)
