"""Roles of units, the cluster that they make, and what they wait for."""

import dataclasses
import json
from typing import Any

import pytest
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka_4.unit import (
    CA,
    OF_BROKERS,
    OF_CONTROLLERS,
    Quorum,
    Unit,
    brokers,
    controllers,
    other,
)


def test_both_roles_are_a_cluster_of_their_own(unit: Unit) -> None:
    state = unit.look(unit.state())
    assert state.unit_status == testing.ActiveStatus()
    told = unit.properties
    assert told["process.roles"] == "broker,controller"
    assert told["node.id"] == "100"
    assert told["controller.quorum.bootstrap.servers"] == "127.83.44.1:9098"
    (how,) = unit.formatted
    assert how.is_first
    assert how.first_users.keys() == {"replication", "replication-spare", "operator"}
    app = state.get_relation(1).local_app_data
    assert app["cluster-uuid"] == how.cluster_id
    assert state.get_relation(1).local_unit_data["votes"] == "true"


def test_the_operator_is_there_from_the_first_moment(unit: Unit, cluster: Cluster) -> None:
    unit.look(unit.state())
    assert cluster.users == {}, "nobody has to make it"


def test_the_operator_is_made_where_what_was_formatted_has_been_forgotten(
    unit: Unit, cluster: Cluster
) -> None:
    state = unit.look(unit.state())
    app = {**state.get_relation(1).local_app_data, "users": ""}
    peers = dataclasses.replace(state.get_relation(1), local_app_data=app)
    state = unit.look(dataclasses.replace(state, relations=[peers]))
    assert cluster.users == {"operator": "o" * 32}
    cluster.users.clear()
    unit.look(state)
    assert cluster.users == {}, "once"


def test_formatting_begins_with_the_first_hook_that_knows_how(unit: Unit) -> None:
    state = unit.run(unit.context.on.install(), unit.state())
    (how,) = unit.ahead.begun
    assert not unit.formatted
    unit.look(state)
    assert unit.formatted == [how]


def test_what_was_begun_for_another_unit_of_that_name_is_not_used(unit: Unit) -> None:
    unit.run(unit.context.on.install(), unit.state())
    (how,) = unit.ahead.begun
    unit.look(unit.state())  # the hook before was undone: it is another cluster
    (used,) = unit.formatted
    assert used.cluster_id != how.cluster_id


def test_a_unit_that_follows_waits_for_whom_to_follow(unit: Unit) -> None:
    unit.run(unit.context.on.install(), unit.state(leader=False))
    assert not unit.ahead.begun


def test_a_small_server_has_one_thread_for_who_else_but_clients(unit: Unit) -> None:
    unit.look(unit.state())
    threads = {k: v for k, v in unit.properties.items() if k.endswith("num.network.threads")}
    assert threads == {
        "listener.name.internal_sasl_ssl_scram_sha_512.num.network.threads": "1",
        "listener.name.controller_sasl_ssl_plain.num.network.threads": "1",
    }


def test_nothing_is_formatted_twice(unit: Unit) -> None:
    unit.look(unit.look(unit.state()))
    assert len(unit.formatted) == 1


def test_a_second_controller_reads_along_and_is_then_given_a_vote(
    unit: Unit, quorum: Quorum
) -> None:
    there = other("127.83.44.2", directory="there", votes="true")
    peers = unit.peers(
        {1: there}, **{"bootstrap-unit": "kafka/1", "cluster-uuid": "AAAAAAAAQACAAAAAAAAAAA"}
    )
    quorum.leader = 101
    state = unit.look(unit.state(peers, planned_units=2))
    (how,) = unit.formatted
    assert not how.is_first
    servers = unit.properties["controller.quorum.bootstrap.servers"]
    assert servers == "127.83.44.1:9098,127.83.44.2:9098"
    assert quorum.voters == {100: "directory-0"}
    assert state.unit_status == testing.ActiveStatus(
        "a quorum of 2 controllers stands no more losses than one of 1"
    )


def test_a_controller_waits_for_the_first_one(unit: Unit) -> None:
    peers = unit.peers({1: {"address": "127.83.44.2"}}, **{"bootstrap-unit": "kafka/1"})
    assert unit.status(unit.state(peers)) == "waiting waiting for bootstrap controller"


def test_the_first_one_may_be_gone(unit: Unit) -> None:
    state = unit.look(unit.state())
    peers = state.get_relation(1)
    peers.local_app_data["bootstrap-unit"] = "kafka/7"
    assert unit.status(state) == "active"


def test_brokers_alone_need_controllers(unit: Unit) -> None:
    wanted = "blocked application needs to be related with a KRaft controller"
    assert unit.status(unit.state(roles="broker")) == wanted
    silent = testing.Relation("peer-cluster-orchestrator", id=5)
    told = unit.look(unit.state(unit.peers(), silent, roles="broker"))
    assert told.unit_status == testing.WaitingStatus("waiting for peer-cluster TLS setup")
    assert told.get_relation(5).local_app_data == {}, "the other side has not said what it is"


def test_brokers_tell_controllers_which_cluster_it_is(unit: Unit) -> None:
    asked = testing.Relation(
        "peer-cluster-orchestrator", id=5, remote_app_data={"roles": "controller"}
    )
    state = unit.look(unit.state(unit.peers(), asked, roles="broker", planned_units=3))
    told = state.get_relation(5).local_app_data
    assert told["roles"] == "broker"
    assert json.loads(told["broker-ca"]) == [CA]
    assert told["brokers"] == "3"
    assert told["cluster-uuid"] == state.get_relation(1).local_app_data["cluster-uuid"]
    content = state.get_secret(id=told["secret-broker"]).latest_content
    assert content == {"broker-username": "replication", "broker-password": "r" * 32}


def test_brokers_start_with_the_controllers_of_another_application(unit: Unit) -> None:
    relations = (unit.peers(), controllers())
    state = unit.look(
        unit.state(*relations, roles="broker", secrets=[*unit.secrets, OF_CONTROLLERS])
    )
    assert state.unit_status == testing.ActiveStatus()
    told = unit.properties
    assert told["process.roles"] == "broker"
    assert told["controller.quorum.bootstrap.servers"] == "127.83.44.9:9098"
    assert "CONTROLLER" not in told["listeners"]
    (how,) = unit.formatted
    assert (how.is_controller, how.is_first) == (False, False)
    assert state.get_relation(1).local_app_data["quorum"] == "directory-of-theirs"


def test_brokers_that_lose_their_controllers_serve_again_with_the_same(unit: Unit) -> None:
    more = unit.as_broker
    state = unit.look(unit.state(unit.peers(), controllers(), **more))
    state = unit.look(unit.state(state.get_relation(1), **more))
    assert state.unit_status.name == "blocked"
    peers = state.get_relation(1)
    assert unit.status(unit.state(peers, controllers(number=6), **more)) == "active"
    wanted = "blocked these brokers belong to other controllers"
    for others in ("directory-of-others", ""):
        found = unit.status(unit.state(peers, controllers(number=7, quorum=others), **more))
        assert found.startswith(wanted), "their metadata knows nothing of these messages"
    assert len(unit.formatted) == 1


def test_who_watches_a_broker_asks_what_is_left_to_its_controllers(unit: Unit) -> None:
    relations = (unit.peers(), controllers())
    unit.look(unit.state(*relations, roles="broker", secrets=[*unit.secrets, OF_CONTROLLERS]))
    asked = (unit.root / "kafka-watcher.service").read_text()
    assert "/member_probe.py" in asked
    login = unit.folder / "conf" / "broker.login"
    assert f"--login {login}" in asked
    assert login.read_text() == "replication\n" + "r" * 32 + "\n", "who is there from the first"


def test_who_watches_a_node_of_both_roles_asks_both(unit: Unit) -> None:
    unit.look(unit.state(unit.peers()))
    asked = (unit.root / "kafka-watcher.service").read_text()
    assert "/node_probe.py" in asked
    assert f"--login {unit.folder / 'conf' / 'broker.login'}" in asked
    assert "--port 19093" in asked, "whose port opens last, and costs nothing until then"


def test_a_broker_that_knows_too_few_controllers_is_restarted(unit: Unit) -> None:
    secrets = [*unit.secrets, OF_CONTROLLERS]
    state = unit.look(unit.state(unit.peers(), controllers(), roles="broker", secrets=secrets))
    restarts = unit.machine.calls.count("restart kafka.service")
    three = ",".join(f"127.83.44.{number}:9098" for number in (9, 8, 7))
    peers = state.get_relation(1)
    told = controllers(controllers=three)
    state = unit.look(unit.state(peers, told, roles="broker", secrets=secrets))
    assert unit.machine.calls.count("restart kafka.service") == restarts + 1, "one of three"
    told = controllers(controllers=f"{three},127.83.44.6:9098,127.83.44.5:9098")
    unit.look(unit.state(peers, told, roles="broker", secrets=secrets))
    assert unit.machine.calls.count("restart kafka.service") == restarts + 1, "three of five do"


def test_controllers_alone_need_brokers_and_say_who_they_are(unit: Unit) -> None:
    wanted = "blocked missing required peer-cluster relation"
    assert unit.status(unit.state(roles="controller")) == wanted
    silent = testing.Relation("peer-cluster", id=5)
    told = unit.look(unit.state(unit.peers(), silent, roles="controller"))
    assert told.get_relation(5).local_app_data["roles"] == "controller"


def test_controllers_take_cluster_and_first_users_from_the_brokers(
    unit: Unit, quorum: Quorum
) -> None:
    quorum.leader = 0
    relations = (unit.peers(), brokers())
    state = unit.look(
        unit.state(*relations, roles="controller", secrets=[*unit.secrets, OF_BROKERS])
    )
    assert state.unit_status == testing.ActiveStatus()
    told = unit.properties
    assert (told["process.roles"], told["node.id"]) == ("controller", "0")
    assert told["default.replication.factor"] == "3", "of as many brokers as there will be"
    (how,) = unit.formatted
    assert how.cluster_id == "AAAAAAAAQACAAAAAAAAAAA"
    assert how.first_users == {"replication": "r" * 32, "replication-spare": "r" * 32}
    answer = state.get_relation(5).local_app_data
    assert answer["bootstrap-controller"] == "127.83.44.1:9098"
    assert answer["bootstrap-replica-id"] == "directory-0"
    assert answer["quorum"] == "directory-0"
    content = state.get_secret(id=answer["secret-controller"]).latest_content
    assert content == {"controller-password": "c" * 32}


def test_controllers_that_lose_their_brokers_serve_again_with_the_same(
    unit: Unit, quorum: Quorum
) -> None:
    quorum.leader = 0
    more = unit.as_controller
    state = unit.look(unit.state(unit.peers(), brokers(), **more))
    state = unit.look(unit.state(state.get_relation(1), **more))
    assert state.unit_status.name == "blocked"
    peers = state.get_relation(1)
    assert unit.status(unit.state(peers, brokers(number=6), **more)) == "active"
    others = brokers(number=7, **{"cluster-uuid": "BBBBBBBBQACAAAAAAAAAAA"})
    found = unit.status(unit.state(peers, others, **more))
    assert found.startswith("blocked these controllers belong to other brokers")
    assert len(unit.formatted) == 1


def test_roles_stay_what_they_were(unit: Unit) -> None:
    state = unit.look(unit.state())
    state = unit.look(unit.state(state.get_relation(1), roles="broker"))
    assert state.unit_status == testing.BlockedStatus(
        "roles cannot be changed from broker,controller to broker"
    )


def test_a_node_whose_broker_alone_fails_does_not_blame_the_controllers(unit: Unit) -> None:
    state = unit.look(unit.state())
    unit.answers = None
    state = unit.look(state)
    assert state.unit_status == testing.BlockedStatus("service not running")


def test_a_folder_that_the_broker_cannot_use_is_named(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = unit.look(unit.state())
    unit.answers = None
    monkeypatch.setattr("kafkastack_charms.kafka.brokers.answers", lambda *_, **__: "/a, /b")
    state = unit.look(state)
    told = "/a, /b cannot be used: the server's log says why"
    assert state.unit_status == testing.BlockedStatus(told)


def test_who_is_left_without_the_others_says_that_there_is_no_quorum(
    unit: Unit, quorum: Quorum
) -> None:
    state = unit.look(unit.state())
    unit.answers = unit.leads = None
    state = unit.look(state)
    assert state.unit_status == testing.BlockedStatus("controllers have no quorum")
    quorum.answers = False
    state = unit.look(state)
    assert state.unit_status == testing.BlockedStatus("service not running")


def test_a_controller_without_a_broker_that_hangs_is_not_asked_again(
    unit: Unit, quorum: Quorum
) -> None:
    """Each question that nobody answers is a second and a half in which nobody is told."""
    quorum.leader = 0
    more = unit.as_controller
    state = unit.look(unit.state(unit.peers(), brokers(), **more))
    unit.answers, quorum.answers = None, False
    state = unit.look(unit.state(state.get_relation(1), state.get_relation(5), **more))
    assert state.unit_status == testing.BlockedStatus("service not running")
    assert unit.asked_again == 0


def test_a_broker_starts_once_with_the_certificate_that_is_on_its_way(unit: Unit) -> None:
    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers(), authority)
    assert unit.status(state) == "waiting unit waiting for signed certificates"
    assert unit.formatted == []


def test_a_server_is_first_started_when_all_relations_are_known(unit: Unit) -> None:
    state = unit.state()
    created = unit.context.on.relation_created(state.get_relation(1))
    state = unit.context.run(created, state)
    assert unit.formatted == []
    unit.look(state)
    assert len(unit.formatted) == 1


def test_as_many_replicas_are_needed_as_the_units_allow(unit: Unit, quorum: Quorum) -> None:
    """Kafka 4 has it with the metadata since the first start: files do not change it."""
    state = unit.look(unit.state())
    assert quorum.defaults == {}, "the metadata begin with it"
    peers = state.get_relation(1)
    there = {n: other(f"127.83.44.{n + 1}", directory=f"d{n}", votes="true") for n in (1, 2)}
    grown = testing.PeerRelation(
        "cluster",
        id=1,
        local_app_data=peers.local_app_data,
        local_unit_data=peers.local_unit_data,
        peers_data=there,
    )
    state = unit.state(grown, planned_units=3)
    for _ in range(3):
        state = unit.look(state)
    assert quorum.defaults == {"min.insync.replicas": "2"}


def rolled(unit: Unit, state: testing.State, *relations: Any, **more: Any) -> int:
    """Ask for a restart where it is this unit's turn; return how many there have been."""
    peers = state.get_relation(1)
    there = testing.PeerRelation(
        "cluster",
        id=1,
        local_app_data=peers.local_app_data,
        local_unit_data=peers.local_unit_data,
        peers_data={1: other("127.83.44.2", directory="d1", votes="true")},
    )
    for _ in range(4):
        there = unit.look(
            unit.state(there, *relations, config={"log-level": "DEBUG"}, **more)
        ).get_relation(1)
    return unit.machine.calls.count("restart kafka.service")


def test_brokers_wait_for_controllers_that_restart(unit: Unit) -> None:
    more = unit.as_broker
    state = unit.look(unit.state(unit.peers(), controllers(), **more))
    assert rolled(unit, state, controllers(turn="controllers/1 x"), **more) == 1
    assert rolled(unit, state, controllers(), **more) == 2


def test_controllers_wait_for_a_broker_that_restarts(unit: Unit, quorum: Quorum) -> None:
    quorum.leader = 0
    more = unit.as_controller
    state = unit.look(unit.state(unit.peers(), brokers(), **more))
    assert rolled(unit, state, brokers(**{"is-down": "true"}), **more) == 1
    assert rolled(unit, state, brokers(), **more) == 2


@pytest.mark.parametrize("option", ["certificate-extra-sans", "extra-listeners"])
def test_a_name_that_no_certificate_can_carry_blocks_and_breaks_no_hook(
    unit: Unit, option: str
) -> None:
    authority = testing.Relation("certificates", id=2)
    config = {"roles": "broker,controller", option: "b\u00fccher.example"}
    state = unit.look(unit.state(unit.peers(), authority, config=config))
    assert state.unit_status.name == "blocked"
    assert state.unit_status.message.endswith("not b\u00fccher.example")


def test_a_broker_that_does_not_serve_waits_for_no_controllers(unit: Unit) -> None:
    more = unit.as_broker
    state = unit.look(unit.state(unit.peers(), controllers(), **more))
    unit.answers = None
    assert rolled(unit, state, controllers(turn="controllers/1 x"), **more) == 2


def test_controllers_of_whom_one_does_not_serve_wait_for_no_broker(
    unit: Unit, quorum: Quorum
) -> None:
    quorum.leader = 0
    more = unit.as_controller
    state = unit.look(unit.state(unit.peers(), brokers(), **more))
    unit.answers = None
    assert rolled(unit, state, brokers(**{"is-down": "true"}), **more) == 2


def test_programs_are_told_of_no_unit_whose_address_is_not_known(unit: Unit) -> None:
    unit.look(unit.state(unit.peers({1: {}, 2: other("127.83.44.3")})))
    text = (unit.folder / "conf" / "client.properties").read_text()
    assert "bootstrap.servers=127.83.44.1:19093,127.83.44.3:19093\n" in text
