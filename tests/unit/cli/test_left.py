"""Left-overs on a cloud, which outlive their controller and are ended by a later command."""

import asyncio
import json
from pathlib import Path

import pytest

from kafkastack import clouds
from kafkastack.cli import left
from kafkastack.clouds.openstack.entries import remembered
from kafkastack.clouds.protocol import Instance, MachineSpec
from kafkastack.controller.left import LeftFile, LeftMachine
from tests.fakes.cloud import DistantCloud

MACHINE = LeftMachine("uuid-m", "m", "0", {"instance_id": "i-0", "address": "", "hostname": "h"})


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DistantCloud:
    monkeypatch.setenv("KAFKASTACK_DATA", str(tmp_path / "data"))
    made = DistantCloud()
    monkeypatch.setattr(clouds, "open_cloud", lambda *_, **__: made)
    asyncio.run(made.create(MachineSpec("uuid-m", "m", "0")))
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A controller's, with something left on its cloud."""
    made = tmp_path / "controllers" / "c"
    made.mkdir(parents=True)
    (made / "controller.json").write_text(json.dumps({"cloud": "there", "uuid": "12345678-9"}))
    (made / "openstack.json").write_text(json.dumps({"name": "there", "file": "/clouds.yaml"}))
    (made / "credentials.json").write_text("a secret")
    LeftFile(made).add([MACHINE], "it is away")
    return made


def test_what_is_kept_finds_the_machines_and_holds_no_secret(cloud: DistantCloud, folder: Path):
    kept = left.keep("c", folder)

    assert kept
    assert [(each.controller, each.cloud, each.names()) for each in left.left_overs()] == [
        ("c", "there", ["h (i-0)"])
    ]
    entry = remembered(kept)
    assert entry and (entry.name, entry.file) == ("there", "/clouds.yaml")
    assert not any("a secret" in path.read_text() for path in kept.iterdir())
    assert {path.stat().st_mode & 0o077 for path in (kept, kept / "left.json")} == {0}


def test_a_controller_that_left_nothing_keeps_nothing(cloud: DistantCloud, folder: Path):
    LeftFile(folder).remove(MACHINE)

    assert left.keep("c", folder) is None
    assert left.left_overs() == []


@pytest.mark.parametrize("trouble", ["refuses", "raises"])
def test_it_is_ended_by_the_first_try_that_finds_the_cloud(
    cloud: DistantCloud, folder: Path, trouble: str, capsys: pytest.CaptureFixture[str]
):
    left.keep("c", folder)
    cloud.trouble = trouble

    assert not left.end(left.left_by("c"))
    assert "h (i-0)" in capsys.readouterr().err
    cloud.trouble = ""
    assert left.end(left.left_by("c"))

    assert (cloud.there, left.left_overs()) == (set(), [])


def test_of_a_killed_controller_every_machine_is_noted(folder: Path):
    from kafkastack.controller.left import note_machines
    from kafkastack.model.derived_status import initial
    from kafkastack.model.records import Machine, Model
    from kafkastack.store.store import Store

    store = Store(folder / "state.db")
    statuses = initial("machine-running", 0.0), initial("machine-agent-started", 0.0)
    instance = {"instance_id": "i-7", "address": "10.0.0.7", "hostname": "h7"}
    with store.transaction() as tx:
        tx.put("uuid-m", Model("uuid-m", "m", "there", "there", 0.0))
        tx.put("uuid-m", Machine("7", "", 0.0, *statuses, instance=instance))
        tx.put("uuid-m", Machine("8", "", 0.0, *statuses))
    store.close()

    noted = note_machines(folder, "it hangs")

    assert noted.describe()["left"] == [
        "h (i-0)",
        "h7 (i-7)",
        "what was made of machine 8 in model m",
    ]
    assert noted.machines[1].known == Instance(**instance)
    (folder / "state.db").write_bytes(b"damaged")
    assert note_machines(folder, "it hangs") == noted
