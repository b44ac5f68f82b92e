"""Fixtures of the tests of the Kafka 3 charm: units, brokers, and a real ZooKeeper."""

import os
import shutil
import socket
import socketserver
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from kafkastack_charms.testing.machine import Machine
from kafkastack_charms.testing.servers import serve_tcp

from tests.charms.kafka import modules
from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.unit import ADDRESS, ASKED, Unit
from tests.charms.kafka.world import World
from tests.fakes.distribution import find_jar


@pytest.fixture(autouse=True)
def as_dispatched() -> Iterator[None]:
    with modules.as_dispatched():
        yield


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def unit(tmp_path: Path, machine: Machine, cluster: Cluster) -> Unit:
    return make_unit(tmp_path / "unit", machine, cluster)


def make_unit(folder: Path, machine: Machine, cluster: Cluster) -> Unit:
    """Return a unit of track 3 whose brokers are those of a test."""
    means = {
        "workload": modules.charm.KafkaCharm.workload._replace(ask=ask),
        "start_patience": 0.0,
        "wait": staticmethod(cluster.wait),
    }
    return Unit(folder, machine, cluster=cluster, fakes=cluster.fakes, **means)


@pytest.fixture
def listening() -> Iterator[None]:
    """Let something answer where the broker would."""
    with listen(19092):
        yield


def ask(stream: socket.socket, login: str = "") -> bool:
    """Report whether somebody says anything, in place of what only a broker answers."""
    return bool(stream.recv(1))


class _Answers(socketserver.BaseRequestHandler):
    """Says something, and keeps the connection."""

    def handle(self) -> None:
        self.request.sendall(b"!")
        self.request.recv(1)


@contextmanager
def listen(*ports: int) -> Iterator[None]:
    """Answer on these ports of the unit."""
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(serve_tcp(ADDRESS, port, _Answers))
        yield


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Units with real brokers, and a real ZooKeeper."""
    with make_world(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A broker with a client, for tests that leave both as they were."""
    with make_world(tmp_path_factory.mktemp("served")) as made:
        yield serve(made)


def serve(world: World) -> World:
    """Start a broker, and relate a client to it."""
    world.add_unit(0)
    world.settle()
    world.integrate(8, ASKED)
    world.settle()
    return world


@contextmanager
def make_world(folder: Path) -> Iterator[World]:
    if not shutil.which("java"):
        pytest.skip("needs Java: apt-get install default-jre-headless")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("RUN_SERVICES", "yes")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        made = World(folder, find_jar("3.9.2").parent, monkeypatch)
        try:
            yield made
        finally:
            made.end()
