"""Statuses of the test client's unit: one table."""

from __future__ import annotations

from collections.abc import Mapping

import ops

_TABLE: Mapping[str, tuple[type[ops.StatusBase], str]] = {
    "complaint": (ops.BlockedStatus, "{complaint}"),
    "unrelated": (
        ops.ActiveStatus,
        "Please relate with Kafka or use the action to run the application without the relation.",
    ),
    "changed": (
        ops.BlockedStatus,
        "Please remove relation and recreate a new one to track topic {topic}",
    ),
    "unanswered": (ops.WaitingStatus, "Waiting for {app} to grant access to topic {topic}"),
    "refused": (ops.BlockedStatus, "{app} refuses topic {topic}: {reason}"),
    "no-tls": (ops.WaitingStatus, "Waiting for Kafka to offer TLS on port 9093, not {servers}"),
    "no-certificate": (ops.WaitingStatus, "Waiting for a signed certificate"),
    "bad-authority": (ops.BlockedStatus, "The authority's answer cannot be used: {reason}"),
    "no-ca": (
        ops.BlockedStatus,
        "Kafka speaks TLS and does not say whom to trust: integrate certificates with its CA",
    ),
    "running": (ops.ActiveStatus, "Topic {topic} enabled with process {role}"),
    "halted": (
        ops.ActiveStatus,
        "Process {role} was stopped by stop-process: relate anew to start it",
    ),
    "dead": (ops.BlockedStatus, "Process {role} does not run: see {log}.err"),
}


def make_status(name: str, **words: str) -> ops.StatusBase:
    """Return a status of the table with its words filled in."""
    kind, text = _TABLE[name]
    return kind(text.format(**words))  # pyright: ignore[reportCallIssue]  # StatusBase is abstract
