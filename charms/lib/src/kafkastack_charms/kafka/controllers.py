"""Conversation with KRaft controllers: who leads, who votes, and another voter more or less.

No client library speaks to controllers; a JVM for each question would take a second. Needs the
standard library only, as the watcher asks by it, too.
"""

from __future__ import annotations

import base64
import socket
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kafkastack_charms.kafka.protocol import (
    NO_TAGS,
    Answer,
    Node,
    ServerError,
    connect_alike,
    exchange,
    judge,
    text,
)

MECHANISM = "PLAIN"
_TIMEOUT_MS = 5000
_CONTROLLERS = 2  # the endpoints that DescribeCluster is asked for
_METADATA = "__cluster_metadata"
_HANDSHAKE, _AUTHENTICATE = (17, 1), (36, 1)
_DESCRIBE_CLUSTER, _DESCRIBE_QUORUM = (60, 1), (55, 2)
_ALTER_CONFIGS = (44, 1)
_UNREGISTER, _ADD_VOTER, _REMOVE_VOTER = (64, 0), (80, 0), (81, 0)
_BROKERS, _SET = 4, 0  # a kind of resource, and what is done to its settings
_GONE = 102  # BROKER_ID_NOT_REGISTERED
_DUPLICATE, _NOT_THERE = 126, 127  # DUPLICATE_VOTER, VOTER_NOT_FOUND


class Cluster(NamedTuple):
    """What a controller knows of the cluster."""

    cluster_id: str
    leader: int  # the active controller
    controllers: tuple[Node, ...]

    def find_leader(self) -> Node:
        """Return the active controller; ServerError where nobody is."""
        for node in self.controllers:
            if node.number == self.leader:
                return node
        raise ServerError("nobody leads the controllers")


class Replica(NamedTuple):
    """One node that reads the metadata, and how far it has read.

    Times are milliseconds by the clock of the active controller, for which both are now.
    """

    number: int
    directory: str
    end: int
    fetched: int = -1  # when it last asked
    caught_up: int = -1  # when it last had all of it


class Quorum(NamedTuple):
    """Who votes, as the active controller knows it."""

    leader: int
    voters: tuple[Replica, ...]
    observers: tuple[Replica, ...]


class Listener(NamedTuple):
    """Where a voter is found by the others."""

    name: str
    host: str
    port: int


def ask(stream: socket.socket, login: str = "") -> bool:
    """Report whether a controller answers whose leader leads; the login is a file.

    Who has lost the others goes on to name the last leader, so that one is asked, too: a leader
    without a majority gives up within seconds.
    """
    with suppress(OSError, ServerError, ValueError):
        username, password = Path(login).read_text().splitlines()
        said = Conversation(stream, username, password)
        leader = said.describe().find_leader()
        if (leader.host, leader.port) == stream.getpeername()[:2]:
            return bool(said.describe_quorum().voters)
        with connect_alike(stream, leader, stream.gettimeout()) as other:
            return bool(Conversation(other, username, password).describe_quorum().voters)
    return False


class Conversation:
    """A connection to one controller, with a login."""

    def __init__(self, stream: socket.socket, username: str, password: str) -> None:
        self._stream = stream
        answer = exchange(stream, _HANDSHAKE, text(MECHANISM), is_flexible=False)
        judge(answer.number(">h"), "")
        words = f"\0{username}\0{password}".encode()
        answer = exchange(
            stream, _AUTHENTICATE, struct.pack(">i", len(words)) + words, is_flexible=False
        )
        judge(answer.number(">h"), "the login is refused")

    def describe(self) -> Cluster:
        """Return who leads, and who the controllers are."""
        answer = exchange(
            self._stream, _DESCRIBE_CLUSTER, struct.pack(">?b", False, _CONTROLLERS) + NO_TAGS
        )
        answer.number(">i")
        judge(answer.number(">h"), answer.compact_text())
        answer.number(">b")
        cluster_id, leader = answer.compact_text(), answer.number(">i")
        nodes: list[Node] = []
        for _ in range(answer.count()):
            nodes.append(Node(answer.number(">i"), answer.compact_text(), answer.number(">i")))
            answer.compact_text()  # its rack
            answer.skip_tags()
        return Cluster(cluster_id, leader, tuple(nodes))

    def describe_quorum(self) -> Quorum:
        """Return who votes; only the active controller knows."""
        partition = _array([struct.pack(">i", 0) + NO_TAGS])
        topic = _compact(_METADATA) + partition + NO_TAGS
        answer = exchange(self._stream, _DESCRIBE_QUORUM, _array([topic]) + NO_TAGS)
        judge(answer.number(">h"), answer.compact_text())
        if answer.count() != 1 or answer.compact_text() != _METADATA or answer.count() != 1:
            raise ServerError("it answers for another topic")
        answer.number(">i")
        judge(answer.number(">h"), answer.compact_text())
        leader = answer.number(">i")
        answer.number(">i")
        answer.number(">q")
        return Quorum(leader, tuple(_replicas(answer)), tuple(_replicas(answer)))

    def add_voter(self, number: int, directory: str, listeners: Iterable[Listener]) -> None:
        """Let a controller vote that has been reading along; one that does already is no error."""
        places = [
            _compact(one.name) + _compact(one.host) + struct.pack(">H", one.port) + NO_TAGS
            for one in listeners
        ]
        head = _compact(None) + struct.pack(">ii", _TIMEOUT_MS, number) + _uuid(directory)
        self._change(_ADD_VOTER, head + _array(places) + NO_TAGS, but=_DUPLICATE)

    def remove_voter(self, number: int, directory: str) -> None:
        """Take a controller's vote; one that has none is no error."""
        body = _compact(None) + struct.pack(">i", number) + _uuid(directory) + NO_TAGS
        self._change(_REMOVE_VOTER, body, but=_NOT_THERE)

    def unregister(self, number: int) -> None:
        """Forget a broker that is gone for good; one that is not known is no error."""
        self._change(_UNREGISTER, struct.pack(">i", number) + NO_TAGS, but=_GONE)

    def set_defaults(self, values: Mapping[str, str]) -> None:
        """Change settings of all brokers: what no client library can name."""
        entries = [
            _compact(name) + struct.pack(">b", _SET) + _compact(value) + NO_TAGS
            for name, value in values.items()
        ]
        everybody = struct.pack(">b", _BROKERS) + _compact("") + _array(entries) + NO_TAGS
        answer = exchange(self._stream, _ALTER_CONFIGS, _array([everybody]) + b"\0" + NO_TAGS)
        answer.number(">i")
        if answer.count() != 1:
            raise ServerError("it answers for something else")
        judge(answer.number(">h"), answer.compact_text())

    def _change(self, what: tuple[int, int], body: bytes, but: int) -> None:
        answer = exchange(self._stream, what, body)
        answer.number(">i")
        code, message = answer.number(">h"), answer.compact_text()
        judge(0 if code == but else code, message)


def _varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def _compact(text: str | None) -> bytes:
    return NO_TAGS if text is None else _varint(len(text.encode()) + 1) + text.encode()


def _array(entries: list[bytes]) -> bytes:
    return _varint(len(entries) + 1) + b"".join(entries)


def _uuid(text: str) -> bytes:
    return base64.urlsafe_b64decode(f"{text}==")


def _replicas(answer: Answer) -> Iterable[Replica]:
    for _ in range(answer.count()):
        number = answer.number(">i")
        directory = base64.urlsafe_b64encode(answer.take(16)).decode().rstrip("=")
        end, fetched, caught_up = (answer.number(">q") for _ in range(3))
        answer.skip_tags()
        yield Replica(number, directory, end, fetched, caught_up)
