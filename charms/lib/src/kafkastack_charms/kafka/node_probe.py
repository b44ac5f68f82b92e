"""Question that only a node answers that is a controller and a broker, and works as both.

It is asked as a controller first. How a broker is entered, and its first listener, stand in files
beside the login of controllers. Needs the standard library only.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

from kafkastack_charms import properties
from kafkastack_charms.kafka import controllers, member_probe
from kafkastack_charms.kafka.protocol import Node, connect_alike


def ask(stream: socket.socket, login: str = "") -> bool:
    """Report whether a controller knows who leads, and the broker beside it works."""
    if not controllers.ask(stream, login):
        return False
    beside = Path(login)
    with suppress(OSError, LookupError, ValueError):
        settings = properties.parse(beside.with_name("server.properties").read_text())
        port = settings["listeners"].partition(",")[0].rpartition(":")[2]
        broker = Node(-1, stream.getpeername()[0], int(port))
        with connect_alike(stream, broker, stream.gettimeout()) as opened:
            return member_probe.ask(opened, str(beside.with_name("broker.login")))
    return False
