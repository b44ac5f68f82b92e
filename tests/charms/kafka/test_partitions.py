"""Which partitions are against stopping a broker, and which would be lost with one."""

from dataclasses import replace
from typing import Any

import pytest
from kafkastack_charms import partitions
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.unit import Unit


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


def test_a_status_names_some_of_many() -> None:
    assert partitions.summarize([f"t-{n}" for n in range(5)]) == "t-0, t-1, t-2 and 2 more"


@pytest.fixture
def leaving(unit: Unit, listening: None) -> testing.State:
    """A broker that works, of an app that keeps another one."""
    return unit.look(unit.look(unit.state()))


def leave(unit: Unit, state: testing.State, planned: int) -> testing.State:
    return unit.run(unit.context.on.stop(), unit.state(*state.relations, planned_units=planned))


def test_a_unit_with_the_only_replica_waits_until_somebody_else_has_it(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.partitions = [
        partition({0}, {0}, topic="__canary-0"),
        partition({0, 1}, {0}),
    ]
    waited: list[Any] = []

    def wait() -> None:
        assert "disable --now kafka.service" not in unit.machine.calls
        waited.append(1)
        cluster.partitions[-1] = partition({0, 1}, {0, 1})

    cluster.waits = wait
    leave(unit, leaving, planned=1)
    assert waited == [1]
    told = [status.message for status in unit.context.unit_status_history]
    assert "only replica of t-0: reassign, or lose it: juju remove-unit kafka/0 --force" in told
    assert "disable --now kafka.service" in unit.machine.calls
    assert [one.topic for one in cluster.partitions] == ["t"], "its own topic goes with it"


def test_with_the_whole_app_everything_goes(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.partitions = [partition({0}, {0})]
    leave(unit, leaving, planned=0)
    assert "disable --now kafka.service" in unit.machine.calls


def test_brokers_that_cannot_be_asked_keep_nobody(
    unit: Unit, cluster: Cluster, leaving: testing.State
) -> None:
    cluster.refuses = True
    leave(unit, leaving, planned=1)
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
        leave(unit, leaving, planned=1)
    waited: list[int] = []

    def moved() -> None:
        assert "disable --now kafka.service" not in unit.machine.calls
        waited.append(1)
        cluster.partitions = [partition({0, 1}, {0, 1})]

    cluster.waits = moved
    leave(unit, leaving, planned=1)
    assert waited == [1]
    assert "disable --now kafka.service" in unit.machine.calls
