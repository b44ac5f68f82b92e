"""Question that only a broker answers whose controllers do.

A broker that is cut off from them goes on to say what it knew. What the quorum is it leaves to
the active controller. Needs the standard library only.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from kafkastack_charms.kafka.probe import log_in
from kafkastack_charms.kafka.protocol import ServerError


def ask(stream: socket.socket, login: str = "") -> bool:
    """Report whether a broker has all its folders and its controllers' ear."""
    with suppress(OSError, ServerError, LookupError, ValueError):
        _, broker = log_in(stream, login)
        return broker.has_its_folders() and broker.asks_controllers()
    return False
