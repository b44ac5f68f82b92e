"""Questions of the watcher, to a broker that answers as Kafka does."""

import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms import watcher
from kafkastack_charms.kafka import member_probe, node_probe, probe
from kafkastack_charms.kafka.conversation import Conversation
from kafkastack_charms.kafka.protocol import Node, ServerError

from tests.fakes.broker_server import (
    FAILED,
    FOLDERS,
    METADATA,
    PASSWORD,
    QUORUM,
    WORKS,
    Broker,
    brokers,
    folders,
)
from tests.fakes.controller_server import Controller, cluster, quorum
from tests.fakes.programs import running
from tests.fakes.waiting import wait_until


@pytest.fixture
def broker() -> Iterator[Broker]:
    with closing(Broker()) as made:
        yield made


@pytest.fixture
def other() -> Iterator[Broker]:
    with closing(Broker()) as made:
        yield made


@contextmanager
def closing(broker: Broker) -> Iterator[Broker]:
    try:
        yield broker
    finally:
        broker.server.close()


@pytest.fixture
def login(tmp_path: Path) -> Path:
    """Return the file of how a person enters broker 1, with its configuration beside it."""
    write_login(tmp_path / "broker.login", PASSWORD)
    (tmp_path / "server.properties").write_text("broker.id=1\n")
    return tmp_path / "broker.login"


def write_login(file: Path, password: str) -> None:
    file.write_text(f"a,b=c\n{password}\n")


def ask(question: Callable[..., bool], broker: Broker, login: Path) -> bool:
    with socket.create_connection(("127.0.0.1", broker.port), 0.3) as stream:
        return question(stream, str(login))


def know(broker: Broker, *others: Broker, but: Broker | None = None) -> None:
    """Have broker 1 and others know each other, but for one that does not know it."""
    known = {1: broker.port} | {number: one.port for number, one in enumerate(others, 2)}
    for one in (broker, *others):
        hers = {n: p for n, p in known.items() if one is not but or n != 1}
        one.answers[METADATA] = brokers(hers)


def test_a_broker_that_another_one_knows_works(broker: Broker, other: Broker, login: Path) -> None:
    know(broker, other)
    assert ask(probe.ask, broker, login)


def test_a_broker_that_the_others_have_given_up_does_not(
    broker: Broker, other: Broker, login: Path
) -> None:
    know(broker, other, but=other)
    assert not ask(probe.ask, broker, login)


def test_others_that_are_away_are_nothing_against_a_broker(
    broker: Broker, other: Broker, login: Path
) -> None:
    know(broker, other)
    other.server.close()
    assert ask(probe.ask, broker, login)


def test_a_broker_alone_is_asked_alone(broker: Broker, login: Path) -> None:
    know(broker)
    assert ask(probe.ask, broker, login)
    broker.answers[METADATA] = brokers({})
    assert not ask(probe.ask, broker, login)


@pytest.mark.parametrize("question", [probe.ask, member_probe.ask])
def test_a_broker_with_a_folder_that_failed_does_not_work(
    question: Callable[..., bool], broker: Broker, login: Path
) -> None:
    know(broker)
    assert ask(question, broker, login)
    broker.answers[FOLDERS] = folders(WORKS, FAILED)
    assert not ask(question, broker, login)
    with socket.create_connection(("127.0.0.1", broker.port), 0.3) as stream:
        assert probe.find_failed(stream, str(login)) == "/data/1"


@pytest.mark.parametrize("question", [probe.ask, member_probe.ask])
def test_a_login_is_read_each_time(
    question: Callable[..., bool], broker: Broker, login: Path
) -> None:
    know(broker)
    write_login(login, "wrong")
    assert not ask(question, broker, login)
    write_login(login, PASSWORD)
    assert ask(question, broker, login)


@pytest.mark.parametrize("answer", [None, b"\0" + struct.pack(">h", 41)])
def test_a_broker_whose_controllers_do_not_answer_does_not_work(
    answer: bytes | None, broker: Broker, login: Path
) -> None:
    assert ask(member_probe.ask, broker, login)
    broker.answers.pop(QUORUM)
    broker.answers |= {QUORUM: answer} if answer else {}
    assert not ask(member_probe.ask, broker, login)


@pytest.fixture
def controller(broker: Broker, login: Path) -> Iterator[Controller]:
    """A controller beside the broker, which is entered by a file beside the broker's."""
    made = Controller()
    made.answers = {60: cluster(1, [Node(1, "127.0.0.1", made.port)]), 55: quorum(1, [1])}
    properties = f"broker.id=1\nlisteners=A://127.0.0.1:1,B://127.0.0.1:{made.port}\n"
    login.with_name("server.properties").write_text(properties)
    login.with_name("controller.login").write_text("controller\nright\n")
    yield made
    made.server.close()


def test_a_node_of_both_roles_works_where_both_do(
    broker: Broker, controller: Controller, login: Path
) -> None:
    def serves() -> bool:
        return ask(node_probe.ask, broker, login)

    assert serves()
    broker.answers[FOLDERS] = folders(WORKS, FAILED)
    assert not serves()
    broker.answers[FOLDERS] = folders(WORKS)
    controller.answers[55] = quorum(1, [], code=41)
    assert not serves()
    controller.answers[55] = quorum(1, [1])
    assert serves()
    broker.answers.pop(QUORUM)
    assert not serves()


@pytest.mark.parametrize("module", [probe, member_probe, node_probe])
def test_any_python_asks_it_without_packages(
    module: ModuleType, broker: Broker, controller: Controller, login: Path, tmp_path: Path
) -> None:
    know(broker)
    tell, told = tmp_path / "juju-exec", tmp_path / "told"
    tell.write_text(f'#!/bin/sh\ntouch "{told}"\n')
    tell.chmod(0o755)
    words = {
        "address": "127.0.0.1",
        "port": str(broker.port),
        "probe": str(module.__file__),
        "login": str(login),
        "juju-exec": str(tell),
        "charm": str(tmp_path),
        "unit": "kafka/0",
        "dispatch": "dispatch",
    }
    options = [part for name, value in words.items() for part in (f"--{name}", value)]
    with running([sys.executable, "-IS", watcher.__file__, *options]):
        wait_until(told.exists, what="a word on an answer")


@given(rubbish=st.binary(max_size=40))
def test_whatever_comes_back_is_an_answer_or_none(rubbish: bytes) -> None:
    """It is a watcher that reads it: nothing may end it."""
    for method in (Conversation.folders, Conversation.brokers):
        here, there = socket.socketpair()
        with here, there:
            told = struct.pack(">ii", 4 + len(rubbish), 7) + rubbish
            there.sendall(told)
            there.shutdown(socket.SHUT_WR)
            made = Conversation.__new__(Conversation)
            made._stream = here
            with suppress(ServerError):
                method(made)


@pytest.mark.parametrize(
    "said",
    [
        *("", "r", "r=x", "r=x,s=AAAA", "r=x,s=A,i=4096", "r=x,s=AAAA,i=0", "r=x,s=AAAA,i=²"),
        *(f"r=x,s=AAAA,i={'9' * 5000}", "r=x,s=AAAA,i=9999999"),
    ],
)
def test_a_login_that_is_none_is_an_error_of_the_server(said: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        challenge = struct.pack(">ihhi", 0, 0, -1, len(said.encode())) + said.encode()
        for body in (struct.pack(">ihi", 0, 0, 0), challenge):
            theirs.sendall(struct.pack(">i", len(body)) + body)
        with pytest.raises(ServerError, match="a login that is none"):
            Conversation(ours, "u", "p")
