"""A controller on an OpenStack that answers nobody, by the real command and the real SDK."""

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kafkastack.model.derived_status import initial
from kafkastack.model.records import Machine, Model
from kafkastack.store.store import Store
from kafkastack.tutorial.journal import Journal, save
from tests.fakes.engine import Engine, engine
from tests.fakes.waiting import wait_until

MODEL = "0a1b2c3d-0000-4000-8000-0123456789ab"
AUTH = "{auth_url: '%s/v3', username: u, password: p, project_name: d}"
NAME = "overlord"


@contextmanager
def silent(scheme: str) -> Iterator[str]:
    """A port where every call is taken and none answered: no greeting of TLS, either."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def dropped() -> Iterator[str]:
    """A port whose queue is full: the kernel drops every further SYN."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        waiting: list[socket.socket] = []

        def is_full() -> bool:
            """Call once more; whoever got in is told by the kernel that it may write."""
            waiting.append(stack.enter_context(socket.socket()))
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(listener.getsockname())
            return not select.select([], waiting[-1:], [], 0.2)[1]

        wait_until(is_full, what="a full queue")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


TROUBLES = {
    "silent": lambda: silent("http"),
    "silent TLS": lambda: silent("https"),
    "dropped SYN": dropped,
}


@pytest.fixture(params=["silent TLS", "dropped SYN"])
def lost(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A controller with a machine there, as it is after the cloud has gone."""
    with TROUBLES[request.param]() as url, engine() as made:
        clouds = made.root / "home/clouds.yaml"
        clouds.write_text(f"clouds: {{there: {{auth: {AUTH % url}, region_name: north}}}}")
        made.extra["OS_CLIENT_CONFIG_FILE"] = str(clouds)
        folder = made.controller_folder(NAME)
        folder.mkdir(parents=True, mode=0o700)
        settings = {"cloud": "there", "uuid": "12345678-0000-4000-8000-000000000000"}
        (folder / "controller.json").write_text(json.dumps(settings))
        entry = {"name": "there", "file": str(clouds), "region": "north"}
        (folder / "openstack.json").write_text(json.dumps(entry))
        _record(folder)
        client = {"current": NAME, "controllers": {NAME: settings}, "models": {NAME: "m"}}
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

    ended = lost.ask("kill-controller", NAME, "--no-prompt", timeout=30)

    assert ended.code == 0, ended
    assert "juju-6789ab-0 (i-0)" in ended.err
    assert f"kafkastack kill-controller {NAME}" in ended.err
    assert lost.processes() == []
    assert not lost.controller_folder(NAME).exists()
    listed = lost.ask("controllers")
    assert "juju-6789ab-0 (i-0)" in listed.err


@pytest.mark.parametrize("lost", ["silent"], indirect=True)
def test_a_controller_is_destroyed_by_force_that_nobody_has_asked_before(lost: Engine):
    words = ("destroy-controller", NAME, "--destroy-all-models", "--force", "--no-prompt")

    ended = lost.ask(*words)

    assert ended.code == 0, ended
    assert 'left on cloud "there"' in ended.err
    assert "juju-6789ab-0 (i-0)" in ended.err
    assert lost.processes() == []


@pytest.mark.root
@pytest.mark.parametrize("lost", ["dropped SYN"], indirect=True)
def test_a_teardown_ends_and_names_what_is_left_also_when_its_microstack_is_gone(lost: Engine):
    lost.extra["XDG_STATE_HOME"] = str(lost.root / "state")
    lost.extra["KAFKASTACK_MICROSTACK"] = str(lost.root / "microstack")  # nothing is there
    tutorials = lost.root / "state/kafkastack/tutorials"
    (tutorials / "kafka-on-microstack").mkdir(parents=True, mode=0o700)
    (tutorials / "microstack").mkdir(mode=0o700)
    save(tutorials / "microstack", Journal(has_made=True))

    removed = lost.ask("tutorial", "remove")  # what ./run.sh --teardown does first

    assert removed.code == 0, removed
    assert f"Removed: controller {NAME}" in removed.out
    assert "Kept: what could not be ended on its cloud: juju-6789ab-0 (i-0)" in removed.out
    assert "Removed: the cloud of this machine" in removed.out
    assert lost.processes() == []
