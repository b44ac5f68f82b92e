"""The protocol of controllers, against one that answers as Kafka does."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.kafka import controllers
from kafkastack_charms.kafka.controllers import Conversation, Listener
from kafkastack_charms.kafka.protocol import Node, ServerError

from tests.fakes.controller_server import DIRECTORY, Controller, cluster, quorum, text


@pytest.fixture
def controller() -> Iterator[Controller]:
    made = Controller()
    yield made
    made.server.close()


@pytest.fixture
def login(tmp_path: Path) -> str:
    file = tmp_path / "login"
    file.write_text("controller\nright\n")
    return str(file)


def ask(controller: Controller, login: str) -> bool:
    with socket.create_connection(("127.0.0.1", controller.port), 5) as stream:
        return controllers.ask(stream, login)


def test_who_leads_and_who_votes(controller: Controller) -> None:
    nodes = [Node(0, "10.0.0.1", 9098), Node(300, "controller.example", 9098)]
    controller.answers = {60: cluster(300, nodes), 55: quorum(300, [0, 300])}
    with controller.converse() as said:
        found, voters = said.describe(), said.describe_quorum().voters
    assert found.cluster_id == "the-cluster"
    assert found.find_leader() == nodes[1]
    assert [(one.number, one.directory, one.end) for one in voters] == [
        (0, DIRECTORY, 7),
        (300, DIRECTORY, 7),
    ]


def test_a_wrong_password_is_an_error(controller: Controller) -> None:
    with pytest.raises(ServerError, match="refused"), controller.converse("wrong"):
        pass


@pytest.mark.parametrize(
    ("change", "key", "but"),
    [
        (lambda said: said.add_voter(7, DIRECTORY, [Listener("C", "h", 9098)]), 80, 126),
        (lambda said: said.remove_voter(7, DIRECTORY), 81, 127),
        (lambda said: said.unregister(7), 64, 102),
    ],
)
def test_a_change_that_was_made_before_is_no_error(
    controller: Controller, change: Callable[[Conversation], None], key: int, but: int
) -> None:
    for code in (0, but):
        controller.answers = {key: struct.pack(">ih", 0, code) + b"\0\0"}
        with controller.converse() as said:
            change(said)
    controller.answers = {key: struct.pack(">ih", 0, 41) + text("not the leader") + b"\0"}
    with pytest.raises(ServerError, match="not the leader"), controller.converse() as said:
        change(said)


def test_a_voter_is_named_by_number_directory_and_place(controller: Controller) -> None:
    controller.answers = {80: struct.pack(">ih", 0, 0) + b"\0\0"}
    with controller.converse() as said:
        said.add_voter(7, DIRECTORY, [Listener("CTL", "10.0.0.7", 9098)])
    body = controller.asked[-1][1]
    place = text("CTL") + text("10.0.0.7") + struct.pack(">H", 9098) + b"\0"
    assert body.endswith(struct.pack(">i", 7) + bytes(range(16)) + b"\x02" + place + b"\0")


def test_it_works_where_the_leader_leads(controller: Controller, login: str) -> None:
    here = [Node(1, "127.0.0.1", controller.port)]
    controller.answers = {60: cluster(1, here), 55: quorum(1, [1])}
    assert ask(controller, login)


def test_a_leader_of_old_is_asked_itself(controller: Controller, login: str) -> None:
    """Who has lost the others goes on to name the last one."""
    leader = Controller()
    nodes = [Node(2, "127.0.0.1", leader.port), Node(1, "127.0.0.1", controller.port)]
    controller.answers = {60: cluster(2, nodes)}
    leader.answers = {55: quorum(2, [1, 2])}
    assert ask(controller, login)
    leader.answers = {55: quorum(2, [], code=6)}
    assert not ask(controller, login)
    leader.server.close()


def test_without_a_leader_it_does_not_work(controller: Controller, login: str) -> None:
    controller.answers = {60: cluster(-1, [Node(1, "127.0.0.1", controller.port)])}
    assert not ask(controller, login)


@given(st.binary(max_size=200))
def test_nothing_that_is_answered_raises_anything_else(content: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        handshake = struct.pack(">ihi", 4, 0, 0)
        theirs.sendall(struct.pack(">i", 10) + handshake)
        theirs.sendall(struct.pack(">i", 20) + struct.pack(">ihhiq", 4, 0, -1, 0, 0))
        theirs.sendall(struct.pack(">i", 4 + len(content)) + b"\0\0\0\0" + content)
        theirs.shutdown(socket.SHUT_WR)
        ours.settimeout(5)
        with suppress(ServerError):
            Conversation(ours, "u", "p").describe()
