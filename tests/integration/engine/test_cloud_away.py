"""A controller on an OpenStack that answers nobody, by the real command and the real SDK."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkastack.model.derived_status import initial
from kafkastack.model.records import Machine, Model
from kafkastack.store.store import Store
from tests.fakes.engine import Engine, engine
from tests.fakes.waiting import wait_until

MODEL = "0a1b2c3d-0000-4000-8000-0123456789ab"
AUTH = "{auth_url: 'http://127.0.0.1:%d/v3', username: u, password: p, project_name: d}"


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A port where every call is taken and none answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def lost(silent: socket.socket) -> Iterator[Engine]:
    """A controller with a machine there, as it is after the cloud has gone."""
    with engine() as made:
        auth = AUTH % silent.getsockname()[1]
        clouds = made.root / "home/clouds.yaml"
        clouds.write_text(f"clouds: {{there: {{auth: {auth}, region_name: north}}}}")
        folder = made.controller_folder()
        folder.mkdir(parents=True, mode=0o700)
        settings = {"cloud": "there", "uuid": "12345678-0000-4000-8000-000000000000"}
        (folder / "controller.json").write_text(json.dumps(settings))
        entry = {"name": "there", "file": str(clouds), "region": "north"}
        (folder / "openstack.json").write_text(json.dumps(entry))
        _record(folder)
        client = {"current": "en", "controllers": {"en": settings}, "models": {"en": "m"}}
        (made.root / "data/kafkastack/client.json").write_text(json.dumps(client))
        yield made


def _record(folder: Path) -> None:
    store = Store(folder / "state.db")
    statuses = initial("machine-running", 0.0), initial("machine-agent-started", 0.0)
    instance = {"instance_id": "i-0", "address": "10.0.0.9", "hostname": "juju-6789ab-0"}
    with store.transaction() as tx:
        tx.put(MODEL, Model(MODEL, "m", "there", "north", 0.0))
        tx.put(MODEL, Machine("0", "", 0.0, *statuses, instance=instance))
    store.close()


def test_its_machine_is_down_and_all_of_it_is_destroyed_and_remembered(lost: Engine):
    def state() -> str:
        return lost.status()["machines"]["0"]["juju-status"]["current"]

    wait_until(lambda: state() == "down", seconds=15, what="a machine that is down")
    said = lost.status()["machines"]["0"]["machine-status"]["message"]
    assert said.startswith('cloud "there" does not answer')

    ended = lost.ask("kill-controller", "en", "--no-prompt", timeout=30)

    assert ended.code == 0, ended
    assert "juju-6789ab-0 (i-0)" in ended.err
    assert "kafkastack kill-controller en" in ended.err
    assert lost.processes() == []
    assert not lost.controller_folder().exists()
    listed = lost.ask("controllers")
    assert "juju-6789ab-0 (i-0)" in listed.err
