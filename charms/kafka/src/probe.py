"""Question that only a working broker answers: ApiVersions. Needs the standard library only."""

from __future__ import annotations

import contextlib
import socket
import struct

_API_VERSIONS, _CORRELATION = 18, 7
_HEADER = struct.pack(">hhih", _API_VERSIONS, 0, _CORRELATION, -1)  # no client id


def ask(stream: socket.socket) -> bool:
    """Report whether the broker over there answers; nobody has to log in for that."""
    with contextlib.suppress(OSError):
        stream.sendall(struct.pack(">i", len(_HEADER)) + _HEADER)
        size = _read(stream, 4)
        if size:
            answer = _read(stream, min(6, struct.unpack(">i", size)[0]))
            return answer[:6] == struct.pack(">ih", _CORRELATION, 0)
    return False


def _read(stream: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (part := stream.recv(size - len(found))):
        found += part
    return found
