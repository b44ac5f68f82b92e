"""What the tests of this charm stand on."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.charms.kafka import modules
from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.unit import ADDRESS, ASKED, Unit
from tests.charms.kafka.world import World
from tests.charms.zookeeper.conftest import find_jar
from tests.charms.zookeeper.machine import Machine


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
    return Unit(tmp_path / "unit", machine, cluster=cluster, **cluster.doors)


@pytest.fixture
def listening() -> Iterator[None]:
    """Let something accept connections where the broker would."""
    with listen(19092):
        yield


@contextmanager
def listen(*ports: int) -> Iterator[None]:
    """Accept connections on these ports of the unit."""
    doors = [socket.create_server((ADDRESS, port), backlog=64) for port in ports]
    try:
        yield
    finally:
        for door in doors:
            door.close()


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
