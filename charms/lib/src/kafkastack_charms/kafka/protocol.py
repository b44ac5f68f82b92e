"""Protocol of Kafka: requests and answers over one connection, field by field.

Needs the standard library only, as the watcher asks by it.
"""

from __future__ import annotations

import socket
import ssl
import struct
from typing import NamedTuple

NO_TAGS = b"\0"
_LONGEST = 1 << 20  # bytes of an answer
_CORRELATION = 1


class ServerError(Exception):
    """A server does not answer as it should, or refuses; the message says why."""


class Node(NamedTuple):
    """One server: its number, and where it is."""

    number: int
    host: str
    port: int


class Answer:
    """What an answer says, from left to right; a field that is not there is a ServerError."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        found = self._content[self._at : self._at + size]
        if size < 0 or len(found) < size:
            raise ServerError("an answer ends too soon")
        self._at += size
        return found

    def number(self, form: str) -> int:
        """Return a number in a form of struct."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        """Return a text of the older form, "" for none."""
        return self.take(max(0, self.number(">h"))).decode(errors="replace")

    def varint(self) -> int:
        """Return a number of the newer form."""
        found = shift = 0
        while True:
            (byte,) = self.take(1)
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > 35:
                return found

    def count(self) -> int:
        """Return how many entries an array of the newer form has."""
        return max(0, self.varint() - 1)

    def compact_text(self) -> str:
        """Return a text of the newer form, "" for none."""
        return self.take(self.count()).decode(errors="replace")

    def skip_tags(self) -> None:
        """Leave out what is tagged."""
        for _ in range(self.varint()):
            self.varint()
            self.take(self.varint())


def exchange(
    stream: socket.socket, what: tuple[int, int], body: bytes, is_flexible: bool = True
) -> Answer:
    """Ask by key and version of an API; return the answer behind its header."""
    head = struct.pack(">hhih", *what, _CORRELATION, -1) + (NO_TAGS if is_flexible else b"")
    stream.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
    (size,) = struct.unpack(">i", _read(stream, 4))
    if not 4 <= size <= _LONGEST:
        raise ServerError(f"an answer of {size} bytes")
    answer = Answer(_read(stream, size))
    answer.number(">i")
    if is_flexible:
        answer.skip_tags()
    return answer


def _read(stream: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = stream.recv(size - len(found))
        if not part:
            raise ServerError("it hangs up")
        found += part
    return found


def judge(code: int, message: str = "") -> None:
    """Raise a refusal as a ServerError."""
    if code:
        raise ServerError(message or f"error {code}")


def text(said: str) -> bytes:
    """Return a text in the older form."""
    return struct.pack(">h", len(said.encode())) + said.encode()


def connect_alike(stream: socket.socket, node: Node, timeout: float | None) -> socket.socket:
    """Connect to another server as to the one of a connection."""
    plain = socket.create_connection((node.host, node.port), timeout)
    return stream.context.wrap_socket(plain) if isinstance(stream, ssl.SSLSocket) else plain
