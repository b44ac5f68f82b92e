"""Question that only a broker answers that takes part in its cluster; the others know of it.

A broker that has lost ZooKeeper goes on to say what it knew: its brokers, and that it is one of
them. The others have been told that it is gone. Needs the standard library only.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kafkastack_charms import properties
from kafkastack_charms.kafka.conversation import Conversation
from kafkastack_charms.kafka.protocol import Node, ServerError, connect_alike

_ASKED = 2  # others at most
_ANSWER = 0.5  # seconds that each of them has
_FAULTS = (OSError, ServerError, LookupError, ValueError)


def ask(stream: socket.socket, login: str = "") -> bool:
    """Report whether a broker has all its folders and is known; the login is a file."""
    with suppress(*_FAULTS):
        user, broker = log_in(stream, login)
        return broker.has_its_folders() and _is_known(stream, broker.brokers(), user, login)
    return False


def find_failed(stream: socket.socket, login: str = "") -> str:
    """Return which folders of messages a broker cannot use."""
    with suppress(*_FAULTS):
        _, broker = log_in(stream, login)
        return ", ".join(sorted(name for name, works in broker.folders().items() if not works))
    return ""


def log_in(stream: socket.socket, login: str) -> tuple[tuple[str, str], Conversation]:
    """Enter as the file says, which is read each time: passwords change."""
    username, password = Path(login).read_text().splitlines()
    return (username, password), Conversation(stream, username, password)


def _is_known(
    stream: socket.socket, brokers: Iterable[Node], user: tuple[str, str], login: str
) -> bool:
    """Report whether another broker knows this one; where none tells, its own word counts."""
    settings = properties.parse(Path(login).with_name("server.properties").read_text())
    number = int(settings["broker.id"])
    known = {node.number: node for node in brokers}
    others = sorted(known.keys() - {number}, key=lambda other: (other < number, other))
    for other in others[:_ASKED]:
        with suppress(*_FAULTS), connect_alike(stream, known[other], _ANSWER) as opened:
            return number in {node.number for node in Conversation(opened, *user).brokers()}
    return number in known
