"""Every status, word for word, from the state that deserves it."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ops
import pytest
from cryptography import x509
from kafkastack_charms.jar import NoJarError, read_jar
from kafkastack_charms.kafka import wanted
from kafkastack_charms.statuses import choose
from kafkastack_charms.testing.machine import Machine
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.conftest import listen
from tests.charms.kafka.modules import statuses
from tests.charms.kafka.unit import ADDRESS, Unit, client, network, zookeeper

Blocked, Waiting, Maintenance = ops.BlockedStatus, ops.WaitingStatus, ops.MaintenanceStatus
Active = ops.ActiveStatus


def status(state: testing.State) -> ops.StatusBase:
    found = state.unit_status
    return ops.StatusBase.from_name(found.name, found.message)


def after(unit: Unit, state: testing.State) -> ops.StatusBase:
    return status(unit.look(state))


def test_the_first_status_that_holds_is_shown() -> None:
    facts = statuses.Facts(has_zookeeper=False, is_active=False)
    assert choose(statuses.TABLE, facts) == Blocked("missing required zookeeper relation")
    assert choose(statuses.TABLE, statuses.Facts()) == Active()


def test_a_jar_that_cannot_be_run_is_told() -> None:
    found = choose(statuses.TABLE, statuses.Facts(jar_fault="why"))
    assert found == Blocked("resource kafka cannot be run, the one before is: why")


def test_a_broker_that_waits_its_turn_and_one_that_could_do_better() -> None:
    waiting = statuses.Facts(waits_for="waiting for a/1", advice="advice")
    assert choose(statuses.TABLE, waiting) == Waiting("waiting for a/1")
    assert choose(statuses.TABLE, statuses.Facts(advice="advice")) == Active("advice")


def test_a_jar_of_another_track_replaces_nothing(unit: Unit, listening: None) -> None:
    unit.machine.program("java", "#!/bin/sh\n")
    state = unit.look(unit.look(unit.state()))
    before = unit.read("conf/java.args")
    with zipfile.ZipFile(unit.jar, "w") as archive:
        archive.writestr("kafka/kafka-version.properties", "version=4.3.1\n")
    assert after(unit, state) == Blocked(
        "resource kafka cannot be run, the one before is: it is Kafka 4.3.1, which other units"
        " run: deploy kafka --channel 4/stable"
    )
    assert (
        unit.read("conf/java.args").replace(str(unit.root / ".kept.jar"), str(unit.jar)) == before
    )


def test_a_distribution_is_of_a_track_by_its_first_number() -> None:
    assert wanted.find_other_track("3.9.2", "3") == wanted.find_other_track("", "4") == ""
    assert wanted.find_other_track("3.9.2", "4").startswith("it is Kafka 3.9.2")


def test_without_a_peer_relation(unit: Unit) -> None:
    state = unit.state(zookeeper(), secrets=[])
    assert after(unit, state) == Maintenance("no peer relation yet")


def test_without_zookeeper(unit: Unit) -> None:
    assert after(unit, unit.state(unit.peers())) == Blocked("missing required zookeeper relation")


def test_a_zookeeper_that_has_not_answered(unit: Unit) -> None:
    silent = testing.Relation("zookeeper", id=7, remote_app_name="zookeeper")
    state = unit.state(unit.peers(), silent)
    assert after(unit, state) == Waiting("zookeeper credentials not created yet")


def test_a_zookeeper_whose_secret_is_not_granted_yet(unit: Unit) -> None:
    state = unit.state(secrets=unit.secrets[:1])
    assert after(unit, state) == Waiting("zookeeper credentials not created yet")


def test_a_zookeeper_that_cannot_be_reached(unit: Unit, cluster: Cluster, listening: None) -> None:
    """The broker waits for it too; whoever can reach it later writes the users."""
    cluster.refuses = True
    state = unit.look(unit.state())
    assert status(state) == Waiting("internal users not yet written to zookeeper")
    assert (unit.root / ".unfinished").exists()
    cluster.refuses = False
    unit.look(state)
    assert cluster.first_users
    assert not (unit.root / ".unfinished").exists()


def test_a_follower_before_its_leader(unit: Unit) -> None:
    peers = testing.PeerRelation("cluster", id=1)
    state = unit.state(peers, zookeeper(), leader=False, secrets=unit.secrets[1:])
    assert after(unit, state) == Waiting("internal broker credentials not yet added")


def test_encrypted_zookeeper_and_plain_kafka_do_not_agree(unit: Unit) -> None:
    state = unit.state(unit.peers(), zookeeper("secret:zk-encrypted"))
    assert after(unit, state) == Blocked("tls must be enabled on both kafka and zookeeper")


def test_plain_zookeeper_and_encrypted_kafka_do_not_agree(unit: Unit) -> None:
    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers(), zookeeper(), authority)
    assert after(unit, state) == Blocked("tls must be enabled on both kafka and zookeeper")


def test_an_authority_that_has_not_answered(unit: Unit) -> None:
    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers(), zookeeper("secret:zk-encrypted"), authority)
    assert after(unit, state) == Waiting("unit waiting for signed certificates")


def test_a_broker_that_has_just_been_started(unit: Unit) -> None:
    assert after(unit, unit.state()) == Waiting("broker is still starting up")
    assert "restart kafka.service" in unit.machine.calls


def test_a_broker_that_starts_quickly_is_active_after_the_hook_that_started_it(
    unit: Unit, listening: None
) -> None:
    state = unit.run(unit.context.on.config_changed(), unit.state())
    assert status(state) == Active()
    assert Waiting("broker is still starting up") in unit.context.unit_status_history


def test_a_broker_that_acknowledges_is_active(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    assert status(state) == Active()
    assert state.opened_ports == {testing.TCPPort(19092)}


def test_a_broker_that_listens_and_does_not_acknowledge_is_not(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    cluster.is_ready = False
    assert after(unit, unit.look(unit.state())) == Waiting("broker is still starting up")


def test_a_broker_that_worked_and_listens_no_more(unit: Unit) -> None:
    with listen(19092):
        state = unit.look(unit.look(unit.state()))
    assert after(unit, state) == Blocked("Broker not running")


def test_a_broker_that_starts_with_its_machine_is_not_said_to_have_failed(unit: Unit) -> None:
    with listen(19092):
        state = unit.look(unit.state())
    state = unit.run(unit.context.on.start(), state)
    assert status(state) == Waiting("broker is still starting up")
    assert after(unit, state) == Waiting("broker is still starting up")


def crashed(unit: Unit, last: str, *, times: int = 3, active: bool = True) -> testing.State:
    """Return the state of a unit whose broker exits again and again."""
    state = unit.look(unit.state())
    log = unit.folder / "logs" / "server.log"
    log.write_text(f"[2026-11-29 10:00:00,000] INFO starts (a.b)\n{last}\n\tat a.b.C(D.java)\n")
    unit.machine.exit_often("kafka.service", times)
    if not active:
        unit.machine.die("kafka.service")
    unit.machine.forget_calls()
    return state


@pytest.mark.parametrize("active", [True, False])
def test_a_broker_that_exits_again_and_again_says_why_and_is_left_to_systemd(
    unit: Unit, active: bool
) -> None:
    last = "[2026-11-29 10:00:01,000] ERROR Unsupported CipherSuite: NO_SUCH_CIPHER (kafka.Kafka)"
    state = crashed(unit, last, active=active)
    said = "broker keeps exiting: Unsupported CipherSuite: NO_SUCH_CIPHER (kafka.Kafka)"
    assert after(unit, state) == Blocked(said)
    assert "restart kafka.service" not in unit.machine.calls
    assert (unit.root / ".unfinished").exists(), "the watcher looks again"


def test_an_option_that_is_mended_starts_a_broker_that_kept_exiting(unit: Unit) -> None:
    state = crashed(unit, "[x] ERROR bad (a.b)", active=False)
    unit.look(replace(state, config={"log_level": "DEBUG"}))
    assert "restart kafka.service" in unit.machine.calls


@pytest.mark.parametrize(
    ("last", "times"),
    [("[x] ERROR early (a.b)", 2), ("[x] ERROR KeeperErrorCode = NodeExists (a.b)", 9)],
)
def test_a_broker_that_is_only_slow_or_waits_for_its_own_session_is_starting(
    unit: Unit, last: str, times: int
) -> None:
    assert after(unit, crashed(unit, last, times=times)) == Waiting("broker is still starting up")


def test_a_broker_that_worked_and_acknowledges_no_more(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    state = unit.look(unit.look(unit.state()))
    cluster.is_ready = False
    assert after(unit, state) == Active(), "not every hook asks"
    state = unit.run(unit.context.on.update_status(), state)
    assert status(state) == Blocked("unit not connected to zookeeper")


def test_a_service_that_is_down_is_started_again(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    unit.machine.die("kafka.service")
    unit.machine.forget_calls()
    unit.run(unit.context.on.update_status(), state)
    assert "restart kafka.service" in unit.machine.calls


def test_nothing_is_touched_when_nothing_changed(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    unit.machine.forget_calls()
    unit.look(state)
    assert unit.machine.calls == ["is-active kafka.service"]


def test_a_restart_that_was_interrupted_is_done_again(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    (unit.root / ".pending").touch()
    unit.machine.forget_calls()
    unit.look(state)
    assert "restart kafka.service" in unit.machine.calls
    assert not (unit.root / ".pending").exists()


def test_without_java(unit: Unit) -> None:
    unit.machine.hide("java")
    message = after(unit, unit.state()).message
    assert "no java here" in message


def test_without_a_distribution(unit: Unit) -> None:
    unit.jar.write_bytes(b"")
    found = after(unit, unit.state())
    assert isinstance(found, Blocked)
    assert found.message.endswith("the resource kafka is empty: it is a runnable jar")


def test_a_distribution_that_cannot_be_fetched_says_what_the_agent_said() -> None:
    said = "ERROR cannot fetch kafka.jar: no network\nERROR more\n"

    class Resources:
        def fetch(self, name: str) -> Path:
            raise ops.ModelError(said)

    with pytest.raises(NoJarError, match=r"^cannot fetch kafka.jar: no network$"):
        read_jar(SimpleNamespace(resources=Resources()), "kafka")


def test_an_option_that_cannot_be(unit: Unit) -> None:
    state = unit.state(config={"profile": "fast"})
    assert after(unit, state) == Blocked(
        "profile must be one of testing, staging, production, not fast"
    )


@pytest.mark.parametrize("option", ["certificate_extra_sans", "extra_listeners"])
def test_a_name_that_no_certificate_can_carry_blocks_and_breaks_no_hook(
    unit: Unit, option: str
) -> None:
    authority = testing.Relation("certificates", id=2)
    state = unit.state(
        unit.peers(), zookeeper(), authority, config={option: "b\u00fccher.example"}
    )
    found = after(unit, state)
    assert isinstance(found, Blocked)
    assert found.message.endswith("not b\u00fccher.example")


def test_an_application_of_a_long_name_gets_certificates_too(
    tmp_path: Path, machine: Machine, cluster: Cluster
) -> None:
    unit = Unit(tmp_path / "unit", machine, cluster=cluster, fakes=cluster.fakes, app="k" * 80)
    authority = testing.Relation("certificates", id=2)
    state = unit.look(unit.state(unit.peers(), zookeeper(), authority))
    told: Any = state.get_relation(2)
    asked = json.loads(told.local_unit_data["certificate_signing_requests"])
    csr = x509.load_pem_x509_csr(asked[0]["certificate_signing_request"].encode())
    (name,) = csr.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert name.value == f"{'k' * 62}-0"


def test_an_address_that_juju_does_not_know_yet(unit: Unit) -> None:
    nowhere = testing.Network("cluster", bind_addresses=[], ingress_addresses=[])
    state = unit.state(networks={nowhere, network("kafka-client")})
    assert after(unit, state) == Maintenance("not all units related")


def test_a_zookeeper_relation_that_ends_stops_the_broker(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    relation = state.get_relation(7)
    state = unit.run(unit.context.on.relation_broken(relation), state)
    assert status(state) == Blocked("missing required zookeeper relation")
    assert "disable --now kafka.service" in unit.machine.calls
    assert state.opened_ports == frozenset()


def test_a_broker_that_never_worked_is_stopped_with_its_zookeeper(unit: Unit) -> None:
    state = unit.look(unit.state())
    unit.run(unit.context.on.relation_broken(state.get_relation(7)), state)
    assert "disable --now kafka.service" in unit.machine.calls


def test_another_zookeeper_brings_back_the_broker_and_its_watcher(
    unit: Unit, listening: None
) -> None:
    state = unit.look(unit.look(unit.state()))
    state = unit.run(unit.context.on.relation_broken(state.get_relation(7)), state)
    unit.machine.forget_calls()
    unit.look(state)
    for service in ("kafka", "kafka-watcher"):
        assert f"restart {service}.service" in unit.machine.calls


def test_a_broker_that_was_stopped_is_not_stopped_again(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    state = unit.run(unit.context.on.relation_broken(state.get_relation(7)), state)
    unit.machine.forget_calls()
    ended = unit.state(unit.peers(), secrets=state.secrets)
    state = unit.look(ended)
    assert status(unit.run(unit.context.on.stop(), state)) != Active()
    assert not [call for call in unit.machine.calls if "disable" in call]


def test_a_unit_that_never_had_a_broker_can_be_stopped(unit: Unit) -> None:
    unit.run(unit.context.on.stop(), unit.state(unit.peers()))
    assert unit.machine.calls == []


def test_a_stop_that_was_interrupted_is_finished(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    unit.machine.run("disable", "--now", "kafka-watcher.service")
    unit.run(unit.context.on.stop(), state)
    assert unit.machine.calls[-1] == "disable --now kafka.service"


def test_a_unit_that_leaves_stops_its_broker(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    state = unit.run(unit.context.on.stop(), state)
    assert unit.machine.calls[-2:] == [
        "disable --now kafka-watcher.service",
        "disable --now kafka.service",
    ]
    assert state.opened_ports == frozenset()


def test_the_client_port_opens_with_the_first_client(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    assert "9092" not in unit.properties["listeners"].replace("19092", "")
    related = unit.state(*state.relations, client({}), secrets=state.secrets)
    state = unit.look(related)
    assert state.opened_ports == {testing.TCPPort(9092), testing.TCPPort(19092)}
    assert unit.properties["listeners"].endswith(f"{ADDRESS}:9092")


def test_what_a_running_broker_refuses_is_not_said_to_be_taken_until_it_is_restarted(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    state = unit.look(unit.look(unit.state()))
    (unit.root / ".updating").touch()
    cluster.rejects = True
    changed = replace(state, config={"log_retention_ms": "7200000"})
    state = unit.look(changed)
    assert unit.machine.calls.count("restart kafka.service") == 1
    assert (unit.root / ".updating").exists(), "the others still count on what runs"
    unit.look(state)
    assert unit.machine.calls.count("restart kafka.service") == 2
    assert not (unit.root / ".updating").exists()
    assert unit.properties["log.retention.ms"] == "7200000"
