"""Every status, word for word, from the state that deserves it."""

from typing import Any

import ops
import pytest
from kafkastack_charms import statuses as library
from ops import testing

from tests.charms.zookeeper.four_letter_words import four_letter_words
from tests.charms.zookeeper.modules import quorum, statuses
from tests.charms.zookeeper.unit import ADDRESS, CREDENTIALS, OTHER, Unit, network

Facts, Cluster, TABLE = statuses.Facts, statuses.Cluster, statuses.TABLE
Blocked, Waiting, Maintenance = ops.BlockedStatus, ops.WaitingStatus, ops.MaintenanceStatus
FINE = Cluster(planned=2, addresses={1: "a", 2: "b"}, members={1: "a", 2: "b"})
PLAIN, BOTH, DIAL, TLS = quorum.Stage

ROWS: list[tuple[Any, ops.StatusBase]] = [
    (Facts(), ops.ActiveStatus()),
    (Facts(cluster=FINE), ops.ActiveStatus()),
    (Facts(problem="why"), Blocked("cannot run zookeeper: why")),
    (
        Facts(jar_fault="why"),
        Blocked("resource zookeeper cannot be run, the one before is: why"),
    ),
    (Facts(has_peers=False), Maintenance("no peer relation yet")),
    (Facts(has_address=False), Maintenance("not all units registered IP")),
    (
        Facts(has_credentials=False, is_started=False),
        Waiting("waiting for leader to create internal user credentials"),
    ),
    (Facts(is_started=False), Waiting("other units starting first")),
    (
        Facts(is_started=False, needs_certificate=True),
        Waiting("unit waiting for signed certificates"),
    ),
    (Facts(is_active=False), Blocked("zookeeper service not running")),
    (
        Facts(is_ready=False),
        Blocked("zookeeper service is unreachable or not serving requests"),
    ),
    (Facts(is_member=False), Blocked("unit not in the zookeeper quorum")),
    (Facts(needs_certificate=True), Waiting("unit waiting for signed certificates")),
    (Facts(waits_for="waiting for a/1"), Waiting("waiting for a/1")),
    (
        FINE._replace(addresses={1: "a", 2: ""}),
        Maintenance("not all units registered IP"),
    ),
    (FINE._replace(planned=3), Maintenance("cluster not stable - not all units related")),
    (
        FINE._replace(members={1: "a", 2: "b", 9: "c"}),
        Maintenance("cluster not stable - quorum is stale"),
    ),
    (
        FINE._replace(members={1: "a"}),
        Maintenance("cluster not stable - not all units added to quorum"),
    ),
    (
        FINE._replace(encrypted=True, with_certificate=1, stages=(PLAIN, PLAIN)),
        Maintenance("provider not ready - not all units using same encryption"),
    ),
    (
        FINE._replace(encrypted=True, with_certificate=2, stages=(BOTH, PLAIN)),
        Maintenance("provider not ready - switching quorum encryption"),
    ),
    (
        FINE._replace(encrypted=True, with_certificate=2, stages=(TLS, DIAL)),
        Maintenance("provider not ready - portUnification not yet disabled"),
    ),
    (FINE._replace(encrypted=True, with_certificate=2, stages=(TLS, TLS)), ops.ActiveStatus()),
    (
        FINE._replace(stages=(BOTH, PLAIN)),
        Maintenance("provider not ready - switching quorum encryption"),
    ),
]


@pytest.mark.parametrize(("facts", "expected"), ROWS, ids=lambda value: getattr(value, "name", ""))
def test_facts_have_the_status_they_deserve(facts: Any, expected: ops.StatusBase) -> None:
    given = Facts(cluster=facts) if isinstance(facts, Cluster) else facts
    assert library.choose(TABLE, given) == expected


def after(unit: Unit, state: testing.State) -> ops.StatusBase:
    found = unit.run(unit.context.on.config_changed(), state).unit_status
    return ops.StatusBase.from_name(found.name, found.message)


def test_a_leader_alone_becomes_active(unit: Unit, serving: None) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    assert state.unit_status == testing.ActiveStatus()
    assert state.workload_version == "3.8.4"
    assert state.opened_ports == {testing.TCPPort(2181)}


def test_nothing_is_touched_when_nothing_changed(unit: Unit, serving: None) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    unit.confirm({1: ADDRESS})
    unit.machine.forget_calls()
    unit.ensemble.logins.clear()
    state = unit.run(unit.context.on.update_status(), state)
    assert unit.machine.calls == ["is-active zookeeper.service"]
    assert unit.ensemble.logins == []


def test_without_a_peer_relation(unit: Unit) -> None:
    assert after(unit, unit.state(relations=())) == Maintenance("no peer relation yet")


def test_without_java(unit: Unit) -> None:
    (unit.machine.bin / "java").unlink()
    unit.machine.hide("java")
    status = after(unit, unit.state())
    assert status.message.startswith("cannot run zookeeper: no java here")


def test_without_a_distribution(unit: Unit) -> None:
    unit.jar.write_bytes(b"")
    assert after(unit, unit.state()) == Blocked(
        "cannot run zookeeper: the resource zookeeper is empty: it is a runnable jar"
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"tick-time": 0}, "tick-time must be 100 to 60000, not 0"),
        ({"tick-time": 3_000_000_000}, "tick-time must be 100 to 60000, not 3000000000"),
        ({"init-limit": 2**31}, "init-limit must be 1 to 1000, not 2147483648"),
        ({"sync-limit": 1001}, "sync-limit must be 1 to 1000, not 1001"),
        ({"log-level": "LOUD"}, "log-level must be one of DEBUG, INFO, WARNING, ERROR, not LOUD"),
    ],
)
def test_an_option_that_cannot_be(unit: Unit, config: dict[str, Any], message: str) -> None:
    assert after(unit, unit.state(config=config)) == Blocked(message)


def test_a_follower_before_the_leader(unit: Unit) -> None:
    assert after(unit, unit.state(leader=False)) == Waiting(
        "waiting for leader to create internal user credentials"
    )


def peers(unit: Unit, data: dict[str, str], mine: dict[str, str] | None = None) -> Any:
    return testing.PeerRelation(
        "cluster",
        id=1,
        peers_data={1: data},
        local_app_data={"founder": "zookeeper/1", "credentials": "secret:abc"},
        local_unit_data=mine or {},
    )


def test_a_newcomer_waits_for_a_member(unit: Unit) -> None:
    relation = peers(unit, {"address": OTHER})
    state = unit.state(relation, leader=False, secrets=[unit.secret()])
    assert after(unit, state) == Waiting("other units starting first")
    assert unit.machine.calls == []


def test_a_newcomer_starts_with_the_members_and_adds_itself(unit: Unit, serving: None) -> None:
    unit.ensemble.members = {2: OTHER}
    relation = peers(unit, {"address": OTHER, "member": "true", "started": "true"})
    state = unit.state(relation, leader=False, secrets=[unit.secret()])
    assert after(unit, state) == ops.ActiveStatus()
    assert unit.read("conf/members") == (
        f"server.1={ADDRESS}:2888:3888:participant\nserver.2={OTHER}:2888:3888:participant\n"
    )
    assert unit.ensemble.members == {1: ADDRESS, 2: OTHER}


def test_a_server_that_does_not_serve_joins_nothing(unit: Unit) -> None:
    with four_letter_words(ADDRESS, answer="This ZooKeeper instance is not currently serving"):
        assert after(unit, unit.state()) == Blocked(
            "zookeeper service is unreachable or not serving requests"
        )
    assert unit.ensemble.logins == []


def test_a_dead_service_is_started_again(unit: Unit, serving: None) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    unit.machine.die("zookeeper.service")
    unit.machine.forget_calls()
    with unit.context(unit.context.on.update_status(), state) as manager:
        manager.charm.on.server_changed.emit()
        assert "restart zookeeper.service" in unit.machine.calls


def test_an_authority_that_has_not_answered(unit: Unit, serving: None) -> None:
    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers, authority)
    assert after(unit, state) == Waiting("unit waiting for signed certificates")


def test_the_leader_misses_units(unit: Unit, serving: None) -> None:
    state = unit.state(planned_units=3)
    assert after(unit, state) == Maintenance("cluster not stable - not all units related")


def test_an_address_that_juju_does_not_know_yet(unit: Unit) -> None:
    nowhere = testing.Network("cluster", bind_addresses=[], ingress_addresses=[])
    state = unit.state(networks={nowhere, network("zookeeper")})
    assert after(unit, state) == Maintenance("not all units registered IP")


def test_a_stopped_unit_leaves_the_quorum_and_the_machine(unit: Unit, serving: None) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state(planned_units=2))
    unit.confirm({1: ADDRESS, 2: OTHER})
    unit.ensemble.members = {1: ADDRESS, 2: OTHER}
    unit.run(unit.context.on.stop(), state)
    assert unit.ensemble.members == {2: OTHER}
    assert unit.machine.calls[-2:] == [
        "disable --now zookeeper-watcher.service",
        "disable --now zookeeper.service",
    ]
    unit.machine.forget_calls()
    unit.run(unit.context.on.update_status(), state)
    assert unit.machine.calls == [], "who leaves does not come back"


def test_a_unit_that_never_had_a_server_can_be_stopped(unit: Unit) -> None:
    unit.run(unit.context.on.stop(), unit.state())
    assert unit.machine.calls == []


def test_a_stop_that_was_interrupted_is_finished(unit: Unit, serving: None) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    unit.machine.run("disable", "--now", "zookeeper-watcher.service")
    unit.run(unit.context.on.stop(), state)
    assert unit.machine.calls[-1] == "disable --now zookeeper.service"


def test_a_leader_that_has_not_seen_everybody_leaves_nobody_out(unit: Unit, serving: None) -> None:
    unit.ensemble.members = {2: OTHER}
    unit.run(unit.context.on.leader_elected(), unit.state(planned_units=2))
    assert unit.ensemble.members == {1: ADDRESS, 2: OTHER}


def test_a_leader_leaves_nobody_out_who_answers(unit: Unit, serving: None) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    unit.ensemble.members = {1: ADDRESS, 2: OTHER}
    unit.confirm(unit.ensemble.members)
    with four_letter_words(OTHER, 3888):
        unit.run(unit.context.on.update_status(), state)
        assert unit.ensemble.members == {1: ADDRESS, 2: OTHER}
    unit.run(unit.context.on.update_status(), state)
    assert unit.ensemble.members == {1: ADDRESS}


def test_the_credentials_of_the_app_are_kept(unit: Unit, serving: None) -> None:
    relation = testing.PeerRelation("cluster", id=1, local_app_data={"credentials": "secret:abc"})
    unit.run(unit.context.on.config_changed(), unit.state(relation, secrets=[unit.secret()]))
    assert f'user_super="{CREDENTIALS["super-password"]}"' in unit.read("conf/jaas.conf")
