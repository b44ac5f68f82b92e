"""Question that only a node answers that is a broker and a controller, and works as both.

It is asked as a broker first, whose port opens last: until then it costs a node that starts
nothing. How a controller is entered, and its listener, the last one, stand in files beside the
login of brokers. Needs the standard library only.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

from kafkastack_charms import properties
from kafkastack_charms.kafka import controllers, member_probe
from kafkastack_charms.kafka.protocol import Node, connect_alike


def ask(stream: socket.socket, login: str = "") -> bool:
    """Report whether a broker works, and the controller beside it knows who leads."""
    if not member_probe.ask(stream, login):
        return False
    beside = Path(login)
    with suppress(OSError, LookupError, ValueError):
        settings = properties.parse(beside.with_name("server.properties").read_text())
        port = settings["listeners"].rpartition(":")[2]
        controller = Node(-1, stream.getpeername()[0], int(port))
        with connect_alike(stream, controller, stream.gettimeout()) as opened:
            return controllers.ask(opened, str(beside.with_name("controller.login")))
    return False
