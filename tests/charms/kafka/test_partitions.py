"""Partitions that stand against stopping a broker, and those that would be lost with one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from kafkastack_charms.kafka import admin, partitions
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.unit import Unit

BLOCKED = (
    "no unit that stays is in sync for t-0: reassign, or lose it: juju remove-unit kafka/0 --force"
)


def partition(replicas: set[int], in_sync: set[int], least: int = 1, topic: str = "t") -> Any:
    return partitions.Partition(topic, 0, frozenset(replicas), frozenset(in_sync), least)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (partition({0, 1, 2}, {0, 1, 2}, 2), ""),
        (partition({0, 1, 2}, {0, 1}, 2), "partitions without all their replicas: t-0"),
        (partition({0, 1, 9}, {0, 1}, 2), "that would fall below min.insync.replicas: t-0"),
        (partition({0, 1, 9}, {0, 1}, 1), ""),
        (partition({1, 2}, {1, 2}, 2), ""),  # not on this broker
        (partition({0}, {0}, 1), ""),  # made so
        (partition({0, 1}, {0, 1}, 2), ""),  # made so
    ],
)
def test_a_broker_is_restarted_where_that_keeps_nobody_from_writing(one: Any, reason: str) -> None:
    found = partitions.find_obstacle([one], brokers=(0, 1, 2), broker_id=0)
    assert found.endswith(reason) and bool(found) == bool(reason)


@pytest.mark.parametrize(
    ("one", "is_barred"),
    [
        (partition({0, 1, 9}, {0, 1}, 2), True),  # the third broker is gone
        (partition({0, 1, 2}, {0, 1}, 2), False),  # the third one comes back
        (partition({0, 1, 9}, {0, 1}, 1), False),
        (partition({0}, {0}, 1), False),
    ],
)
def test_what_no_waiting_changes_is_told_as_that(one: Any, is_barred: bool) -> None:
    found = partitions.find_bar([one], brokers=(0, 1, 2), broker_id=0)
    assert bool(found) == is_barred


def test_a_broker_that_lacks_others_asks_for_no_turn(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    state = unit.look(unit.look(unit.state()))
    cluster.partitions = [partition({0, 1, 9}, {0, 1}, 2)]
    (peers,) = state.get_relations("cluster")
    beside = replace(peers, peers_data={1: {"started": "true", "serves": "true"}})
    kept = [relation for relation in state.relations if relation.id != peers.id]
    state = unit.look(replace(state, relations=[beside, *kept], planned_units=2))
    assert state.unit_status == testing.ActiveStatus(
        "restart held back: partitions that would fall below min.insync.replicas: t-0"
    )
    assert "request" not in state.get_relation(1).local_unit_data, "others may have their turn"


def look_beside(unit: Unit, state: testing.State, **other: str) -> testing.State:
    """Run the hook of another option, beside a second broker that has said this."""
    (peers,) = state.get_relations("cluster")
    serves = {"started": "true", "serves": "true"}
    beside = replace(peers, peers_data={1: {**serves, **other}})
    kept = [relation for relation in state.relations if relation.id != peers.id]
    config = {"replication_quota_window_num": 20}
    return unit.look(
        replace(state, relations=[beside, *kept], planned_units=2, config=config)  # type: ignore[arg-type]
    )


def test_the_controller_waits_for_the_brokers_that_have_yet_to_hear(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    state = unit.look(unit.look(unit.state()))
    cluster.controller = 0
    state = look_beside(unit, state, seen="what was before")
    said = state.get_relation(1).local_unit_data
    assert said["goes-last"] == "true" and said["request"]
    assert unit.machine.calls.count("restart kafka.service") == 1, "it has asked"
    state = look_beside(unit, state, seen=said["seen"], request="x")
    assert state.get_relation(1).local_app_data["turn"] == "kafka/1 x"
    state = look_beside(unit, state, seen=said["seen"])
    assert unit.machine.calls.count("restart kafka.service") == 2
    assert "goes-last" not in state.get_relation(1).local_unit_data


def test_brokers_are_asked_nothing_while_others_wait_for_another_one(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    """Each question is time that the brokers lack while they elect and catch up."""
    state = unit.look(unit.look(unit.state()))
    cluster.controller = 0
    state = look_beside(unit, state, seen="what was before", request="x")
    assert state.get_relation(1).local_app_data["turn"] == "kafka/1 x"
    asked = len(cluster.logins)
    state = look_beside(unit, state, serves="")
    assert len(cluster.logins) == asked
    assert state.get_relation(1).local_unit_data["goes-last"] == "true"
    look_beside(unit, state, seen=state.get_relation(1).local_unit_data["seen"])
    assert len(cluster.logins) > asked, "it is its turn"
    assert unit.machine.calls.count("restart kafka.service") == 2


def test_another_broker_than_the_controller_waits_for_nobody(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    state = unit.look(unit.look(unit.state()))
    cluster.controller = 1
    look_beside(unit, state, seen="what was before")
    assert unit.machine.calls.count("restart kafka.service") == 2


def test_a_status_names_some_of_many() -> None:
    assert partitions.summarize([f"t-{n}" for n in range(5)]) == "t-0, t-1, t-2 and 2 more"


@pytest.fixture
def leaving(unit: Unit, listening: None) -> testing.State:
    """A broker that works, of an app that keeps another one."""
    return unit.look(unit.look(unit.state()))


def leave(unit: Unit, state: testing.State, planned: int = 1, *others: int) -> testing.State:
    """Remove a unit, and others with it, of an application of three."""
    units = {f"kafka/{n}": "dying" if n in (0, *others) else "active" for n in range(3)}
    unit.machine.intend(units if planned else dict.fromkeys(units, "dying"))
    return unit.run(unit.context.on.stop(), unit.state(*state.relations, planned_units=planned))


def waits(unit: Unit, cluster: Cluster, *answers: Callable[[], object]) -> list[int]:
    """Give one answer after another to a unit that waits; return how often it did."""
    waited: list[int] = []

    def wait() -> None:
        assert "disable --now kafka.service" not in unit.machine.calls
        answers[len(waited)]()
        waited.append(len(waited))

    cluster.waits = wait
    return waited


def test_a_unit_with_the_only_replica_waits_until_somebody_else_has_it(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.partitions = [
        partition({0}, {0}, topic="__canary-0"),
        partition({0, 1}, {0}),
    ]

    def reassign() -> None:
        cluster.partitions[-1] = partition({0, 1}, {0, 1})

    waited = waits(unit, cluster, reassign)
    leave(unit, leaving)
    assert waited == [0]
    assert BLOCKED in said(unit)
    assert "disable --now kafka.service" in unit.machine.calls
    assert [one.topic for one in cluster.partitions] == ["t"], "its own topic goes with it"


def said(unit: Unit) -> list[str]:
    return [status.message for status in unit.context.unit_status_history]


def test_units_that_leave_together_do_not_count_on_each_other(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    """Each saw the replica of the other, and both went with it."""
    cluster.partitions = [partition({0, 1}, {0, 1})]

    def reassign() -> None:
        cluster.partitions = [partition({0, 2}, {0, 2})]

    waited = waits(unit, cluster, reassign)
    leave(unit, leaving, 1, 1)
    assert waited == [0]
    assert BLOCKED in said(unit)


def test_a_replica_of_a_broker_that_is_no_more_counts_for_nothing(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.partitions = [partition({0, 9}, {0, 9})]

    def shrink() -> None:
        cluster.partitions = [partition({0, 9, 2}, {0, 2})]

    assert waits(unit, cluster, shrink) == []
    leave(unit, leaving)
    assert BLOCKED in said(unit)


def test_three_to_one_go_at_once_where_the_one_has_everything(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.partitions = [partition({0, 1, 2}, {0, 1, 2}, 2)]
    waited = waits(unit, cluster)
    leave(unit, leaving, 1, 1)
    assert waited == []
    assert "disable --now kafka.service" in unit.machine.calls


def test_with_the_whole_app_everything_goes(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.partitions = [partition({0}, {0})]
    leave(unit, leaving, planned=0)
    assert "disable --now kafka.service" in unit.machine.calls


def test_a_broker_waits_for_brokers_that_do_not_answer_for_a_while(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    """One question that was not answered in time, and the only replica went."""
    cluster.partitions = [partition({0}, {0})]
    cluster.refuses = True

    def answer() -> None:
        cluster.refuses = False

    def reassign() -> None:
        cluster.partitions = [partition({1}, {1})]

    waited = waits(unit, cluster, answer, reassign)
    leave(unit, leaving)
    assert waited == [0, 1]
    silent = "brokers do not tell what would be lost: start them"
    assert f"{silent}, or lose it: juju remove-unit kafka/0 --force" in said(unit)
    assert BLOCKED in said(unit)


def test_a_broker_that_does_not_run_is_kept_by_nobody_who_does_not_answer(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.refuses = True
    unit.machine.die("kafka.service")
    waited = waits(unit, cluster)
    leave(unit, leaving)
    assert waited == []
    assert "disable --now kafka.service" in unit.machine.calls


def test_a_topic_of_its_own_that_stays_keeps_no_broker(
    unit: Unit, cluster: Cluster, leaving: testing.State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise admin.UnavailableError("no controller")

    monkeypatch.setattr(cluster, "delete_topics", refuse)
    waited = waits(unit, cluster)
    leave(unit, leaving)
    assert waited == []
    assert "disable --now kafka.service" in unit.machine.calls


def test_a_wait_that_was_interrupted_goes_on(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    """The hook is run again: what nobody else has is not lost for that."""
    cluster.partitions = [partition({0}, {0})]

    def killed() -> None:
        raise InterruptedError

    cluster.waits = killed
    with pytest.raises(testing.errors.UncaughtCharmError):
        leave(unit, leaving)
    waited: list[int] = []

    def moved() -> None:
        assert "disable --now kafka.service" not in unit.machine.calls
        waited.append(1)
        cluster.partitions = [partition({0, 1}, {0, 1})]

    cluster.waits = moved
    leave(unit, leaving)
    assert waited == [1]
    assert "disable --now kafka.service" in unit.machine.calls
