"""Restarts and stops of a machine, and what follows for its record and the units on it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from kafkastack.agent.power import (
    ask_to_start,
    ask_to_stop,
    end_reboot,
    end_stop,
    is_out_of_use,
)
from kafkastack.model.records import Life, Machine, StatusInfo, Unit
from kafkastack.store.store import Store

IDLE = StatusInfo("idle")
RUNNING = Machine("0", "", 0.0, StatusInfo("running", "Running"), StatusInfo("started"))


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    with store.transaction() as tx:
        tx.put("m", RUNNING)
    yield store
    store.close()


def machine(store: Store) -> Machine:
    return store.get(Machine, "m", "0")


def test_a_stopped_machine_is_told_and_comes_back_as_one_that_was_restarted(store: Store):
    with store.transaction() as tx:
        ask_to_stop(tx, "m", machine(store))
    assert (machine(store).stopped, machine(store).status.current) == (True, "running")
    with store.transaction() as tx:
        end_stop(tx, "m", "0", 5.0)
    assert machine(store).status == StatusInfo("stopped", "Stopped", 5.0)
    assert machine(store).agent.current == "down"
    with store.transaction() as tx:
        ask_to_start(tx, "m", machine(store))
    assert (machine(store).stopped, machine(store).rebooting) == (False, True)
    with store.transaction() as tx:
        end_reboot(tx, "m", "0", 9.0)
    assert machine(store) == replace(
        RUNNING,
        boots=1,
        status=StatusInfo("running", "Running", 9.0),
        agent=StatusInfo("started", "", 9.0),
    )


def test_a_stop_that_was_taken_back_meanwhile_is_not_told(store: Store):
    with store.transaction() as tx:
        end_stop(tx, "m", "0", 5.0)
    assert machine(store) == RUNNING


@pytest.mark.parametrize(
    ("stopped", "rebooting", "life", "waits"),
    [
        (False, False, "alive", False),
        (False, True, "dying", True),
        (True, False, "alive", True),
        (True, False, "dying", False),
    ],
)
def test_a_unit_waits_for_its_machine_unless_it_leaves(
    stopped: bool, rebooting: bool, life: Life, waits: bool
):
    on = replace(RUNNING, stopped=stopped, rebooting=rebooting)
    assert is_out_of_use(on, Unit("a/0", "0", 0.0, IDLE, IDLE, life=life)) is waits
