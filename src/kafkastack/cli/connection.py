"""Connection of the command line to a controller: a unix socket, JSON lines, started on demand."""

import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kafkastack import __version__, errors
from kafkastack.cli.silence import Haste, Silence
from kafkastack.errors import ControllerError, EndedError, KafkastackError, UsageError
from kafkastack.system.places import controller_dir

SOCKET = "api.sock"
_START_SECONDS = 30.0
_PAUSE = 0.01
_READING = {
    *("actions", "debug-log", "diff-bundle", "export-bundle", "find-offers", "hooks", "machines"),
    *("models", "offers", "operations", "resources", "secrets", "ssh-keys", "status", "storage"),
    *("storage-pools", "wait-for", "wait-idle"),
}
_SETTINGS = {"config", "constraints", "controller-config", "model-config", "model-defaults"}
_WRITTEN = ("values", "typed_values", "reset", "words")


def call(
    controller: str,
    verb: str,
    params: Mapping[str, Any],
    *,
    model: str = "",
    progress: Callable[[Any], None] | None = None,
    patience: float | None = None,
) -> Any:
    """Ask a controller for `verb` and return its result; its error is raised here.

    `progress` gets what the verb tells before it ends (log lines, steps). What only reads is
    given up after so many seconds of silence.
    """
    request = {"version": __version__, "verb": verb, "model": model, "params": params}
    line, reads = _line(request), only_reads(verb, params)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        silence = _silence(controller, reads=reads, patience=patience)
        with connect(controller, silence) as connection:
            answer = _ask(connection, line, progress or _ignore, silence)
        if "result" in answer:
            return answer["result"]
        if "error" in answer:
            raise _error(answer["error"])
        if answer and "stale" not in answer:
            break  # begun: nobody knows how far it came, so it is not asked twice
        time.sleep(_PAUSE)  # it makes way for a newer one, which the next try starts
    raise EndedError(
        f"controller {controller} ended before it answered",
        f"its log is {controller_dir(controller) / 'controller.log'}",
    )


def _line(request: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(request, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError as error:
        word = ascii(error.object[error.start : error.end])
        raise UsageError(f"what was typed is not UTF-8: it has {word}") from error


def only_reads(verb: str, params: Mapping[str, Any]) -> bool:
    """Report whether a call changes nothing: then it may be given up."""
    is_question = verb in _SETTINGS and not any(params.get(name) for name in _WRITTEN)
    return is_question or verb in _READING or verb.startswith("show-")


def _silence(controller: str, *, reads: bool, patience: float | None) -> Silence:
    folder = controller_dir(controller)
    return Silence(
        controller, folder, lambda: _try_connect(folder), reads=reads, patience=patience
    )


def _ask(
    connection: socket.socket,
    line: bytes,
    progress: Callable[[Any], None],
    silence: Silence | Haste,
) -> Mapping[str, Any]:
    """Return the last that the controller says: empty if it ended before it began."""
    answer: Mapping[str, Any] = {}
    try:
        _send(connection, line, silence)
        for answer in map(json.loads, _lines(connection, silence)):
            silence.has_begun = True
            if "progress" in answer:
                progress(answer["progress"])
            elif "begun" not in answer:
                break
    except ConnectionError:
        pass  # it ended; what it said until then tells how far it came
    return answer


def _send(connection: socket.socket, line: bytes, silence: Silence | Haste) -> None:
    left = memoryview(line)
    while left:
        silence.wait(connection, select.POLLOUT)
        with suppress(BlockingIOError):
            left = left[connection.send(left, socket.MSG_DONTWAIT) :]


def _lines(connection: socket.socket, silence: Silence | Haste) -> Iterator[bytes]:
    begun = b""
    while True:
        silence.wait(connection, select.POLLIN)
        part = connection.recv(1 << 20)
        silence.end()
        if not part:
            return
        *lines, begun = (begun + part).split(b"\n")
        yield from lines


def ask_running(folder: Path, verb: str, seconds: float) -> Any:
    """Return what the controller of a folder answers, whoever's it is; None if it does not."""
    request: dict[str, Any] = {"version": __version__, "verb": verb, "model": "", "params": {}}
    try:
        connection = _try_connect(folder)
        if connection is None:
            return None
        with connection:
            answer = _ask(connection, _line(request), _ignore, Haste(seconds))
    except (OSError, ControllerError):
        return None
    return answer.get("result")


def _ignore(_progress: Any) -> None:
    """Show nothing."""


def connect(controller: str, silence: Silence) -> socket.socket:
    """Return a connection; starts the controller if it does not run."""
    folder = controller_dir(controller)
    while True:
        try:
            connection = _try_connect(folder)
            break
        except BlockingIOError:
            silence.pause()
    if connection:
        return connection
    if not (folder / "controller.json").exists():
        raise ControllerError(
            f"controller {controller} has no data in {folder}",
            f"type: kafkastack bootstrap local {controller}",
        )
    from kafkastack.cli import starting

    try:
        return starting.start(controller, folder, lambda: _accepted(folder))
    except FileNotFoundError as error:
        raise ControllerError(
            f"controller {controller} is being removed: {error.filename} is gone",
            "type: kafkastack controllers",
        ) from error


def is_running(controller: str) -> bool:
    """Report whether the controller answers, without starting it."""
    try:
        connection = _try_connect(controller_dir(controller))
    except BlockingIOError:
        return True
    if connection:
        connection.close()
    return connection is not None


def _accepted(folder: Path) -> socket.socket | None:
    try:
        return _try_connect(folder)
    except BlockingIOError:
        return None


def _try_connect(folder: Path) -> socket.socket | None:
    """Connect through a descriptor of the folder: its path may be longer than a socket's.

    BlockingIOError when so many wait already that one more would hang.
    """
    try:
        descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.setblocking(False)
        connection.connect(f"/proc/self/fd/{descriptor}/{SOCKET}")
        connection.setblocking(True)
        _refuse_another_user_s(connection, folder)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except BlockingIOError:
        connection.close()
        raise
    except PermissionError as error:
        connection.close()
        raise ControllerError(f"{folder} belongs to another user", "use your own") from error
    finally:
        os.close(descriptor)
    return connection


def _refuse_another_user_s(connection: socket.socket, folder: Path) -> None:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    owner = int.from_bytes(credentials[4:8], sys.byteorder)
    if os.getuid() not in (owner, 0):
        connection.close()
        raise ControllerError(f"{folder} belongs to another user", "use your own")


def _error(document: Mapping[str, str]) -> KafkastackError:
    kind = getattr(errors, document["type"], KafkastackError)
    return kind(document["message"], document["advice"])
