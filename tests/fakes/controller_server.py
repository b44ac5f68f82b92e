"""Controller of KRaft that answers as a test says, by the protocol of Kafka."""

import base64
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kafkastack_charms.kafka.controllers import Conversation
from kafkastack_charms.kafka.protocol import Node

DIRECTORY = base64.urlsafe_b64encode(bytes(range(16))).decode().rstrip("=")


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def text(word: str) -> bytes:
    return varint(len(word.encode()) + 1) + word.encode()


def cluster(leader: int, nodes: list[Node]) -> bytes:
    """Return what DescribeCluster answers."""
    told = [
        struct.pack(">i", n.number) + text(n.host) + struct.pack(">i", n.port) + b"\0\0"
        for n in nodes
    ]
    start = struct.pack(">ih", 0, 0) + b"\0" + struct.pack(">b", 2) + text("the-cluster")
    nodes_told = varint(len(told) + 1) + b"".join(told)
    return start + struct.pack(">i", leader) + nodes_told + struct.pack(">i", 0) + b"\0"


def quorum(leader: int, voters: list[int], code: int = 0) -> bytes:
    """Return what DescribeQuorum answers."""
    told = [
        struct.pack(">i", n) + bytes(range(16)) + struct.pack(">qqq", 7, 0, 0) + b"\0"
        for n in voters
    ]
    partition = struct.pack(">ih", 0, code) + b"\0" + struct.pack(">iiq", leader, 1, 7)
    partition += varint(len(told) + 1) + b"".join(told) + varint(1) + b"\0"
    topic = text("__cluster_metadata") + varint(2) + partition + b"\0"
    return struct.pack(">h", 0) + b"\0" + varint(2) + topic + varint(1) + b"\0"


class Controller:
    """Answers each request by its number; the password is `right`."""

    def __init__(self) -> None:
        self.answers: dict[int, bytes] = {}
        self.asked: list[tuple[int, bytes]] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                stream, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(stream,), daemon=True).start()

    def _talk(self, stream: socket.socket) -> None:
        with stream:
            while size := stream.recv(4, socket.MSG_WAITALL):
                content = stream.recv(struct.unpack(">i", size)[0], socket.MSG_WAITALL)
                key, _, correlation = struct.unpack(">hhi", content[:8])
                self.asked.append((key, content[10:]))
                if key == 17:
                    body = struct.pack(">hi", 0, 0)
                elif key == 36:
                    code = 0 if content.endswith(b"\0controller\0right") else 58
                    body = struct.pack(">hh", code, -1) + struct.pack(">iq", 0, 0)
                elif key in self.answers:
                    body = b"\0" + self.answers[key]
                else:
                    return
                stream.sendall(struct.pack(">ii", 4 + len(body), correlation) + body)

    @contextmanager
    def converse(self, password: str = "right") -> Iterator[Conversation]:
        with socket.create_connection(("127.0.0.1", self.port), 5) as stream:
            yield Conversation(stream, "controller", password)
