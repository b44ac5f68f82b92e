"""Every status of this charm, in the order in which they matter; the first that holds is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import ops
from kafkastack_charms import statuses
from kafkastack_charms.stages import Stage
from kafkastack_charms.statuses import Row
from quorum import Members


class Cluster(NamedTuple):
    """What the leader knows about the units together."""

    planned: int
    addresses: Members  # of the units that are related, empty where not registered
    members: Members
    encrypted: bool = False
    with_certificate: int = 0
    stages: tuple[Stage, ...] = ()


_CLUSTER: tuple[tuple[Callable[[Cluster], object], str], ...] = (
    (lambda c: not all(c.addresses.values()), "not all units registered IP"),
    (lambda c: len(c.addresses) < c.planned, "cluster not stable - not all units related"),
    (lambda c: set(c.members) - set(c.addresses), "cluster not stable - quorum is stale"),
    (
        lambda c: set(c.addresses) - set(c.members),
        "cluster not stable - not all units added to quorum",
    ),
    (
        lambda c: c.encrypted and c.with_certificate < len(c.addresses),
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


@dataclass(frozen=True, eq=False, repr=False)  # a third of the time to define
class Facts(statuses.Facts):
    """What is known of a ZooKeeper at the end of a hook."""

    is_member: bool = True
    cluster: Cluster | None = None  # the leader looks after the whole

    @property
    def concern(self) -> str:
        """What the leader says of the whole, "" where all is well."""
        if self.cluster is None:
            return ""
        known = self.cluster
        return next((text for concerns, text in _CLUSTER if concerns(known)), "")


TABLE: tuple[Row, ...] = (
    *statuses.inputs("zookeeper"),
    (lambda f: not f.has_address, ops.MaintenanceStatus, "not all units registered IP"),
    (
        lambda f: not f.has_credentials,
        ops.WaitingStatus,
        "waiting for leader to create internal user credentials",
    ),
    statuses.CA_FAULT,
    (
        lambda f: not f.is_started and f.needs_certificate,
        ops.WaitingStatus,
        "unit waiting for signed certificates",
    ),
    (lambda f: not f.is_started, ops.WaitingStatus, "other units starting first"),
    (lambda f: f.crash, ops.BlockedStatus, "zookeeper keeps exiting: {f.crash}"),
    (lambda f: not f.is_active, ops.BlockedStatus, "zookeeper service not running"),
    (
        lambda f: not f.is_ready,
        ops.BlockedStatus,
        "zookeeper service is unreachable or not serving requests",
    ),
    (lambda f: not f.is_member, ops.BlockedStatus, "unit not in the zookeeper quorum"),
    statuses.NEEDS_CERTIFICATE,
    *statuses.TURN,
    (lambda f: f.concern, ops.MaintenanceStatus, "{f.concern}"),
    statuses.REFUSED,
)
