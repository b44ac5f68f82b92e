"""Databags of kafka_client, to the letter, in both of its versions."""

import json
import re
from typing import Any

import pytest
from kafkastack_charms.credentials import derive_password
from kafkastack_charms.kafka import provider as wire
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.tracks import unit, with_zookeeper, without_zookeeper
from tests.charms.kafka.unit import ASKED, CREDENTIALS, ZOOKEEPER_URIS, Unit, client, zookeeper

__all__ = ["unit"]

KEY = CREDENTIALS["users-key"]


@pytest.fixture
def serving(unit: Unit, listening: None) -> testing.State:
    """A broker that works and has no client yet."""
    return unit.look(unit.look(unit.state()))


def relate(unit: Unit, state: testing.State, *relations: testing.Relation) -> testing.State:
    """Integrate with applications and let every hook run that follows."""
    kept = [r for r in state.relations if r.endpoint != "kafka-client"]
    related = unit.state(*kept, *relations, secrets=state.secrets)
    for _ in range(2):
        related = unit.look(related)
    return related


def told(state: testing.State, relation_id: int = 8) -> dict[str, str]:
    return dict(state.get_relation(relation_id).local_app_data)


def secret(state: testing.State, group: str, relation_id: int = 8) -> testing.Secret:
    return state.get_secret(label=f"kafka-client.{relation_id}.{group}.secret")


def content(state: testing.State, group: str) -> dict[str, str]:
    return secret(state, group).latest_content or {}


# -- version v0


@with_zookeeper
def test_a_requirer_of_v0_is_told_everything(unit: Unit, serving: testing.State) -> None:
    state = relate(unit, serving, client())
    user, tls = secret(state, "user"), secret(state, "tls")
    assert told(state) == {
        "data": json.dumps(ASKED),
        "endpoints": f"{unit.address}:9092",
        "topic": "test-topic",
        "zookeeper-uris": ZOOKEEPER_URIS,
        "consumer-group-prefix": "relation-8-",
        "secret-user": user.id,
        "secret-tls": tls.id,
    }
    assert content(state, "user") == {
        "username": "relation-8",
        "password": derive_password(KEY, "relation-8"),
    }
    assert content(state, "tls") == {"tls": "disabled"}
    assert [dict(s.remote_grants) for s in (user, tls)] == [{8: {"data-integrator"}}] * 2
    assert (user.owner, tls.owner) == ("app", "app")


@with_zookeeper
def test_a_requirer_without_secrets_is_told_in_plain_fields(
    unit: Unit, serving: testing.State
) -> None:
    asked = {"topic": "t", "extra-user-roles": "producer"}
    assert told(relate(unit, serving, client(asked))) == {
        "data": json.dumps(asked),
        "endpoints": f"{unit.address}:9092",
        "topic": "t",
        "zookeeper-uris": ZOOKEEPER_URIS,
        "username": "relation-8",
        "password": derive_password(KEY, "relation-8"),
        "tls": "disabled",
    }


@without_zookeeper
def test_kafka_4_answers_a_requirer_of_v0_in_the_words_of_its_own_library(
    unit: Unit, serving: testing.State
) -> None:
    state = relate(unit, serving, client())
    user, tls, answer = secret(state, "user"), secret(state, "tls"), told(state)
    salt = answer["salt"]
    assert re.fullmatch("[0-9a-zA-Z]{16}", salt)
    assert answer == {
        "data": answer["data"],
        "endpoints": f"{unit.address}:9092",
        "topic": "test-topic",
        "resource": "test-topic",
        "salt": salt,
        "version": "v0",
        "consumer-group-prefix": "relation-8-",
        "tls": "disabled",
        "secret-user": user.id,
        "secret-tls": tls.id,
    }
    assert json.loads(answer["data"]) == {
        "resource": "test-topic",
        "salt": salt,
        "extra-user-roles": "producer,consumer",
        "requested-secrets": json.loads(ASKED["requested-secrets"]),
        "provided-secrets": ["mtls-cert"],
    }
    assert content(state, "tls") == {"tls": "disabled"}, "who looks only in the secret finds it"
    assert told(unit.look(state)) == answer


@without_zookeeper
def test_kafka_4_tells_a_requirer_without_secrets_all_in_plain_fields(
    unit: Unit, serving: testing.State
) -> None:
    asked = {"topic": "t", "extra-user-roles": "producer"}
    answer = told(relate(unit, serving, client(asked)))
    salt = answer["salt"]
    assert answer == {
        "data": json.dumps({"resource": "t", "salt": salt, "extra-user-roles": "producer"}),
        "endpoints": f"{unit.address}:9092",
        "topic": "t",
        "resource": "t",
        "salt": salt,
        "version": "v0",
        "username": "relation-8",
        "password": derive_password(KEY, "relation-8"),
        "tls": "disabled",
    }


@without_zookeeper
def test_a_producer_of_v1_without_groups_gets_no_empty_secret(
    unit: Unit, serving: testing.State
) -> None:
    state = relate(unit, serving, asking(REQUEST | {"extra-user-roles": "producer"}))
    (entry,) = json.loads(told(state)["requests"])
    assert entry["secret-extra"] is None
    assert all(found.latest_content for found in state.secrets)


def test_nothing_is_written_before_a_topic_is_asked_for(
    unit: Unit, serving: testing.State
) -> None:
    asked = {"requested-secrets": ASKED["requested-secrets"]}
    assert told(relate(unit, serving, client(asked))) == {}


def test_nothing_is_told_while_the_broker_does_not_work(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    cluster.is_ready = False
    assert told(relate(unit, unit.look(unit.state()), client())) == {}
    assert cluster.clients == {}


def test_a_second_look_changes_nothing(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    before = relate(unit, serving, client())
    cluster.logins.clear()
    after = unit.look(before)
    assert told(after) == told(before)
    assert cluster.logins == []


def test_a_given_group_prefix_is_used(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, client(ASKED | {"consumer-group-prefix": "cg"}))
    assert told(state)["consumer-group-prefix"] == "cg"
    groups = {(rule.name, rule.pattern) for rule in cluster.rules if rule.resource == "GROUP"}
    assert groups == {("cg", "PREFIXED")}


@pytest.mark.parametrize("topic", ["*", "a*", "ab*", "*bc", "a*c"])
def test_a_prefix_that_is_too_wide_is_not_given(
    unit: Unit, cluster: Cluster, serving: testing.State, topic: str
) -> None:
    state = relate(unit, serving, client(ASKED | {"topic": topic}))
    assert list(told(state)) == ["status"]
    assert cluster.clients == {}


def test_the_user_may_do_what_was_asked_for(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    relate(unit, serving, client())
    assert cluster.clients == {"relation-8": derive_password(KEY, "relation-8")}
    operations = {rule.operation for rule in cluster.rules if rule.resource == "TOPIC"}
    assert operations == {"CREATE", "WRITE", "READ", "DESCRIBE"}


def test_a_broken_relation_takes_its_user_and_its_secrets(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, client())
    broken = unit.run(unit.context.on.relation_broken(state.get_relation(8)), state)
    relate(unit, broken)
    assert cluster.clients == {}
    assert cluster.rules == set()
    assert not [s for s in broken.secrets if (s.label or "").startswith("kafka-client.8.")]


@with_zookeeper
def test_a_client_that_left_while_zookeeper_was_away_is_forgotten_in_it(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, client())
    state = unit.run(unit.context.on.relation_broken(state.get_relation(7)), state)
    state = unit.run(unit.context.on.relation_broken(state.get_relation(8)), state)
    kept = [relation for relation in state.relations if relation.endpoint == "cluster"]
    state = unit.look(unit.state(*kept, secrets=state.secrets))
    relate(unit, unit.state(*state.relations, zookeeper(), secrets=state.secrets))
    assert (cluster.clients, cluster.rules) == ({}, set())


@with_zookeeper
def test_another_zookeeper_gets_the_users_of_the_clients_that_stayed(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, client())
    state = unit.run(unit.context.on.relation_broken(state.get_relation(7)), state)
    cluster.users.clear()
    cluster.rules.clear()
    relate(unit, state, client())
    assert list(cluster.clients) == ["relation-8"]
    assert cluster.rules


def test_a_topic_that_changes_takes_the_old_rules_along(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, client())
    relate(unit, state, client(ASKED | {"topic": "other"}))
    assert {rule.name for rule in cluster.rules if rule.resource == "TOPIC"} == {"other"}


def test_a_follower_writes_nothing(unit: Unit, cluster: Cluster, serving: testing.State) -> None:
    kept = [relation for relation in serving.relations if relation.endpoint != "kafka-client"]
    state = unit.state(*kept, client(), leader=False, secrets=serving.secrets)
    assert told(unit.look(unit.look(state))) == {}
    assert cluster.clients == {}


# -- version v1

REQUEST: dict[str, Any] = {
    "resource": "test-topic",
    "request-id": "0123456789abcdef",
    "salt": "abcdefghijklmnop",
    "extra-user-roles": "producer,consumer",
    "extra-group-roles": None,
    "external-node-connectivity": False,
    "entity-type": None,
    "entity-permissions": None,
    "secret-mtls": None,
    "consumer-group-prefix": None,
}
SECOND = REQUEST | {"resource": "logs-*", "request-id": "fedcba9876543210", "salt": "other"}


def asking(*requests: dict[str, Any]) -> testing.Relation:
    return client({"version": "v1", "requests": json.dumps(requests)})


def test_a_requirer_of_v1_is_answered_request_by_request(
    unit: Unit, serving: testing.State
) -> None:
    state = relate(unit, serving, asking(REQUEST))
    answer, group = told(state), REQUEST["request-id"]
    assert answer["version"] == "v1"
    assert list(json.loads(answer["data"])) == [group]
    assert json.loads(answer["requests"]) == [
        {
            "resource": "test-topic",
            "request-id": group,
            "salt": "abcdefghijklmnop",
            "endpoints": f"{unit.address}:9092",
            "read-only-endpoints": None,
            "secret-user": secret(state, f"{group}.user").id,
            "secret-tls": secret(state, f"{group}.tls").id,
            "secret-extra": secret(state, f"{group}.extra").id,
            "secret-entity": None,
            "version": "v1",
        }
    ]
    user = f"relation-8-{group}"
    assert content(state, f"{group}.user") == {
        "username": user,
        "password": derive_password(KEY, user),
    }
    assert content(state, f"{group}.tls") == {"tls": "false"}
    uris = {"zookeeper-uris": unit.zookeeper_uris} if unit.zookeeper_uris else {}
    assert content(state, f"{group}.extra") == {"consumer-group-prefix": f"{user}-", **uris}


def test_each_request_has_a_user_of_its_own(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, asking(REQUEST, SECOND))
    assert sorted(cluster.clients) == [
        "relation-8-0123456789abcdef",
        "relation-8-fedcba9876543210",
    ]
    prefixed = {rule.name for rule in cluster.rules if rule.pattern == "PREFIXED"}
    assert "logs-" in prefixed
    assert len(json.loads(told(state)["requests"])) == 2
    state = relate(unit, state, asking(SECOND))
    assert sorted(cluster.clients) == ["relation-8-fedcba9876543210"]


def test_nothing_is_written_before_v1_requests(unit: Unit, serving: testing.State) -> None:
    assert told(relate(unit, serving, client({"version": "v1"}))) == {}


def test_the_secrets_of_v1_go_with_their_relation(unit: Unit, serving: testing.State) -> None:
    def labels(state: testing.State) -> list[str]:
        labels = [secret.label or "" for secret in state.secrets]
        return [label for label in labels if label.startswith("kafka-client.8.")]

    state = relate(unit, serving, asking(REQUEST, SECOND))
    assert len(labels(state)) == 6, "a user, TLS and what is beside them, for each request"
    broken = unit.run(unit.context.on.relation_broken(state.get_relation(8)), state)
    assert labels(broken) == []


# -- both


def test_encrypted_clients_are_told_the_authority() -> None:
    offer = wire.Offer("127.0.0.1:9093", ZOOKEEPER_URIS, encrypted=True, ca="PEM")
    (old,) = wire.read_requests(8, ASKED).requests
    assert wire.answer_v0(old, offer, "word").secrets["tls"] == {"tls": "enabled", "tls-ca": "PEM"}
    bag = {"version": "v1", "requests": json.dumps([REQUEST])}
    (new,) = wire.read_requests(8, bag).requests
    answer = wire.answer_v1([new], offer, {new.user: "word"})
    assert answer.secrets[f"{REQUEST['request-id']}.tls"] == {"tls": "true", "tls-ca": "PEM"}


def test_all_units_with_an_open_listener_are_told(unit: Unit, serving: testing.State) -> None:
    other = {"address": "127.83.9.2", "client": "127.83.9.2", "client-port": "9092"}
    silent = {"address": "127.83.9.3", "client": "127.83.9.3"}
    mine = serving.get_relation(1)
    peers = testing.PeerRelation(
        "cluster",
        id=1,
        local_app_data=mine.local_app_data,
        local_unit_data=mine.local_unit_data,
        peers_data={1: other, 2: silent},
    )
    state = unit.state(peers, *unit.metadata(), secrets=serving.secrets, planned_units=3)
    kept = relate(unit, state, client())
    assert told(kept)["endpoints"] == f"{unit.address}:9092,127.83.9.2:9092"
