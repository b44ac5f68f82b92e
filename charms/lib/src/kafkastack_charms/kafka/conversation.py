"""Conversation with one broker: a login, and what only a broker that takes part knows.

Needs the standard library only, as the watcher asks by it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import socket
import struct
from functools import lru_cache

from kafkastack_charms.kafka.protocol import NO_TAGS, Node, ServerError, exchange, judge, text

_MECHANISM, _DIGEST = "SCRAM-SHA-512", "sha512"
_METADATA, _HANDSHAKE, _LOG_DIRS, _AUTHENTICATE = (3, 1), (17, 1), (35, 1), (36, 0)
_DESCRIBE_QUORUM = (55, 0)
_NOTHING = struct.pack(">i", 0)  # an empty array
_CHALLENGE = re.compile(r"r=([!-+\--~]+),s=([A-Za-z0-9+/=]+),i=([0-9]{1,6})(?:,|$)")
_TOPIC = b"__cluster_metadata"
_PARTITION = b"\2" + bytes([len(_TOPIC) + 1]) + _TOPIC + b"\2" + _NOTHING + 3 * NO_TAGS


class Conversation:
    """A connection to one broker, with a login."""

    def __init__(self, stream: socket.socket, username: str, password: str) -> None:
        self._stream = stream
        judge(exchange(stream, _HANDSHAKE, text(_MECHANISM), is_flexible=False).number(">h"))
        self._log_in(username, password)

    def _log_in(self, username: str, password: str) -> None:
        """Log in as RFC 5802 says."""
        nonce = base64.b64encode(os.urandom(18)).decode()
        user = username.replace("=", "=3D").replace(",", "=2C")
        first = f"n={user},r={nonce}"
        said = self._authenticate(f"n,,{first}")
        given = _CHALLENGE.match(said)
        if not given:
            raise ServerError("it asks for a login that is none")
        last = f"c=biws,r={given[1]}"
        try:
            salted = _salt(password, given[2], int(given[3]))
        except ValueError as error:
            raise ServerError(f"it asks for a login that is none: {error}") from error
        key = _sign(salted, b"Client Key")
        signature = _sign(hashlib.sha512(key).digest(), f"{first},{said},{last}".encode())
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._authenticate(f"{last},p={base64.b64encode(proof).decode()}")

    def _authenticate(self, words: str) -> str:
        body = struct.pack(">i", len(words)) + words.encode()
        answer = exchange(self._stream, _AUTHENTICATE, body, is_flexible=False)
        code, message = answer.number(">h"), answer.text()
        judge(code, message)
        return answer.take(answer.number(">i")).decode(errors="replace")

    def has_its_folders(self) -> bool:
        """Report whether none of its folders of messages has failed."""
        found = self.folders()
        return bool(found) and all(found.values())

    def folders(self) -> dict[str, bool]:
        """Return its folders of messages, and which of them it can use."""
        answer = exchange(self._stream, _LOG_DIRS, _NOTHING, is_flexible=False)
        answer.number(">i")
        found: dict[str, bool] = {}
        for _ in range(answer.number(">i")):
            code = answer.number(">h")
            found[answer.text()] = code == 0
            answer.number(">i")
        return found

    def brokers(self) -> tuple[Node, ...]:
        """Return the brokers that it knows."""
        answer = exchange(self._stream, _METADATA, _NOTHING, is_flexible=False)
        found: list[Node] = []
        for _ in range(answer.number(">i")):
            found.append(Node(answer.number(">i"), answer.text(), answer.number(">i")))
            answer.text()  # its rack
        return tuple(found)

    def asks_controllers(self) -> bool:
        """Report whether it gets an answer of the active controller, which this is left to."""
        return exchange(self._stream, _DESCRIBE_QUORUM, _PARTITION).number(">h") == 0


def _sign(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, _DIGEST)


@lru_cache(maxsize=4)
def _salt(password: str, salt: str, iterations: int) -> bytes:
    """Return what costs milliseconds, and is the same until the password changes."""
    given = base64.b64decode(salt)
    return hashlib.pbkdf2_hmac(_DIGEST, password.encode(), given, iterations)
