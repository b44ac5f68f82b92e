"""Watcher of a server: asks it for ever, and tells Juju when the answer changes.

Runs as a service of its own, by any Python 3 and its standard library. How the server is asked
stands in a file of the charm, a module with `ask(stream)`: what comes back over a connection where
that is an answer that only a working server gives, else something that is false.
"""

from __future__ import annotations

import contextlib
import runpy
import shlex
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

PAUSE = 1.0  # seconds between two questions to a server that answers
RETRY = 0.03  # the same for one that is expected soon
REFUSED = 0.01  # and for one that has not opened its port
PATIENT = 1.0  # and for one that has been away for long
SOON = 20.0  # seconds for which it is expected soon
GRACE = 1.5  # seconds that a server may be away unmentioned: the charm itself restarts it
ANSWER = 1.5  # seconds that it has for an answer
AGAIN = 1.0  # and one that has answered the last time, as it is asked twice
CLOSES = 0.1  # seconds within which a server closes that answers one question only

Ask = Callable[[socket.socket], object]


class Place(NamedTuple):
    """Where a server is asked; with a file of CAs where it speaks TLS.

    A question that needs a login is given the file of it, by that name.
    """

    address: str
    port: int
    ca: str = ""
    login: str = ""


def bound(ask: Callable[..., object], place: Place) -> Ask:
    """Return the question as it is asked at a place: with a login where that has one."""
    return partial(ask, login=place.login) if place.login else ask


class Answer(NamedTuple):
    """What a server has said, and the connection over which it did."""

    said: object
    stream: socket.socket


def answers(place: Place, ask: Ask, patience: float = 0.0, answer: float = ANSWER) -> object:
    """Return what a server says within some seconds, None where it does not answer."""
    found = question(place, ask, patience, answer)
    if found is None:
        return None
    found.stream.close()
    return found.said


def question(
    place: Place, ask: Ask, patience: float = 0.0, answer: float = ANSWER
) -> Answer | None:
    """Return what a server says, None where it does not answer in time."""
    deadline = time.monotonic() + patience
    while True:
        pause = RETRY
        try:
            with contextlib.ExitStack() as closing:
                stream = closing.enter_context(connect(place, answer))
                if said := ask(stream):
                    closing.pop_all()
                    return Answer(said, stream)
        except ConnectionRefusedError:
            pause = REFUSED  # it costs the server nothing
        except OSError:
            pass
        if time.monotonic() >= deadline:
            return None
        time.sleep(pause)


def connect(place: Place, timeout: float = ANSWER) -> socket.socket:
    """Open a connection to a server; OSError where there is none."""
    connection = socket.create_connection((place.address, place.port), timeout=timeout)
    if not place.ca:
        return connection
    try:
        context = ssl.create_default_context(cafile=place.ca)
        context.check_hostname = False  # Juju has given us the address, no service of names
        context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        return context.wrap_socket(connection)
    except OSError:
        connection.close()
        raise


class Notes(NamedTuple):
    """What the charm's last look left behind: files that exist or not."""

    ready: Path  # it saw a server that works
    unfinished: Path  # it could not do everything yet

    @property
    def is_ready(self) -> bool:
        """Whether the charm believes that the server works."""
        return self.ready.exists()

    @property
    def is_unfinished(self) -> bool:
        """Whether the charm wants to be called again."""
        return self.unfinished.exists()


def watch(place: Place, ask: Ask, notes: Notes, call: Callable[[], None]) -> None:
    """Ask, and call the charm when it has last seen something else, or has not finished.

    It is called again after a while, as its hook may have failed or the server may answer before
    all of it works; ever later, as the reason may be another one.
    """
    told: tuple[bool, bool] | None = None
    pauses, again, began = _pauses(), 0.0, time.monotonic()
    while True:
        believed = notes.is_ready
        found = question(place, ask, *((GRACE, AGAIN) if believed else (0.0, ANSWER)))
        serves = found is not None
        has_news = serves != notes.is_ready
        if (serves, believed) != told:
            pauses, began = _pauses(), time.monotonic()
            again = began if has_news else began + next(pauses)
        told = (serves, believed)
        if (has_news or notes.is_unfinished) and time.monotonic() >= again:
            call()
            again = time.monotonic() + next(pauses)
        if found and notes.is_ready and not notes.is_unfinished:
            hold(found.stream)
        else:
            time.sleep(RETRY if time.monotonic() - began < SOON else PATIENT)
        if found:
            found.stream.close()


def _pauses() -> Iterator[float]:
    """Yield the seconds until the charm is told the same thing again."""
    yield from (1.0, 2.0)
    for _ in range(20):
        yield 3.0
    while True:
        yield 30.0


def hold(stream: socket.socket) -> None:
    """Sleep until the next question, or less when the kernel reports the end of the server."""
    began = time.monotonic()
    with contextlib.suppress(OSError):
        stream.settimeout(PAUSE)
        stream.recv(1)
    if time.monotonic() - began < CLOSES:
        time.sleep(PAUSE)


def tell(juju_exec: str, unit: str, dispatch: str) -> None:
    """Run the charm's event, in Juju's own time."""
    command = f"JUJU_DISPATCH_PATH=hooks/server-changed {shlex.quote(dispatch)}"
    subprocess.run([juju_exec, unit, command], stdin=subprocess.DEVNULL, check=False)


def main() -> None:
    """Read the command line and watch."""
    import argparse  # every hook imports this module, and none of them reads a command line

    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--address", "--probe", "--juju-exec", "--unit", "--dispatch", "--charm"):
        parser.add_argument(option, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", default="")
    parser.add_argument("--login", default="")
    given = parser.parse_args()
    call = partial(tell, given.juju_exec, given.unit, given.dispatch)
    notes = Notes(*(Path(given.charm, name) for name in (READY, UNFINISHED)))
    sys.path.append(str(Path(__file__).parents[1]))  # a question may stand on the library
    with contextlib.suppress(KeyboardInterrupt):
        place = Place(given.address, given.port, given.ca, given.login)
        watch(place, bound(runpy.run_path(given.probe)["ask"], place), notes, call)


READY, UNFINISHED = ".ready", ".unfinished"  # files in the charm's folder

if __name__ == "__main__":
    main()
