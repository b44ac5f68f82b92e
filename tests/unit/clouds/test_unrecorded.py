"""Differences between a restored record and the machines of this host, found by their folders."""

import fcntl
import os
from pathlib import Path

from kafkastack.clouds.local.unrecorded import FoundMachine, FoundUnit, compare, look

KNOWN = {"0a1b2c3d-0": frozenset({"a/0", "a/1"})}


def machine(name: str, *units: FoundUnit) -> FoundMachine:
    return FoundMachine(name, units)


def test_a_unit_whose_hook_ran_after_the_backup_is_ahead():
    ran, rests = FoundUnit("a/0", "0a1b2c3d-0", 11.0), FoundUnit("a/1", "0a1b2c3d-0", 9.0)
    found = compare([machine("0a1b2c3d-0", ran, rests)], KNOWN, since=10.0)
    assert (found.ahead, found.gone, found.machines, found.units) == (("a/0",), (), (), ())


def test_machines_and_units_without_a_record_are_found_and_those_without_files_too():
    late = FoundUnit("b/0", "0a1b2c3d-0", 11.0)
    other = machine("0a1b2c3d-1", FoundUnit("b/1", "0a1b2c3d-1", 11.0))
    found = compare([machine("0a1b2c3d-0", late), other], KNOWN, since=10.0)
    assert found.units == (late,)
    assert found.machines == (other,)
    assert found.gone == ("a/0", "a/1")
    assert found.ahead == ()


def test_what_lives_on_a_machine_is_seen_by_its_locks_and_files(tmp_path: Path):
    root = tmp_path / "0a1b2c3d-0"
    agent = root / "agents" / "unit-a-b-0"
    for folder in (agent / "charm", root / "services" / "a.service", root / "units"):
        folder.mkdir(parents=True)
    (root / "units" / "a.service").symlink_to(agent / "charm" / "a.service")
    (root / "units" / "other.service").symlink_to("/lib/other.service")
    (agent / "charm" / ".unit-state.db").touch()
    os.utime(agent / "charm" / ".unit-state.db", (7, 7))
    lock = root / "services" / "a.service" / "lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        (found,) = look(tmp_path)
    assert found.units == (FoundUnit("a-b/0", "0a1b2c3d-0", 7.0, ("a.service",)),)
    assert found.running == ("a.service",)
    assert look(tmp_path)[0].running == ()
    assert look(tmp_path / "nowhere") == []
