"""What the tests of this charm stand on."""

import os
import shutil
import socketserver
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.charms.kafka import modules
from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.unit import ADDRESS, ASKED, Unit
from tests.charms.kafka.world import World
from tests.charms.zookeeper.conftest import find_jar
from tests.charms.zookeeper.machine import Machine, serve_tcp


@pytest.fixture(autouse=True)
def as_dispatched() -> Iterator[None]:
    with modules.as_dispatched():
        yield


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "machine")
    made.program("java", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{made.bin}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return made


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def unit(tmp_path: Path, machine: Machine, cluster: Cluster) -> Unit:
    means = {"start_patience": 0.0, "wait": staticmethod(cluster.wait)}
    return Unit(tmp_path / "unit", machine, cluster=cluster, doors=cluster.doors, **means)


@pytest.fixture
def listening() -> Iterator[None]:
    """Let something answer where the broker would."""
    with listen(19092):
        yield


class _ApiVersions(socketserver.BaseRequestHandler):
    """Answers one request as a broker does, and keeps the connection."""

    def handle(self) -> None:
        if request := self.request.recv(64):
            self.request.sendall(struct.pack(">i", 6) + request[8:12] + b"\0\0")
            self.request.recv(1)


@contextmanager
def listen(*ports: int) -> Iterator[None]:
    """Answer on these ports of the unit."""
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(serve_tcp(ADDRESS, port, _ApiVersions))
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
        made = World(folder, find_jar().parent, monkeypatch)
        try:
            yield made
        finally:
            made.end()
