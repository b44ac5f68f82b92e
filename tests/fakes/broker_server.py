"""Broker that answers as a test says, by the protocol of Kafka."""

import base64
import hashlib
import hmac
import socket
import struct
import threading
from contextlib import suppress

PASSWORD = "right"
WORKS, FAILED = 0, 56  # KAFKA_STORAGE_ERROR
SALT = base64.b64encode(b"salt").decode()
METADATA, HANDSHAKE, FOLDERS, LOGIN, QUORUM = 3, 17, 35, 36, 55


def text(word: str) -> bytes:
    return struct.pack(">h", len(word)) + word.encode()


def folders(*codes: int) -> bytes:
    """Return what DescribeLogDirs answers."""
    told = [
        struct.pack(">h", code) + text(f"/data/{number}") + struct.pack(">i", 0)
        for number, code in enumerate(codes)
    ]
    return struct.pack(">ii", 0, len(told)) + b"".join(told)


def brokers(known: dict[int, int]) -> bytes:
    """Return what Metadata answers of brokers by their ports."""
    told = [
        struct.pack(">i", number) + text("127.0.0.1") + struct.pack(">ih", port, -1)
        for number, port in known.items()
    ]
    return struct.pack(">i", len(told)) + b"".join(told) + struct.pack(">ii", 0, 0)


class Broker:
    """Answers each request by its number; one that has no answer is never answered."""

    def __init__(self) -> None:
        self.answers = {FOLDERS: folders(WORKS), QUORUM: b"\0\0\0"}
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                stream, _ = self.server.accept()
                threading.Thread(target=self._talk, args=(stream,), daemon=True).start()

    def _talk(self, stream: socket.socket) -> None:
        said: list[str] = []
        with stream, suppress(ConnectionError):
            while size := stream.recv(4, socket.MSG_WAITALL):
                content = stream.recv(struct.unpack(">i", size)[0], socket.MSG_WAITALL)
                key, _, correlation = struct.unpack(">hhi", content[:8])
                answers = {HANDSHAKE: struct.pack(">hi", 0, 0), **self.answers}
                body = _log_in(content[14:].decode(), said) if key == LOGIN else answers.get(key)
                if body is not None:
                    answer = struct.pack(">i", correlation) + body
                    stream.sendall(struct.pack(">i", len(answer)) + answer)


def _log_in(words: str, said: list[str]) -> bytes:
    """Answer one message of two of RFC 5802, which is kept for the other."""
    if not said:
        first = words.removeprefix("n,,")
        nonce = first.partition("r=")[2]
        said += [first, f"r={nonce}-more,s={SALT},i=4096"]
        told = said[-1]
    else:
        last, _, proof = words.partition(",p=")
        salted = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), b"salt", 4096)
        key = hmac.digest(salted, b"Client Key", "sha512")
        message = ",".join((*said, last)).encode()
        signature = hmac.digest(hashlib.sha512(key).digest(), message, "sha512")
        if base64.b64decode(proof) != bytes(a ^ b for a, b in zip(key, signature, strict=True)):
            return struct.pack(">h", 58) + text("denied") + struct.pack(">i", 0)
        told = "v=unread"
    return struct.pack(">hh", 0, -1) + struct.pack(">i", len(told)) + told.encode()
