"""Whose machines go with the cloud of this host is known before it is destroyed."""

import json
import os
from pathlib import Path

import pytest

from kafkastack.cli.microstack_controllers import occupants
from kafkastack.microstack.access import Person
from kafkastack.model.derived_status import initial
from kafkastack.model.records import Machine, Model
from kafkastack.store.store import Store

MODEL = "0a1b2c3d-0000-4000-8000-0123456789ab"


def controller(data: Path, name: str, entry: str, clouds: Path, machines: int) -> Path:
    """Make a controller that does not run."""
    folder = data / "controllers" / name
    folder.mkdir(parents=True)
    (folder / "openstack.json").write_text(json.dumps({"name": entry, "file": str(clouds)}))
    store = Store(folder / "state.db")
    with store.transaction() as tx:
        tx.put(MODEL, Model(MODEL, "m", entry, "there", 0.0))
        for number in range(machines):
            statuses = initial("machine-running", 0.0), initial("machine-agent-started", 0.0)
            tx.put(MODEL, Machine(str(number), "", 0.0, *statuses))
    store.close()
    return folder


def test_controllers_with_machines_on_it_are_named_of_everybody_who_has_access(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    homes = [tmp_path / "ana", tmp_path / "ben"]
    ana, ben = (Person("microstack", home, 1, 1) for home in homes)
    hers, his = (home / ".local/share/kafkastack" for home in homes)
    monkeypatch.setenv("KAFKASTACK_DATA", str(hers))
    lab = controller(hers, "lab", "microstack", ana.clouds, 2)
    tests = controller(his, "tests", "microstack-admin", ben.clouds, 1)
    controller(hers, "empty", "microstack", ana.clouds, 0)
    controller(hers, "elsewhere", "company", ana.clouds, 3)
    controller(his, "other-file", "microstack", tmp_path / "other.yaml", 3)
    (his / "controllers" / "pipe").mkdir()
    os.mkfifo(his / "controllers" / "pipe" / "openstack.json")  # whoever reads it waits for ever
    (his / "controllers" / "junk").mkdir()
    (his / "controllers" / "junk" / "openstack.json").write_text("[1]")
    before = {path: path.stat().st_mtime_ns for path in his.rglob("*")}

    found = occupants("microstack", [ana, ben])

    assert [(each.name, each.machines) for each in found] == [("lab", 2), ("tests", 1)]
    assert found[0].describe() == f"lab: 2 machines ({lab})"
    assert found[1].describe() == f"tests: 1 machine ({tests})"
    assert before == {path: path.stat().st_mtime_ns for path in his.rglob("*")}
