"""How the command line reaches a controller: one unix socket, JSON lines, started when needed."""

import itertools
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kafkastack import __version__, errors
from kafkastack.errors import ControllerError, KafkastackError
from kafkastack.system.places import controller_dir

SOCKET = "api.sock"
_START_SECONDS = 30.0
_STARTED = 0.01


def call(
    controller: str,
    verb: str,
    params: Mapping[str, Any],
    *,
    model: str = "",
    progress: Callable[[Any], None] | None = None,
) -> Any:
    """Ask a controller for `verb` and return its result; its error is raised here.

    `progress` gets what the verb tells before it ends (log lines, steps).
    """
    connection = connect(controller)
    request = {"version": __version__, "verb": verb, "model": model, "params": params}
    with connection, connection.makefile("rb") as stream:
        try:
            connection.sendall(json.dumps(request).encode() + b"\n")
            first = stream.readline()
        except ConnectionError:  # it was about to end, and has not read the request
            return _again(controller, verb, params, model, progress)
        for line in itertools.chain((first,) if first else (), stream):
            answer = json.loads(line)
            if "progress" in answer:
                if progress:
                    progress(answer["progress"])
            elif answer.get("stale"):
                return _again(controller, verb, params, model, progress)
            elif "error" in answer:
                raise _error(answer["error"])
            else:
                return answer["result"]
    raise ControllerError(
        f"controller {controller} ended before it answered",
        f"its log is {controller_dir(controller) / 'controller.log'}",
    )


def connect(controller: str) -> socket.socket:
    """Return a connection; starts the controller if it does not run."""
    folder = controller_dir(controller)
    if connection := _try_connect(folder):
        return connection
    if not (folder / "controller.json").exists():
        raise ControllerError(
            f"controller {controller} has no data in {folder}",
            f"type: kafkastack bootstrap local {controller}",
        )
    from kafkastack.cli import starting

    return starting.start(controller, folder, lambda: _try_connect(folder))


def is_running(controller: str) -> bool:
    """Tell whether the controller answers, without starting it."""
    connection = _try_connect(controller_dir(controller))
    if connection:
        connection.close()
    return connection is not None


def _again(
    controller: str,
    verb: str,
    params: Mapping[str, Any],
    model: str,
    progress: Callable[[Any], None] | None,
) -> Any:
    """Repeat a call that an older controller has answered by ending itself."""
    deadline = time.monotonic() + _START_SECONDS
    while is_running(controller) and time.monotonic() < deadline:
        time.sleep(_STARTED)
    return call(controller, verb, params, model=model, progress=progress)


def _try_connect(folder: Path) -> socket.socket | None:
    """Connect through a descriptor of the folder: its path may be longer than a socket's."""
    try:
        descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(f"/proc/self/fd/{descriptor}/{SOCKET}")
        _refuse_another_user_s(connection, folder)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
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
