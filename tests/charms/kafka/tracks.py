"""A unit of each track, for what clients are told by both."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafkastack_charms.testing.machine import Machine

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.conftest import make_unit
from tests.charms.kafka.unit import Unit
from tests.charms.kafka_4 import modules
from tests.charms.kafka_4.unit import Quorum
from tests.charms.kafka_4.unit import Unit as Unit4

with_zookeeper = pytest.mark.parametrize("unit", ["3"], indirect=True)
without_zookeeper = pytest.mark.parametrize("unit", ["4"], indirect=True)


@pytest.fixture(params=["3", "4"])
def unit(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    machine: Machine,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Unit | Unit4]:
    """A unit of each track in turn."""
    folder = tmp_path / "unit"
    if request.param == "3":
        yield make_unit(folder, machine, cluster)
    else:
        with modules.as_dispatched():
            yield Unit4(folder, machine, cluster, Quorum(), monkeypatch)
