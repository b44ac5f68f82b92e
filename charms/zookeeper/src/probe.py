"""Question that only a serving ZooKeeper answers: `srvr`. Needs the standard library only."""

from __future__ import annotations

import contextlib
import socket


def ask(stream: socket.socket) -> str:
    """Return what the server over there says, empty where it does not serve."""
    said = srvr(stream)
    return said if mode(said) else ""


def srvr(stream: socket.socket) -> str:
    """Return what the server says to `srvr`, empty where it says nothing."""
    parts: list[bytes] = []
    with contextlib.suppress(OSError):
        stream.sendall(b"srvr")
        while part := stream.recv(4096):
            parts.append(part)
    return b"".join(parts).decode(errors="replace")


def mode(answer: str) -> str | None:
    """Return leader or follower, or None for a server that does not serve."""
    for line in answer.splitlines():
        if line.startswith("Mode: "):
            return line.removeprefix("Mode: ")
    return None


def version(answer: str) -> str:
    """Return the version of the server, empty where it does not say."""
    prefix = "Zookeeper version: "
    return answer.removeprefix(prefix).split("-")[0] if answer.startswith(prefix) else ""
