"""Every status of this charm, in the order in which they matter; the first that holds is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import ops
from quorum import Members, Stage


class Facts(NamedTuple):
    """What is known at the end of a hook."""

    jar_fault: str = ""  # of the resource; the jar before it is run
    problem: str = ""  # why the server cannot be installed
    bad_option: str = ""
    has_peers: bool = True
    has_credentials: bool = True
    has_address: bool = True
    is_started: bool = True  # it was told to run at least once
    needs_keys: bool = False  # related for certificates and not served yet
    is_active: bool = True
    mode: str | None = "leader"
    is_member: bool = True
    waits_its_turn: bool = False
    broken: str = ""  # what of our own databag cannot be read
    authority_fault: str = ""  # what of the authority's answer cannot be used
    refused: str = ""  # who asks for what cannot be read or granted
    cluster: Cluster | None = None  # the leader looks after the whole


class Cluster(NamedTuple):
    """What the leader knows about the units together."""

    planned: int
    addresses: Members  # of the units that are related, empty where not registered
    members: Members
    encrypted: bool = False
    with_keys: int = 0
    stages: tuple[Stage, ...] = ()


Row = tuple[Callable[[Facts], object], type[ops.StatusBase], str]

_UNIT: tuple[Row, ...] = (
    (lambda f: f.bad_option, ops.BlockedStatus, "{f.bad_option}"),
    (lambda f: f.problem, ops.BlockedStatus, "cannot run zookeeper: {f.problem}"),
    (
        lambda f: f.jar_fault,
        ops.BlockedStatus,
        "resource zookeeper cannot be run, the one before is: {f.jar_fault}",
    ),
    (lambda f: f.broken, ops.BlockedStatus, "the peer databag cannot be read: {f.broken}"),
    (lambda f: not f.has_peers, ops.MaintenanceStatus, "no peer relation yet"),
    (lambda f: not f.has_address, ops.MaintenanceStatus, "not all units registered IP"),
    (
        lambda f: not f.has_credentials,
        ops.WaitingStatus,
        "waiting for leader to create internal user credentials",
    ),
    (
        lambda f: f.needs_keys and f.authority_fault,
        ops.BlockedStatus,
        "the authority's answer cannot be used: {f.authority_fault}",
    ),
    (
        lambda f: not f.is_started and f.needs_keys,
        ops.WaitingStatus,
        "unit waiting for signed certificates",
    ),
    (lambda f: not f.is_started, ops.WaitingStatus, "other units starting first"),
    (lambda f: not f.is_active, ops.BlockedStatus, "zookeeper service not running"),
    (
        lambda f: not f.mode,
        ops.BlockedStatus,
        "zookeeper service is unreachable or not serving requests",
    ),
    (lambda f: not f.is_member, ops.BlockedStatus, "unit not in the zookeeper quorum"),
    (lambda f: f.needs_keys, ops.WaitingStatus, "unit waiting for signed certificates"),
    (lambda f: f.waits_its_turn, ops.WaitingStatus, "other units starting first"),
)

_CLUSTER: tuple[tuple[Callable[[Cluster], object], str], ...] = (
    (lambda c: not all(c.addresses.values()), "not all units registered IP"),
    (lambda c: len(c.addresses) < c.planned, "cluster not stable - not all units related"),
    (lambda c: set(c.members) - set(c.addresses), "cluster not stable - quorum is stale"),
    (
        lambda c: set(c.addresses) - set(c.members),
        "cluster not stable - not all units added to quorum",
    ),
    (
        lambda c: c.encrypted and c.with_keys < len(c.addresses),
        "provider not ready - not all units using same encryption",
    ),
    (
        lambda c: (
            any(s != (Stage.TLS if c.encrypted else Stage.PLAIN) for s in c.stages)
            and Stage.DIAL_TLS not in c.stages
        ),
        "provider not ready - switching quorum encryption",
    ),
    (
        lambda c: Stage.DIAL_TLS in c.stages,
        "provider not ready - portUnification not yet disabled",
    ),
)

REFUSED = "refused: {f.refused}"  # and nobody else waits for that


def choose(facts: Facts) -> ops.StatusBase:
    """Return the status that these facts deserve."""
    for holds, kind, text in _UNIT:
        if holds(facts):
            return kind(text.format(f=facts))
    for concerns, text in _CLUSTER:
        if facts.cluster and concerns(facts.cluster):
            return ops.MaintenanceStatus(text)
    return ops.ActiveStatus(REFUSED.format(f=facts) if facts.refused else "")
