"""Whether this server serves: asked for ever, told to Juju when the answer changes.

Runs as a service of its own, by any Python 3 and its standard library. Between two questions it
holds a connection open and sleeps until the kernel reports its end, so that a death is noticed
at once and the waiting costs nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import socket
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

PAUSE = 5.0  # seconds between two questions to a server that lives
RETRY = 1.0  # the same for one that does not; a restart that takes no longer is not mentioned
AGAIN = 30.0  # seconds until the charm is told the same thing again
GRACE = 0.5  # seconds after the end of a connection
ANSWER = 2.0  # seconds that a server has for its answer
NOT_SERVING = "This ZooKeeper instance is not currently serving requests"


class Door(NamedTuple):
    """Where to ask; with an authority when the door speaks TLS."""

    address: str
    port: int
    authority: str | None = None


def ask(door: Door) -> str:
    """Return what the server says to `srvr`, empty where nobody answers."""
    with contextlib.suppress(OSError), _wrap(connect(door), door.authority) as stream:
        stream.sendall(b"srvr")
        parts: list[bytes] = []
        while part := stream.recv(4096):
            parts.append(part)
        return b"".join(parts).decode(errors="replace")
    return ""


def is_listening(address: str, port: int) -> bool:
    """Tell whether anybody accepts connections there."""
    try:
        connect(Door(address, port)).close()
    except OSError:
        return False
    return True


def connect(door: Door) -> socket.socket:
    """Open a connection to the server."""
    return socket.create_connection((door.address, door.port), timeout=ANSWER)


def _wrap(connection: socket.socket, authority: str | None) -> socket.socket:
    if authority is None:
        return connection
    import ssl

    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = False  # the address was given to us by Juju, not by a name service
    context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    try:
        return context.wrap_socket(connection)
    except OSError:
        connection.close()
        raise


def mode(answer: str) -> str | None:
    """Return leader or follower, or None for a server that does not serve."""
    for line in answer.splitlines():
        if line.startswith("Mode: "):
            return line.removeprefix("Mode: ")
    return None


def version(answer: str) -> str | None:
    """Return the version of the server."""
    prefix = "Zookeeper version: "
    return answer.removeprefix(prefix).split("-")[0] if answer.startswith(prefix) else None


def rest(door: Door, seconds: float) -> None:
    """Sleep until the next question: some seconds, or less when the server goes away."""
    try:
        with connect(door) as connection:
            connection.settimeout(seconds)
            connection.recv(1)
    except TimeoutError:
        return
    except OSError:
        pass
    time.sleep(GRACE)  # a server that is full closes at once: do not hurry either


def tell(juju_exec: str, unit: str, dispatch: str) -> None:
    """Run the charm's event, in Juju's own time."""
    command = f"JUJU_DISPATCH_PATH=hooks/service-changed {shlex.quote(dispatch)}"
    subprocess.run([juju_exec, unit, command], stdin=subprocess.DEVNULL, check=False)


def watch(door: Door, seen: Path, call: Callable[[], None]) -> None:
    """Ask, and call the charm when it has last seen something else.

    It is called again after a while, as its hook may have failed; not at once, as it may be
    blocked for another reason.
    """
    told, again = None, 0.0
    while True:
        serves = mode(ask(door)) is not None
        if not serves and _has_seen(seen):
            time.sleep(RETRY)  # the charm itself may be restarting the server
            serves = mode(ask(door)) is not None
        if serves != _has_seen(seen) and (serves != told or time.monotonic() > again):
            call()
            told, again = serves, time.monotonic() + AGAIN
        rest(door, PAUSE if serves else RETRY)


def _has_seen(seen: Path) -> bool:
    return seen.exists()


def main() -> None:
    """Read the command line and watch."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--address", "--juju-exec", "--unit", "--dispatch", "--seen"):
        parser.add_argument(option, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--authority")
    given = parser.parse_args()
    door = Door(given.address, given.port, given.authority)
    call = partial(tell, given.juju_exec, given.unit, given.dispatch)
    watch(door, Path(given.seen), call)


if __name__ == "__main__":
    main()
