"""Refusal of one client whose request is unreadable or not allowed; the others go on."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafkastack_charms.kafka import provider as wire
from kafkastack_charms.kafka import topics
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.test_wire import REQUEST, relate, serving, told
from tests.charms.kafka.tracks import unit, with_zookeeper
from tests.charms.kafka.unit import ASKED, PEM, Unit, client, zookeeper

__all__ = ["serving", "unit"]

GOOD = "relation-8"
JSON = [
    "not json",
    "5",
    "null",
    "[null]",
    "[[1, 2]]",
    '{"a": 1}',
    "[" * 100_000,
    "[" * 900 + "]" * 900,
]


def other(asked: dict[str, str]) -> testing.Relation:
    """Return a second client."""
    return client(asked, id=9, remote_app_name="bad-app")


def entries(*changed: dict[str, Any]) -> dict[str, str]:
    requests = [{**REQUEST, "request-id": f"request-{n}", **c} for n, c in enumerate(changed)]
    return {"version": "v1", "requests": json.dumps(requests)}


def refusal(state: testing.State) -> str:
    (status,) = json.loads(told(state, 9)["status"])
    return status["message"]


def assert_refused_alone(state: testing.State, cluster: Cluster, reason: str) -> None:
    assert state.unit_status.name == "active"
    assert f"refused: relation 9 (bad-app): {reason}" in state.unit_status.message
    assert refusal(state).startswith(reason)
    assert list(told(state, 9)) == ["status"]
    assert list(cluster.clients) == [GOOD]
    assert {rule.user for rule in cluster.rules} == {GOOD}
    assert "secret-user" in told(state)


def refused(bag: dict[str, str]) -> str:
    """Return why an application that asks for this gets nothing."""
    asked = wire.read_requests(9, bag)
    assert asked.requests == ()
    (reason,) = asked.refused
    return reason


# -- form


@pytest.mark.parametrize("text", JSON)
def test_what_is_no_json_of_the_interface(text: str) -> None:
    assert refused({"version": "v1", "requests": text}).startswith("requests")
    assert refused(ASKED | {"requested-secrets": text}).startswith("requested-secrets")
    assert refused(ASKED | {"provided-secrets": text}).startswith("provided-secrets")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"version": "v1", "requests": "not json"}, "requests is not JSON"),
        (ASKED | {"requested-secrets": "[[1, 2]]"}, "requested-secrets[0] is not a text"),
        (ASKED | {"topic": ".."}, "Kafka takes no topic '..'"),
        (ASKED | {"secret-mtls": "secret:abc"}, "mtls-cert: clients log in by password"),
        (ASKED | {"entity-type": "GROUP"}, "entity-type 'GROUP': Kafka knows users"),
    ],
)
def test_one_client_is_refused_and_the_other_goes_on(
    unit: Unit, cluster: Cluster, serving: testing.State, asked: dict[str, str], reason: str
) -> None:
    assert_refused_alone(relate(unit, serving, client(), other(asked)), cluster, reason)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"resource": 5}, "requests[0].resource is not a text"),
        ({"resource": ["t"]}, "requests[0].resource is not a text"),
        ({"resource": None}, "request request-0 names no topic"),
        ({"extra-user-roles": ["producer"]}, "requests[0].extra-user-roles is not a text"),
        ({"consumer-group-prefix": 1}, "requests[0].consumer-group-prefix is not a text"),
        ({"entity-permissions": "all"}, "requests[0].entity-permissions is not a list"),
        ({"entity-type": "GROUP"}, "entity-type 'GROUP': Kafka knows users, and nothing else"),
        ({"extra-group-roles": "consumer"}, "extra-group-roles: Kafka knows users, and no groups"),
        ({"secret-mtls": "secret:abc"}, "mtls-cert: clients log in by password"),
        ({"secret-requested-entity": "secret:abc"}, "entity-name: a user is named after its"),
        ({"requested-entity-secret": "secret:abc"}, "entity-name: a user is named after its"),
        ({"request-id": None}, "request-id '' is none"),
        ({"request-id": "a\n"}, "requests[0].request-id has control characters"),
        ({"request-id": "x" * 65}, "request-id 'xxxx"),
        ({"resource": "t\udc80"}, "requests[0].resource has control characters"),
    ],
)
def test_an_entry_that_breaks_the_form(entry: dict[str, Any], reason: str) -> None:
    assert refused(entries(entry)).startswith(reason)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": "v7"}, "version 'v7' is neither v0 nor v1"),
        ({"provided-secrets": "{"}, "provided-secrets is not JSON"),
        ({"entity-permissions": "5"}, "entity-permissions is not a list"),
        ({"entity-type": "ROLE"}, "entity-type 'ROLE': Kafka knows users, and nothing else"),
        ({"mtls-cert": PEM}, "mtls-cert: clients log in by password, none by certificate"),
        (
            {"secret-mtls": "secret:abc"},
            "mtls-cert: clients log in by password, none by certificate",
        ),
        ({"topic": "a\nb"}, "topic has control characters"),
        ({"topic": "x" * 2**17}, "more than 131072 characters of JSON"),
        ({"junk": "😀" * 11_000}, "more than 131072 characters of JSON"),
        ({"requests": "not json"}, "requests is not JSON"),
    ],
)
def test_a_flat_databag_that_breaks_the_form(changed: dict[str, str], reason: str) -> None:
    assert refused(ASKED | changed) == reason


def test_a_user_is_what_every_client_gets() -> None:
    assert wire.read_requests(9, ASKED | {"entity-type": "USER"}).requests


def test_one_request_of_a_client_is_refused_and_its_others_are_granted(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(
        unit, serving, other(entries({}, {"resource": ".."}, {"request-id": "request-0"}))
    )
    assert list(cluster.clients) == ["relation-9-request-0"]
    assert [entry["request-id"] for entry in json.loads(told(state, 9)["requests"])] == [
        "request-0"
    ]
    assert refusal(state) == "Kafka takes no topic '..'; request-id request-0 is there twice"


# -- names


@pytest.mark.parametrize(
    "topic", [".", "..", "a b", "x" * 250, "x" * 249 + "*", "tópico", "a/b", "ab**"]
)
def test_a_topic_that_kafka_would_not_take(topic: str) -> None:
    assert refused(ASKED | {"topic": topic}).startswith("Kafka takes no topic")


@pytest.mark.parametrize(
    "topic",
    [
        *("__consumer_offsets", "__transaction_state", "__share_group_state"),
        *("__cluster_metadata", "__remote_log_metadata", "__canary"),
        *("__consumer*", "__c*", "__canary*", "__tr*", "__share_group_stat*"),
    ],
)
@pytest.mark.parametrize("roles", ["consumer", "producer", "producer,consumer", ""])
def test_a_reserved_topic_is_the_administrators(topic: str, roles: str) -> None:
    asked = ASKED | {"topic": topic, "extra-user-roles": roles}
    assert refused(asked).startswith(f"topic {topic} is reserved: __")
    assert wire.read_requests(9, asked | {"extra-user-roles": "admin"}).requests


def test_a_topic_that_only_looks_reserved_is_given() -> None:
    assert wire.read_requests(9, ASKED | {"topic": "__consumer_offsets_of_mine"}).requests


@pytest.mark.parametrize(
    "prefix",
    [
        *("*", "**", " ", "r", "relation", "relation-", "relation-*", "relation-8", "relation-8-"),
        *("relation-9", "relation-9*", "relation-80-x", "relation-1", "relation-123456789-a-"),
    ],
)
def test_a_group_prefix_that_covers_others(prefix: str) -> None:
    assert refused(ASKED | {"consumer-group-prefix": prefix}).startswith("consumer-group-prefix")


def test_an_empty_group_prefix_is_refused_and_none_is_not() -> None:
    assert refused(entries({"consumer-group-prefix": ""})).endswith("'' is every group")
    (request,) = wire.read_requests(9, entries({"consumer-group-prefix": None})).requests
    assert request.group_prefix == "relation-9-request-0-"


@pytest.mark.parametrize(
    "prefix", ["relation-9-", "relation-9-mine*", "relation-of-mine", "cg", "rel."]
)
def test_a_group_prefix_of_ones_own_is_given(prefix: str) -> None:
    (request,) = wire.read_requests(9, ASKED | {"consumer-group-prefix": prefix}).requests
    groups = {rule.name for rule in request.rules if rule.resource == "GROUP"}
    assert groups == {prefix.rstrip("*")}


def test_two_applications_share_a_group_prefix_that_both_ask_for(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    shared = ASKED | {"consumer-group-prefix": "cg-"}
    relate(unit, serving, client(shared), other(shared))
    groups = {(rule.user, rule.name) for rule in cluster.rules if rule.resource == "GROUP"}
    assert groups == {("relation-8", "cg-"), ("relation-9", "cg-")}


@pytest.mark.parametrize(
    "roles", ["superman", "admin,superman", "superman, consumer", "Admin", "*"]
)
def test_an_unknown_role_is_named_and_nothing_is_given_for_it(roles: str) -> None:
    reason = refused(ASKED | {"extra-user-roles": roles})
    assert reason.startswith("extra-user-roles '")
    assert reason.endswith("none of admin, consumer, producer")


@pytest.mark.parametrize("prefix", [" ", "**", "x" * 250, "x" * 250 + "*"])
def test_a_group_prefix_that_kafka_would_not_take_is_nobodys(prefix: str) -> None:
    asked = {"consumer-group-prefix": prefix, "extra-user-roles": "admin"}
    assert refused(entries(asked)).startswith("consumer-group-prefix")


def test_an_administrator_may_name_every_group() -> None:
    asked = {"extra-user-roles": "admin"}
    for prefix in ("*", "relation-8-", ""):
        bag = ASKED | asked | {"consumer-group-prefix": prefix}
        assert wire.read_requests(9, bag).requests


# -- amounts


def test_a_refusal_is_short_however_many_roles_are_unknown() -> None:
    roles = ",".join(f"role-{number}" for number in range(10_000))
    assert len(refused(ASKED | {"extra-user-roles": roles})) < 200


def test_an_answer_of_before_that_is_long_keeps_its_secrets(
    unit: Unit, serving: testing.State
) -> None:
    state = relate(unit, serving, client())
    before = state.get_relation(8)
    long = replace(
        before,
        local_app_data={**before.local_app_data, "data": "x" * 2**22},
        remote_app_data=ASKED | {"topic": "other"},
    )
    kept = [relation for relation in state.relations if relation.id != 8]
    after = unit.look(replace(state, relations=[*kept, long]))
    assert told(after)["secret-user"] == before.local_app_data["secret-user"]


def many(count: int) -> testing.Relation:
    return other(entries(*[{"resource": f"topic-{number}"} for number in range(count)]))


def test_a_thousand_requests_of_one_client_delay_nobody(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, many(1000), client())
    assert GOOD in cluster.clients
    assert len(cluster.clients) == 1 + wire.MAX_REQUESTS
    assert cluster.batches == [1, wire.MAX_REQUESTS], "who asks for little comes first"
    assert refusal(state) == "975 of 1000 requests: a relation has 25 at most"
    assert "relation 9 (bad-app): 975 of 1000" in state.unit_status.message
    assert len(json.loads(told(state, 9)["requests"])) == wire.MAX_REQUESTS


def test_requests_have_as_much_room_as_their_answer_has_to_repeat_them() -> None:
    long = {"junk": "😀" * 3000}  # 36 kB as JSON
    asked = wire.read_requests(9, entries(*[long] * 5, {}))
    assert [one.request_id for one in asked.requests] == [f"request-{n}" for n in (0, 1, 2, 5)]
    assert asked.refused == ("2 of 6 requests: more than 131072 characters of JSON",)


def test_what_was_granted_stays_when_more_is_asked_for(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, many(2))
    more = entries(*[{"resource": f"new-{number}"} for number in range(98)], {}, {})
    asked = json.loads(more["requests"])
    for number, entry in enumerate(reversed(asked[-2:])):
        entry |= {"request-id": f"request-{number}", "resource": f"topic-{number}"}
    for number, entry in enumerate(asked[:-2]):
        entry["request-id"] = f"new-{number}"
    relate(unit, state, other({**more, "requests": json.dumps(asked)}))
    assert {"relation-9-request-0", "relation-9-request-1"} <= cluster.clients.keys()
    assert len(cluster.clients) == wire.MAX_REQUESTS


def test_taking_back_is_one_question_and_leaves_no_secret(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, many(wire.MAX_REQUESTS))
    cluster.batches.clear()
    asked = replace(state.get_relation(9), remote_app_data=entries({"resource": "topic-0"}))
    kept = [r for r in state.relations if r.id != 9]
    state = unit.look(replace(state, relations=[*kept, asked]))
    assert list(cluster.clients) == ["relation-9-request-0"]
    assert cluster.batches == [wire.MAX_REQUESTS - 1]
    labels = [s.label for s in state.secrets if (s.label or "").startswith("kafka-client.9.")]
    assert len(labels) == 3


def test_a_client_that_breaks_the_form_later_loses_what_it_had(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = relate(unit, serving, client(), other(ASKED))
    assert len(cluster.clients) == 2
    asked = replace(state.get_relation(9), remote_app_data=ASKED | {"requested-secrets": "5"})
    kept = [r for r in state.relations if r.id != 9]
    state = unit.look(replace(state, relations=[*kept, asked]))
    assert_refused_alone(state, cluster, "requested-secrets")
    assert not [s for s in state.secrets if (s.label or "").startswith("kafka-client.9.")]
    good = replace(state.get_relation(9), remote_app_data=ASKED)
    kept = [r for r in state.relations if r.id != 9]
    state = unit.look(replace(state, relations=[*kept, good]))
    assert "status" not in told(state, 9)
    assert state.unit_status == testing.ActiveStatus()


def test_what_the_brokers_refuse_to_one_is_given_to_the_others(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    cluster.refused.add("relation-9")
    state = relate(unit, serving, client(), other(ASKED | {"topic": "other"}))
    assert_refused_alone(state, cluster, "the brokers refuse it")
    assert not (unit.root / ".unfinished").exists()


# -- peers


@pytest.mark.parametrize(
    "data",
    [
        {"client-port": "many"},
        {"client-port": "9" * 5000},
        {"client": "a\nb", "client-port": "9092"},
        {"certificate": "perhaps"},
    ],
)
def test_a_peer_whose_databag_cannot_be_read_counts_as_silent(
    unit: Unit, serving: testing.State, data: dict[str, str]
) -> None:
    mine = serving.get_relation(1)
    peers = testing.PeerRelation(
        "cluster",
        id=1,
        local_app_data=mine.local_app_data,
        local_unit_data=mine.local_unit_data,
        peers_data={1: data},
    )
    state = unit.state(peers, *unit.metadata(), secrets=serving.secrets, planned_units=2)
    state = unit.look(state)
    assert state.unit_status.name == "active"
    assert "refused: unit kafka/1: " in state.unit_status.message


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("granted", "not json"),
        ("granted", '{"a": [1]}'),
        ("published", "[null]"),
        ("encrypt", "perhaps"),
        ("rotations", "[" * 100_000),
    ],
)
def test_a_record_of_our_own_that_cannot_be_read_is_not_replaced(
    unit: Unit, serving: testing.State, key: str, text: str
) -> None:
    assert_kept(unit, serving, key, text)


@with_zookeeper
def test_what_is_known_of_zookeeper_and_cannot_be_read_is_not_replaced(
    unit: Unit, serving: testing.State
) -> None:
    assert_kept(unit, serving, "zookeeper", '{"hosts": 5}')


def assert_kept(unit: Unit, serving: testing.State, key: str, text: str) -> None:
    peers = replace(
        serving.get_relation(1), local_app_data={"credentials": "secret:abc", key: text}
    )
    state = unit.look(unit.state(peers, *unit.metadata(), secrets=serving.secrets))
    assert state.unit_status.name == "blocked"
    assert "the peer databag cannot be read: " in state.unit_status.message
    assert key in state.unit_status.message
    assert state.get_relation(1).local_app_data[key] == text


# -- ZooKeeper


@with_zookeeper
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"endpoints": "a b:1"}, "endpoints is none"),
        ({"endpoints": "z:99999"}, "endpoints is none"),
        ({"endpoints": "z:21\nauthorizer=none"}, "endpoints has control characters"),
        ({"chroot": "kafka"}, "chroot is none"),
        ({"chroot": "/kafka x"}, "chroot is none"),
        ({"secret-user": "--help"}, "secret-user is no secret"),
        ({"secret-user": "secret:\x00"}, "secret-user has control characters"),
        ({"secret-user": "", "username": 'a"; evil', "password": "b"}, "username is none"),
        ({"secret-user": "", "username": "a", "password": 'x" y="'}, "password is none"),
        ({"tls": "x" * 2**22}, "more than 2097152 characters"),
    ],
)
def test_an_answer_of_zookeeper_that_cannot_be_used(
    unit: Unit, serving: testing.State, changed: dict[str, str], reason: str
) -> None:
    state = unit.state(serving.get_relation(1), zookeeper(**changed), secrets=serving.secrets)
    before = unit.read("conf/server.properties")
    state = unit.look(state)
    assert state.unit_status == testing.BlockedStatus(
        f"zookeeper's answer cannot be used: {reason}"
    )
    assert unit.read("conf/server.properties") == before


@with_zookeeper
def test_a_secret_of_zookeeper_may_hold_anything(unit: Unit, serving: testing.State) -> None:
    secrets = [s for s in serving.secrets if s.id != "secret:zk-user"]
    odd = testing.Secret({"username": "a\nb", "password": "x"}, id="secret:zk-user")
    state = unit.state(serving.get_relation(1), zookeeper(), secrets=[*secrets, odd])
    state = unit.look(state)
    assert state.unit_status == testing.BlockedStatus(
        "zookeeper's answer cannot be used: username has control characters"
    )


@with_zookeeper
@pytest.mark.parametrize("status", ["5", "ready", "[null]", "[{}]", "[" * 100_000])
def test_a_status_of_zookeeper_in_another_form_is_none(unit: Unit, status: str) -> None:
    state = unit.look(unit.state(unit.peers(), zookeeper(status=status)))
    assert state.unit_status.name == "waiting"
    assert "zookeeper" not in state.unit_status.message


@with_zookeeper
def test_what_zookeeper_refuses_is_shown(unit: Unit) -> None:
    status = json.dumps([{"code": 4000, "message": "database '/kafka' belongs to relation 5"}])
    refused = testing.Relation(
        "zookeeper", id=7, remote_app_name="zookeeper", remote_app_data={"status": status}
    )
    state = unit.look(unit.state(unit.peers(), refused))
    assert "database '/kafka' belongs to relation 5" in state.unit_status.message
    assert state.unit_status.name == "blocked"


# -- the authority


@pytest.mark.parametrize("text", ["not json", "[null]", "5", "[" * 100_000, f"[{'9' * 5000}]"])
def test_what_an_authority_writes_does_not_stop_the_unit(
    unit: Unit, serving: testing.State, text: str
) -> None:
    authority = testing.Relation(
        "certificates", id=2, remote_app_name="ca", remote_app_data={"certificates": text}
    )
    relations = serving.get_relation(1), *unit.metadata(encrypted=True), authority
    state = unit.state(*relations, secrets=serving.secrets)
    state = unit.run(unit.context.on.relation_changed(authority), state)
    assert "the CA's answer cannot be used: certificates" in state.unit_status.message
    assert state.get_relation(2).local_unit_data["certificate_signing_requests"]


# -- whatever is written

keys = st.sampled_from([*sorted(wire.Wish._fields), "data", "secret-mtls"])
texts = st.text() | st.sampled_from(["v1", "v0", "*", "__c*", "relation-", "admin", "superman"])
leaves = st.none() | st.booleans() | st.integers() | texts
rough = st.recursive(leaves, lambda x: st.lists(x) | st.dictionaries(keys, x), max_leaves=6)
requests = st.lists(st.dictionaries(keys.map(lambda k: k.replace("_", "-")), leaves), max_size=3)
bags = st.dictionaries(keys.map(lambda k: k.replace("_", "-")), texts | rough.map(json.dumps))


# What is asked for in good form: the rough ones are refused for theirs.
reserved = st.sampled_from([*topics.RESERVED, "__c*", "__tr*"])
free = st.sampled_from(["t", "logs-*"])
prefixes = st.sampled_from(["*", "r", "relation-", "relation-7-*", "relation-9-x", "cg-"])
fine_entries = st.fixed_dictionaries(
    {
        "resource": free | reserved | st.text(max_size=9),
        "extra-user-roles": st.sampled_from(["consumer", "producer,consumer", "producer"]),
    },
    optional={"consumer-group-prefix": prefixes | st.text(max_size=9)},
)
fine_bags = fine_entries.map(lambda entry: {**entry, "topic": entry["resource"]})


@settings(max_examples=300)
@given(bags | fine_bags, requests | st.lists(fine_entries, max_size=3))
def test_nothing_that_a_client_writes_raises_or_reaches_what_is_reserved(
    bag: dict[str, str], entries: list[dict[str, Any]]
) -> None:
    numbered = [{"request-id": f"request-{n}", **entry} for n, entry in enumerate(entries)]
    for asked in (bag, {"version": "v1", "requests": json.dumps(numbered)}):
        read = wire.read_requests(9, asked)
        assert all(reason.isprintable() for reason in read.refused)
        for rule in (rule for request in read.requests for rule in request.rules):
            if rule.operation == "ALL":
                continue
            assert rule.user.startswith("relation-9")
            if rule.resource == "GROUP":
                assert not "relation-7-".startswith(rule.name)
            elif rule.pattern == "PREFIXED":
                assert not [name for name in topics.RESERVED if name.startswith(rule.name)]
            else:
                assert rule.name not in topics.RESERVED
