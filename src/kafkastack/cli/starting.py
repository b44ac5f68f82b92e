"""Start of a controller: by one command at a time, once the one before it has ended."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from kafkastack.cli.silence import Patience, holder
from kafkastack.errors import EXIT_CODES, ControllerError, KafkastackError
from kafkastack.system.files import try_lock

_START_SECONDS = 30.0
_END_SECONDS = 10.0  # what a controller that is asked to end may take
_TURN_SECONDS = 60.0  # what another command that starts it may take

Connect = Callable[[], socket.socket | None]


def start(controller: str, folder: Path, connect: Connect) -> socket.socket:
    """Start the controller of `folder` and return a connection to it."""
    with _turn(controller, folder):
        connection = _wait_for_the_lock(controller, folder, connect)
        return connection or _start(controller, folder, connect)


@contextmanager
def _turn(controller: str, folder: Path) -> Generator[None]:
    """Start one after the other; who waits says so, and gives up when another one hangs."""
    log = folder / "controller.log"
    patience = Patience(lambda: f"another command is starting controller {controller}: see {log}")
    with (folder / ".start.lock").open("a") as lock:
        while not try_lock(lock):
            if patience.seconds > _TURN_SECONDS:
                raise ControllerError(
                    f"another command has been starting controller {controller} for "
                    f"{_TURN_SECONDS:.0f} s",
                    f"its log is {log}; who it is: fuser -v {lock.name}",
                )
            patience.pause()
        yield


def _wait_for_the_lock(controller: str, folder: Path, connect: Connect) -> socket.socket | None:
    """Return once no controller runs; a connection if one does and answers."""
    lock = folder / "controller.lock"
    patience = Patience(lambda: f"waiting for process {holder(lock)} to end: it was {controller}")
    while patience.seconds < _END_SECONDS:
        if connection := connect():
            return connection
        if is_free(lock):
            return None
        patience.pause()
    pid = holder(lock)
    raise ControllerError(
        f"controller {controller} runs as process {pid}, but does not answer",
        f"end it: kill {pid}; the next command starts it again",
    )


def is_free(lock: Path) -> bool:
    """Report whether nobody holds the lock of a controller."""
    try:
        with lock.open() as stream:
            return try_lock(stream)
    except FileNotFoundError:
        return True


def _start(controller: str, folder: Path, connect: Connect) -> socket.socket:
    log = folder / "controller.log"
    before = log.stat().st_size if log.exists() else 0
    process = _spawn(folder, log)
    said = f"controller {controller} (process {process.pid}) is still starting; its log is {log}"
    patience = Patience(lambda: said)
    while patience.seconds < _START_SECONDS:
        if connection := connect():
            return connection
        if process.poll() is not None:
            raise _refused(process.returncode, controller, log, before)
        patience.pause()
    raise ControllerError(
        f"controller {controller} does not answer within {_START_SECONDS:.0f} s of its start",
        f"its log is {log}",
    )


def _spawn(folder: Path, log: Path) -> "subprocess.Popen[bytes]":
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "kafkastack.controller", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            cwd="/",
        )
    finally:
        os.close(descriptor)


def _refused(code: int, controller: str, log: Path, before: int) -> KafkastackError:
    """Return the error that a controller has ended with: the last it wrote to its log."""
    if code < 0:
        return ControllerError(
            f"controller {controller} was ended by signal {-code} while it started",
            f"type the command again; the log is {log}",
        )
    with log.open("rb") as stream:
        stream.seek(before)
        words = stream.read().decode(errors="replace").rpartition("ERROR ")[2].strip()
    kind = EXIT_CODES.get(code, ControllerError)
    return kind(f"controller {controller} does not start: {words}", f"its log is {log}")
