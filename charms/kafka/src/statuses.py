"""Every status of this charm, in the order in which they matter; the first that holds is shown."""

from __future__ import annotations

from dataclasses import dataclass

import ops
from kafkastack_charms import statuses
from kafkastack_charms.statuses import Row


@dataclass(frozen=True, eq=False, repr=False)  # a third of the time to define
class Facts(statuses.Facts):
    """What is known of a broker at the end of a hook."""

    has_zookeeper: bool = True
    has_offer: bool = True  # ZooKeeper has told how to enter
    zookeeper_fault: str = ""  # what of ZooKeeper's answer cannot be used
    agrees: bool = True  # both are encrypted, or neither
    has_users: bool = True  # the first users are in ZooKeeper
    advice: str = ""  # what the machine could do better


TABLE: tuple[Row, ...] = (
    *statuses.inputs("kafka"),
    (lambda f: not f.has_address, ops.MaintenanceStatus, "not all units related"),
    (lambda f: not f.has_zookeeper, ops.BlockedStatus, "missing required zookeeper relation"),
    (
        lambda f: f.zookeeper_fault,
        ops.BlockedStatus,
        "zookeeper's answer cannot be used: {f.zookeeper_fault}",
    ),
    (lambda f: not f.has_offer, ops.WaitingStatus, "zookeeper credentials not created yet"),
    (
        lambda f: not f.agrees,
        ops.BlockedStatus,
        "tls must be enabled on both kafka and zookeeper",
    ),
    statuses.CA_FAULT,
    statuses.NEEDS_CERTIFICATE,
    (
        lambda f: not f.has_credentials,
        ops.WaitingStatus,
        "internal broker credentials not yet added",
    ),
    (
        lambda f: not f.has_users,
        ops.WaitingStatus,
        "internal users not yet written to zookeeper",
    ),
    (
        lambda f: not f.is_started,
        ops.WaitingStatus,
        "leader has not yet taken up this zookeeper",
    ),
    (lambda f: f.crash, ops.BlockedStatus, "broker keeps exiting: {f.crash}"),
    (lambda f: not f.is_active, ops.BlockedStatus, "Broker not running"),
    statuses.FAILED_FOLDER,
    (lambda f: not f.answers and f.was_ready, ops.BlockedStatus, "Broker not running"),
    (
        lambda f: not f.is_ready and f.was_ready,
        ops.BlockedStatus,
        "unit not connected to zookeeper",
    ),
    (lambda f: not f.is_ready, ops.WaitingStatus, "broker is still starting up"),
    *statuses.TURN,
    statuses.REFUSED,
    (lambda f: f.advice, ops.ActiveStatus, "{f.advice}"),
)
