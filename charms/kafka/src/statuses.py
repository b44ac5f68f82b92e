"""Every status of this charm, in the order in which they matter; the first that holds is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import ops


class Facts(NamedTuple):
    """What is known at the end of a hook."""

    jar_fault: str = ""  # of the resource; the jar before it is run
    problem: str = ""  # why the broker cannot be installed
    bad_option: str = ""
    has_peers: bool = True
    has_address: bool = True
    has_zookeeper: bool = True
    has_offer: bool = True  # ZooKeeper has told how to enter
    agrees: bool = True  # both are encrypted, or neither
    has_credentials: bool = True
    has_users: bool = True  # the first users are in ZooKeeper
    needs_keys: bool = False  # related for certificates and not served yet
    is_started: bool = True  # it was told to run
    is_active: bool = True
    crash: str = ""  # what it says that exits again and again
    is_listening: bool = True
    is_ready: bool = True
    was_ready: bool = True  # it has worked before
    waits_its_turn: bool = False
    broken: str = ""  # what of our own databag cannot be read
    zookeeper_fault: str = ""  # what of ZooKeeper's answer cannot be used
    authority_fault: str = ""  # what of the authority's answer cannot be used
    refused: str = ""  # who asks for what cannot be read or granted
    advice: str = ""  # what the machine could do better


Row = tuple[Callable[[Facts], object], type[ops.StatusBase], str]

TABLE: tuple[Row, ...] = (
    (lambda f: f.bad_option, ops.BlockedStatus, "{f.bad_option}"),
    (lambda f: f.problem, ops.BlockedStatus, "cannot run kafka: {f.problem}"),
    (
        lambda f: f.jar_fault,
        ops.BlockedStatus,
        "resource kafka cannot be run, the one before is: {f.jar_fault}",
    ),
    (lambda f: f.broken, ops.BlockedStatus, "the peer databag cannot be read: {f.broken}"),
    (lambda f: not f.has_peers, ops.MaintenanceStatus, "no peer relation yet"),
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
    (
        lambda f: f.needs_keys and f.authority_fault,
        ops.BlockedStatus,
        "the authority's answer cannot be used: {f.authority_fault}",
    ),
    (lambda f: f.needs_keys, ops.WaitingStatus, "unit waiting for signed certificates"),
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
    (lambda f: not f.is_listening and f.was_ready, ops.BlockedStatus, "Broker not running"),
    (
        lambda f: not f.is_ready and f.was_ready,
        ops.BlockedStatus,
        "unit not connected to zookeeper",
    ),
    (lambda f: not f.is_ready, ops.WaitingStatus, "broker is still starting up"),
    (lambda f: f.waits_its_turn, ops.WaitingStatus, "other units restarting first"),
    (lambda f: f.refused, ops.ActiveStatus, "refused: {f.refused}"),
    (lambda f: f.advice, ops.ActiveStatus, "{f.advice}"),
)


def choose(facts: Facts) -> ops.StatusBase:
    """Return the status that these facts deserve."""
    for holds, kind, text in TABLE:
        if holds(facts):
            return kind(text.format(f=facts))
    return ops.ActiveStatus()
