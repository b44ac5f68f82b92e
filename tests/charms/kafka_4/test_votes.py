"""Votes of controllers: of an emptied disk, of a server that is lost, of those who leave."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka_4 import modules
from tests.charms.kafka_4.unit import (
    ADDRESS,
    Quorum,
    Unit,
    brokers,
    controllers,
    other,
)


def beside(state: testing.State, there: dict[int, dict[str, str]]) -> testing.PeerRelation:
    """Return the peer relation of a state with these other units."""
    peers = state.get_relation(1)
    app, own = peers.local_app_data, peers.local_unit_data
    return testing.PeerRelation(
        "cluster", id=1, local_app_data=app, local_unit_data=own, peers_data=there
    )


def three(unit: Unit, quorum: Quorum) -> testing.State:
    """Return the state of one of three that vote, each known to the others."""
    quorum.voters = {100: "directory-0", 101: "d1", 102: "d2"}
    state = unit.look(unit.state())
    there = {n: other(f"127.83.44.{n + 1}", directory=f"d{n}", votes="true") for n in (1, 2)}
    return unit.look(unit.state(beside(state, there), planned_units=3))


def two_left(unit: Unit, state: testing.State) -> testing.State:
    """Return the state without one of three units."""
    there = {2: other("127.83.44.3", directory="d2", votes="true")}
    return unit.state(beside(state, there), planned_units=2)


def test_the_first_one_that_goes_before_there_is_any_metadata_is_replaced(unit: Unit) -> None:
    gone = {"bootstrap-unit": "kafka/7"}
    there = {1: {"address": "127.83.44.2"}}
    early = unit.state(unit.peers(there, **gone), planned_units=3)
    assert unit.status(early) == "waiting waiting for bootstrap controller", "it may yet come"
    unit.look(unit.state(unit.peers(there, **gone), planned_units=2))
    assert [how.is_first for how in unit.formatted] == [True]


def test_a_first_one_whose_disk_was_emptied_makes_no_second_cluster(
    unit: Unit, quorum: Quorum
) -> None:
    quorum.voters = {100: "directory-0", 101: "d1", 102: "d2"}
    state = unit.look(unit.state())
    there = {n: other(f"127.83.44.{n + 1}", directory=f"d{n}", votes="true") for n in (1, 2)}
    quorum.leader, quorum.dead = 101, {100}
    unit.empty()
    state = unit.look(unit.state(beside(state, there), planned_units=3))
    assert [how.is_first for how in unit.formatted] == [True, False]
    assert quorum.voters == {101: "d1", 102: "d2", 100: "directory-0-2"}, "by its new directory"
    told = state.get_relation(1).local_unit_data
    assert (told["directory"], told["votes"]) == ("directory-0-2", "true")


def test_who_comes_back_empty_waits_where_its_former_vote_is_needed(
    unit: Unit, quorum: Quorum
) -> None:
    quorum.voters = {100: "directory-0", 101: "d1", 102: "d2"}
    state = unit.look(unit.state())
    there = {n: other(f"127.83.44.{n + 1}", directory=f"d{n}", votes="true") for n in (1, 2)}
    quorum.leader, quorum.dead = 101, {100, 102}
    unit.empty()
    state = unit.look(unit.state(beside(state, there), planned_units=3))
    assert quorum.voters[100] == "directory-0"
    assert "votes" not in state.get_relation(1).local_unit_data


def test_metadata_that_nobody_keeps_any_more_is_told_and_not_made_anew(unit: Unit) -> None:
    state = unit.look(unit.state())
    unit.empty()
    wanted = "blocked no unit keeps the cluster's metadata any more: deploy a new application"
    assert unit.status(state) == wanted
    assert len(unit.formatted) == 1


def test_a_controller_that_was_removed_by_force_has_no_vote_and_no_name_any_more(
    unit: Unit, quorum: Quorum
) -> None:
    state = three(unit, quorum)
    assert state.unit_status == testing.ActiveStatus()
    quorum.dead = {101}
    state = unit.look(two_left(unit, state))
    assert quorum.voters == {100: "directory-0", 102: "d2"}
    assert quorum.unregistered == [101]
    for _ in range(3):  # for it has another number of replicas, too
        state = unit.look(state)
    message = "a quorum of 2 controllers stands no more losses than one of 1"
    assert state.unit_status == testing.ActiveStatus(message)
    assert quorum.unregistered == [101], "once"


def test_who_leaves_and_still_works_gives_its_vote_back_itself(unit: Unit, quorum: Quorum) -> None:
    unit.look(two_left(unit, three(unit, quorum)))
    assert 101 in quorum.voters
    assert quorum.unregistered == [], "partitions may live on it alone"
    assert (unit.root / ".unfinished").exists(), "it looks again"


def test_who_has_given_its_vote_back_keeps_nobody_from_a_restart(
    unit: Unit, quorum: Quorum
) -> None:
    """Its name is taken later, when nothing is heard of it any more."""
    left = two_left(unit, three(unit, quorum))
    del quorum.voters[101]
    quorum.observers = {101}
    for _ in range(3):
        left = unit.look(left)
    message = "a quorum of 2 controllers stands no more losses than one of 1"
    assert left.unit_status == testing.ActiveStatus(message)
    assert quorum.unregistered == []
    quorum.dead = {101}
    unit.look(left)
    assert quorum.unregistered == [101]


def test_votes_that_nobody_knows_of_are_found_at_an_update_status(
    unit: Unit, quorum: Quorum
) -> None:
    state = three(unit, quorum)
    quorum.voters[107] = "d7"
    quorum.dead = {107}
    unit.context.run(unit.context.on.update_status(), state)
    assert 107 not in quorum.voters


def test_a_lost_broker_without_a_vote_is_forgotten(unit: Unit, quorum: Quorum) -> None:
    more = unit.as_broker
    quorum.voters, quorum.observers = {0: "directory-of-theirs"}, {100, 101, 102}
    there = {n: other(f"127.83.44.{n + 1}") for n in (1, 2)}
    state = unit.look(unit.state(unit.peers(there), controllers(), planned_units=3, **more))
    del there[1]
    left = unit.state(beside(state, there), controllers(), planned_units=2, **more)
    unit.look(left)
    assert quorum.unregistered == [], "it asks the controllers, so it works"
    quorum.observers = {100, 102}
    unit.look(left)
    assert quorum.unregistered == [101]
    assert quorum.voters == {0: "directory-of-theirs"}


def test_a_controller_gives_its_vote_back_and_a_broker_its_name(
    unit: Unit, quorum: Quorum
) -> None:
    quorum.voters = {100: "directory-0", 101: "there"}
    state = unit.look(unit.state())
    unit.context.run(unit.context.on.stop(), state)
    assert quorum.voters == {101: "there"}
    assert quorum.unregistered == [100]


def test_the_last_controller_keeps_its_vote(unit: Unit, quorum: Quorum) -> None:
    quorum.voters = {100: "directory-0"}
    state = replace(unit.look(unit.state()), planned_units=0)
    unit.context.run(unit.context.on.stop(), state)
    assert quorum.voters == {100: "directory-0"}


def leave(
    unit: Unit, state: testing.State, cluster: Cluster, then: Callable[[], object]
) -> list[str]:
    """Have a unit leave, with what happens while it waits; return what it said."""
    cluster.waits = then
    unit.context.run(unit.context.on.stop(), state)
    return [f"{one.name} {one.message}" for one in unit.context.unit_status_history]


def test_a_controller_without_a_quorum_says_so_before_it_goes(
    unit: Unit, quorum: Quorum, cluster: Cluster
) -> None:
    quorum.voters = {100: "directory-0", 101: "there"}
    state = unit.look(unit.state())
    quorum.answers = False
    said = leave(unit, state, cluster, lambda: setattr(quorum, "answers", True))
    assert any(text.startswith("blocked controllers have no quorum to leave") for text in said)
    assert quorum.voters == {101: "there"}


def test_a_controller_stays_as_long_as_those_without_it_are_no_majority(
    unit: Unit, quorum: Quorum, cluster: Cluster
) -> None:
    state = three(unit, quorum)
    quorum.leader, quorum.dead = 101, {102}
    seen: list[dict[int, str]] = []

    def start() -> None:
        seen.append(dict(quorum.voters))
        quorum.dead = set()

    said = leave(unit, replace(state, planned_units=2), cluster, start)
    reason = "without 102, 1 of 2 controllers are no majority"
    assert any(text.startswith(f"blocked this vote is needed ({reason}") for text in said)
    assert [sorted(voters) for voters in seen] == [[100, 101, 102]]
    assert sorted(quorum.voters) == [101, 102]


def test_the_only_one_that_votes_waits_for_another(
    unit: Unit, quorum: Quorum, cluster: Cluster
) -> None:
    quorum.voters = {100: "directory-0"}
    state = replace(unit.look(unit.state()), planned_units=2)
    said = leave(unit, state, cluster, lambda: quorum.voters.setdefault(101, "d1"))
    assert any("no other controller votes yet" in text for text in said)
    assert quorum.voters == {101: "d1"}, "the metadata has not gone with it"


def test_of_those_who_leave_together_the_active_one_is_the_last(
    unit: Unit, quorum: Quorum, cluster: Cluster
) -> None:
    state = replace(three(unit, quorum), planned_units=1)
    left: list[int] = []

    def another_leaves() -> None:
        left.extend(quorum.voters)
        del quorum.voters[101]

    said = leave(unit, state, cluster, another_leaves)
    assert "waiting the active controller goes last" in said
    assert left == [100, 101, 102], "it has waited once"
    assert quorum.voters == {102: "d2"}


def test_the_active_one_does_not_wait_for_ever(
    unit: Unit, quorum: Quorum, cluster: Cluster
) -> None:
    state = replace(three(unit, quorum), planned_units=1)
    waits: list[int] = []
    leave(unit, state, cluster, lambda: waits.append(1))
    assert len(waits) == modules.leaving.LATER
    assert 100 not in quorum.voters


def test_who_leaves_one_controller_alone_says_so(
    unit: Unit, quorum: Quorum, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    quorum.voters = {100: "directory-0", 101: "d1"}
    leave(unit, unit.look(unit.state()), cluster, lambda: None)
    assert modules.leaving.ALONE in caplog.text


def test_a_controller_whose_own_server_hangs_leaves_by_the_others(
    unit: Unit, quorum: Quorum, cluster: Cluster
) -> None:
    """The first one's file, as it was started, names nobody else."""
    more = unit.as_controller
    quorum.leader, quorum.voters = 0, {0: "directory-0", 1: "d1"}
    state = unit.look(unit.state(unit.peers(), brokers(), **more))
    there = {1: other("127.83.44.2", directory="d1", votes="true")}
    state = unit.look(unit.state(beside(state, there), brokers(), planned_units=2, **more))
    unit.hanging, quorum.leader, quorum.leads_at = {ADDRESS}, 1, "127.83.44.2"
    left = replace(state, planned_units=1)
    leave(unit, left, cluster, lambda: pytest.fail("nobody answers"))
    assert quorum.voters == {1: "d1"}
