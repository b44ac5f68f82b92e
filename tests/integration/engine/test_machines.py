"""Machines: made on request, shared by units, removed with or without them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    """A model with machines 0 and 1, and a unit of `one` on each."""
    shared("add-machine", "-n", "2", "--constraints", "mem=4G")
    shared("deploy", str(write_charm(charms)), "one", "-n", "2", "--to", "0,1")
    shared.wait_for_idle(count=2)
    return shared


def machines(engine: Engine) -> dict[str, Any]:
    return json.loads(engine("machines", "--format", "json"))["machines"]


def test_units_go_where_they_are_asked_to(model: Engine):
    assert {name: unit["machine"] for name, unit in model.units().items()} == {
        "one/0": "0",
        "one/1": "1",
    }
    assert machines(model)["0"]["constraints"] == "mem=4096M"


def test_machines_are_shown_as_juju_shows_them(model: Engine):
    header, first, *_ = model("machines").splitlines()
    assert header.split() == ["Machine", "State", "Address", "Inst", "id", "Base", "AZ", "Message"]
    assert first.startswith("0        started  127.") and first.endswith("Running")
    assert model("show-machine", "0").startswith('model: m\nmachines:\n  "0":\n    juju-status:')
    assert list(json.loads(model("show-machine", "1", "--format", "json"))["machines"]) == ["1"]
    assert model("show-machine", "--format", "tabular") == model("list-machines")


def test_a_unit_shares_a_machine_and_leaves_it_to_the_other(model: Engine):
    answer = model.ask("add-unit", "one", "--to", "0,5")
    assert "WARNING 1 unit(s) will be deployed, extra placement" in answer.err
    wait_until(lambda: model.units().get("one/2", {}).get("machine") == "0")
    model.wait_for_idle(count=3)
    model("remove-unit", "one/2", "--no-prompt")
    model.wait_for_idle(count=2)
    assert sorted(machines(model)) == ["0", "1"]


def test_a_machine_without_units_is_kept_until_it_is_removed(model: Engine):
    answer = model.ask("add-machine")
    assert (answer.code, answer.out, answer.err) == (0, "", "created machine 2\n")
    wait_until(lambda: machines(model)["2"]["juju-status"]["current"] == "started")
    assert model("remove-machine", "2", "--dry-run") == "will remove machine 2\n"
    assert "2" in machines(model)
    assert model("remove-machine", "2", "--no-prompt") == "will remove machine 2\n"
    wait_until(lambda: "2" not in machines(model))


def test_an_instance_that_is_kept_outlives_its_machine(model: Engine):
    model("add-machine")
    wait_until(lambda: machines(model)["3"]["juju-status"]["current"] == "started")
    (folder,) = model.controller_folder().glob("machines/*-3")
    told = model("remove-machine", "3", "--keep-instance", "--no-prompt")
    assert told == "will remove machine 3 (but keeping instance)\n"
    wait_until(lambda: "3" not in machines(model))
    assert folder.is_dir()


REFUSED = [
    ("remove-machine 0 --no-prompt", 1, 'removing machine 0 failed: machine 0 has unit "one/0"'),
    ("remove-machine 77 --no-prompt", 1, "removing machine 77 failed: machine 77 not found"),
    ("remove-machine 0", 2, "add --no-prompt"),
    ("remove-machine", 2, "missing arguments"),
    ("show-machine 77", 1, "machine 77 not found"),
    ("add-machine ssh:ubuntu@10.1.1.1", 1, "cannot be added to this cloud"),
    ("add-machine ssh:me@10.1.1.1 --private-key ~/k", 1, "cannot be added to this cloud"),
    ("add-machine lxd:0", 1, "machines here have no containers"),
    ("add-machine --disks 10G", 1, "no disks of their own"),
    ("add-machine -n 0", 2, "-n takes a whole number"),
    ("add-unit one --to lxd:zone=a", 1, "this cloud has no choice of zone"),
    ("add-unit one --to zone=a", 1, "this cloud has no choice of zone"),
    ("add-unit one --to 99", 1, "machine 99 not found"),
    ("add-unit one --to 0,99 -n 2", 1, "machine 99 not found"),
]


@pytest.mark.parametrize("command, code, said", REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_is_refused(model: Engine, command: str, code: int, said: str):
    assert said in model.fails(*command.split(), code=code)
    assert len(model.units()) == 2


def test_with_force_a_machine_goes_with_its_units(model: Engine):
    told = model("remove-machine", "1", "--force", "--no-prompt")
    assert told == "will remove machine 1\n- will remove unit one/1\n"
    wait_until(lambda: "1" not in machines(model) and "one/1" not in model.units())
    model("remove-unit", "one/0", "--no-prompt")
    wait_until(lambda: not machines(model), what="the end of the machine with its last unit")
