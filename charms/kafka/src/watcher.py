"""Whether this broker serves: asked for ever, told to Juju when the answer changes.

Runs as a service of its own, by any Python 3 and its standard library. While the broker lives it
holds a connection open and sleeps until the kernel reports its end, so that a death is noticed at
once and the waiting costs nothing. While it starts it is asked often, as somebody waits for it.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

PAUSE = 60.0  # seconds that a connection is held; a broker closes idle ones later
RETRY = 0.03  # seconds between two questions to a broker that is expected soon
PATIENT = 1.0  # the same when it has been away for long
SOON = 20.0  # seconds for which it is expected soon
AGAIN = (1.0, 2.0, 4.0, 8.0, 30.0)  # seconds until the charm is told the same thing again
GRACE = 1.5  # seconds that a broker may be away before that is mentioned: the charm restarts it
ANSWER = 2.0  # seconds that a connection may take


class Door(NamedTuple):
    """Where to ask."""

    address: str
    port: int


def is_listening(door: Door, patience: float = 0.0) -> bool:
    """Tell whether anybody accepts connections there, within some seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connect(door).close()
        except OSError:
            if time.monotonic() >= deadline:
                return False
        else:
            return True
        time.sleep(RETRY)


def connect(door: Door) -> socket.socket:
    """Open a connection to the broker."""
    return socket.create_connection((door.address, door.port), timeout=ANSWER)


def rest(door: Door, seconds: float) -> None:
    """Sleep for some seconds, or less when the broker goes away."""
    try:
        with connect(door) as connection:
            connection.settimeout(seconds)
            connection.recv(1)
    except OSError:
        return


def tell(juju_exec: str, unit: str, dispatch: str) -> None:
    """Run the charm's event, in Juju's own time."""
    command = f"JUJU_DISPATCH_PATH=hooks/broker-changed {shlex.quote(dispatch)}"
    subprocess.run([juju_exec, unit, command], stdin=subprocess.DEVNULL, check=False)


class Notes(NamedTuple):
    """What the charm's last look left behind: files that exist or not."""

    ready: Path  # it saw a broker that works
    unfinished: Path  # it could not do everything yet

    @property
    def is_ready(self) -> bool:
        """Whether the charm believes that the broker works."""
        return self.ready.exists()

    @property
    def is_unfinished(self) -> bool:
        """Whether the charm wants to be called again."""
        return self.unfinished.exists()


def watch(door: Door, notes: Notes, call: Callable[[], None]) -> None:
    """Ask, and call the charm when it has last seen something else, or has not finished.

    It is called again after a while, as its hook may have failed or the broker may listen before
    it works; ever later, as the reason may be another one.
    """
    told: tuple[bool, bool] | None = None
    pauses, again, began = iter(AGAIN), 0.0, time.monotonic()
    while True:
        believed = notes.is_ready
        serves = is_listening(door, GRACE if believed else 0.0)
        has_news = serves != notes.is_ready
        if (serves, believed) != told:
            pauses, began = iter(AGAIN), time.monotonic()
            again = began if has_news else began + _next(pauses)
        told = (serves, believed)
        if (has_news or notes.is_unfinished) and time.monotonic() >= again:
            call()
            again = time.monotonic() + _next(pauses)
        is_settled = serves and notes.is_ready and not notes.is_unfinished
        _wait(door, is_settled, began)


def _next(pauses: Iterator[float]) -> float:
    return next(pauses, AGAIN[-1])


def _wait(door: Door, is_settled: bool, began: float) -> None:
    if is_settled:
        rest(door, PAUSE)
    else:
        time.sleep(RETRY if time.monotonic() - began < SOON else PATIENT)


def main() -> None:
    """Read the command line and watch."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--address", "--juju-exec", "--unit", "--dispatch", "--ready", "--unfinished"):
        parser.add_argument(option, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    call = partial(tell, given.juju_exec, given.unit, given.dispatch)
    with contextlib.suppress(KeyboardInterrupt):
        notes = Notes(Path(given.ready), Path(given.unfinished))
        watch(Door(given.address, given.port), notes, call)


if __name__ == "__main__":
    main()
