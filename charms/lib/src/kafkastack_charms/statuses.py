"""Status of a unit: the first row of a table that holds for what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ops

Row = tuple[Callable[[Any], object], type[ops.StatusBase], str]
"""When it holds for the facts, its kind, and its text with {f} for the facts."""


@dataclass(frozen=True, eq=False, repr=False)  # a third of the time to define
class Facts:
    """What is known at the end of a hook, whatever the server is."""

    jar_fault: str = ""  # of the resource; the jar before it is run
    problem: str = ""  # why the server cannot be installed
    bad_option: str = ""
    broken: str = ""  # what of our own databag cannot be read
    has_peers: bool = True
    has_address: bool = True
    has_credentials: bool = True
    needs_certificate: bool = False  # related to a CA and not served yet
    ca_fault: str = ""  # what of the CA's answer cannot be used
    is_started: bool = True  # it was told to run
    is_active: bool = True
    crash: str = ""  # what it says that exits again and again
    failed_folder: str = ""  # of its data, which it cannot use
    answers: bool = True
    is_ready: bool = True
    was_ready: bool = True  # it has worked since it was started
    waits_for: str = ""  # what keeps a restart waiting
    held_back: str = ""  # why it is not restarted, though it should be
    refused: str = ""  # who asks for what cannot be read or granted


def inputs(name: str) -> tuple[Row, ...]:
    """Return the rows for what keeps a server from being installed at all."""
    return (
        (lambda f: f.bad_option, ops.BlockedStatus, "{f.bad_option}"),
        (lambda f: f.problem, ops.BlockedStatus, f"cannot run {name}: {{f.problem}}"),
        (
            lambda f: f.jar_fault,
            ops.BlockedStatus,
            f"resource {name} cannot be run, the one before is: {{f.jar_fault}}",
        ),
        (lambda f: f.broken, ops.BlockedStatus, "the peer databag cannot be read: {f.broken}"),
        (lambda f: not f.has_peers, ops.MaintenanceStatus, "no peer relation yet"),
    )


FAILED_FOLDER: Row = (
    lambda f: f.failed_folder,
    ops.BlockedStatus,
    "{f.failed_folder} cannot be used: the server's log says why",
)
CA_FAULT: Row = (
    lambda f: f.needs_certificate and f.ca_fault,
    ops.BlockedStatus,
    "the CA's answer cannot be used: {f.ca_fault}",
)
NEEDS_CERTIFICATE: Row = (
    lambda f: f.needs_certificate,
    ops.WaitingStatus,
    "unit waiting for signed certificates",
)
TURN: tuple[Row, ...] = (
    (lambda f: f.waits_for, ops.WaitingStatus, "{f.waits_for}"),
    (lambda f: f.held_back, ops.ActiveStatus, "restart held back: {f.held_back}"),
)
REFUSED: Row = (lambda f: f.refused, ops.ActiveStatus, "refused: {f.refused}")


def table_of(name: str) -> tuple[Row, ...]:
    """Return all rows of a charm that has nothing to say beside them."""
    return (
        *inputs(name),
        (lambda f: not f.has_address, ops.MaintenanceStatus, "waiting for an address"),
        CA_FAULT,
        NEEDS_CERTIFICATE,
        (lambda f: not f.has_credentials, ops.WaitingStatus, "waiting for the leader's passwords"),
        (lambda f: not f.is_started, ops.WaitingStatus, "waiting to be started"),
        (lambda f: f.crash, ops.BlockedStatus, f"{name} keeps exiting: {{f.crash}}"),
        (lambda f: not f.is_active, ops.BlockedStatus, f"{name} is not running"),
        (lambda f: not f.is_ready and f.was_ready, ops.BlockedStatus, f"{name} does not answer"),
        (lambda f: not f.is_ready, ops.WaitingStatus, f"{name} is still starting up"),
        *TURN,
        REFUSED,
    )


def choose(table: Iterable[Row], facts: Facts) -> ops.StatusBase:
    """Return the status that these facts deserve."""
    for holds, kind, text in table:
        if holds(facts):
            return kind(text.format(f=facts))
    return ops.ActiveStatus()
