"""How a controller is started: by one command at a time, once the one before it has ended."""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kafkastack.errors import EXIT_CODES, ControllerError, KafkastackError
from kafkastack.system.files import locked

_START_SECONDS = 30.0
_END_SECONDS = 10.0  # what a controller that is asked to end may take
_PAUSE = 0.01

Connect = Callable[[], socket.socket | None]


def start(controller: str, folder: Path, connect: Connect) -> socket.socket:
    """Start the controller of `folder` and return a connection to it."""
    with locked(folder / ".start.lock"):
        connection = _wait_for_the_lock(controller, folder, connect)
        return connection or _start(controller, folder, connect)


def _wait_for_the_lock(controller: str, folder: Path, connect: Connect) -> socket.socket | None:
    """Return once no controller runs; a connection if one does and answers."""
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline:
        if connection := connect():
            return connection
        if is_free(folder / "controller.lock"):
            return None
        time.sleep(_PAUSE)
    pid = (folder / "controller.lock").read_text().strip()
    raise ControllerError(
        f"controller {controller} runs as process {pid}, but does not answer",
        f"end it: kill {pid}; the next command starts it again",
    )


def is_free(lock: Path) -> bool:
    """Report whether nobody holds the lock of a controller."""
    try:
        with lock.open() as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _start(controller: str, folder: Path, connect: Connect) -> socket.socket:
    log = folder / "controller.log"
    before = log.stat().st_size if log.exists() else 0
    process = _spawn(folder, log)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if connection := connect():
            return connection
        if process.poll() is not None:
            raise _refused(process.returncode, controller, log, before)
        time.sleep(_PAUSE)
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
