"""Statuses that follow from other facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kafkastack.model.derived_status import (
    INITIAL,
    application_status,
    initial,
    running_action,
    running_hook,
    workload_after,
    workload_before,
    workload_status,
)
from kafkastack.model.records import FailedHook, Hook, StatusInfo, Unit, UnitState

WORST_FIRST = ["error", "blocked", "waiting", "maintenance", "active", "terminated", "unknown"]
ACTIVE, IDLE = StatusInfo("active", "up"), StatusInfo("idle", "", 5.0)
UNIT = Unit("kafka/0", "0", 1.0, ACTIVE, IDLE)


@given(some.lists(some.sampled_from(WORST_FIRST), min_size=1))
def test_an_application_is_what_its_worst_unit_is(currents: list[str]) -> None:
    units = [StatusInfo(current, f"unit {n}") for n, current in enumerate(currents)]

    status = application_status(None, units)

    assert status.current == min(currents, key=WORST_FIRST.index)
    assert status == units[currents.index(status.current)]


def test_what_the_leader_set_counts_more() -> None:
    own = StatusInfo("blocked", "no")

    assert application_status(own, [ACTIVE]) == own
    assert application_status(StatusInfo("unknown"), [ACTIVE]) == ACTIVE


def test_an_application_without_units_is_unknown() -> None:
    assert application_status(None, []).current == "unknown"


def test_a_failed_hook_hides_what_the_charm_set() -> None:
    hook = Hook("relation-joined", 3, "db", remote_unit="pg/0")
    state = UnitState("kafka/0", failed=FailedHook(hook, 1, 0.0))

    status = workload_status(UNIT, state)

    assert (status.current, status.message) == ("error", 'hook failed: "db-relation-joined"')
    assert status.data["remote-unit"] == "pg/0" and status.since == 5.0
    assert workload_status(UNIT, UnitState("kafka/0")) == ACTIVE == workload_status(UNIT, None)


def test_a_running_agent_says_what_it_runs() -> None:
    storage = Hook("storage-attached", storage="data/0")

    assert running_hook(storage, 1.0).message == "running data-storage-attached hook"
    assert running_action("pause", 1.0) == StatusInfo("executing", "running action pause", 1.0)


@pytest.mark.parametrize("moment", list(INITIAL))
def test_every_moment_has_a_status(moment: str) -> None:
    assert initial(moment, 2.0).current and initial(moment, 2.0).since == 2.0  # type: ignore[arg-type]


def test_a_charm_that_has_started_and_set_no_status_is_unknown() -> None:
    start, installing = Hook("start"), initial("unit-charm", 1.0)

    assert workload_after(installing, start, 2.0) == StatusInfo("unknown", "", 2.0)
    assert workload_after(ACTIVE, start, 2.0) is ACTIVE
    assert workload_after(installing, Hook("config-changed"), 2.0) is installing


def test_the_end_of_a_unit_is_told_in_its_status() -> None:
    status, told = ACTIVE, list[str]()
    for kind in ("stop", "remove"):
        for change in (workload_before, workload_after):
            status = change(status, Hook(kind), 2.0)
            told.append(f"{status.current}: {status.message}")

    assert told == [
        "maintenance: stopping charm software",
        "maintenance: ",
        "maintenance: cleaning up prior to charm deletion",
        "terminated: ",
    ]
