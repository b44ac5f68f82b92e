"""Fixtures of the tests of the Kafka 4 charm: units, a cluster, and a quorum."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafkastack_charms.testing.machine import Machine

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka_4 import modules
from tests.charms.kafka_4.unit import Quorum, Unit


@pytest.fixture(autouse=True)
def as_dispatched() -> Iterator[None]:
    with modules.as_dispatched():
        yield


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def quorum() -> Quorum:
    return Quorum()


@pytest.fixture
def unit(
    tmp_path: Path,
    machine: Machine,
    cluster: Cluster,
    quorum: Quorum,
    monkeypatch: pytest.MonkeyPatch,
) -> Unit:
    return Unit(tmp_path / "unit", machine, cluster, quorum, monkeypatch)
