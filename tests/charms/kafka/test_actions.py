"""Answers of the Kafka 3 charm's actions to an operator."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from kafkastack_charms.kafka import partitions
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.unit import ADDRESS, CREDENTIALS, Unit, client, zookeeper

Partition = partitions.Partition
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required"


@pytest.fixture
def serving(unit: Unit, listening: None) -> testing.State:
    """A broker that works."""
    return unit.look(unit.look(unit.state()))


def act(unit: Unit, state: testing.State, name: str, **params: Any) -> testing.State:
    return unit.run(unit.context.on.action(name, params=params), state)


def refusal(unit: Unit, state: testing.State, name: str, **params: Any) -> str:
    with pytest.raises(testing.ActionFailed) as failed:
        act(unit, state, name, **params)
    return failed.value.message


def test_the_admin_is_shown_how_to_enter(unit: Unit, serving: testing.State) -> None:
    act(unit, serving, "get-admin-credentials")
    password = CREDENTIALS["admin-password"]
    assert unit.context.action_results == {
        "username": "admin",
        "password": password,
        "client-properties": (
            f'sasl.jaas.config={LOGIN} username="admin" password="{password}";\n'
            f"bootstrap.servers={ADDRESS}:19092\n"
            "security.protocol=SASL_PLAINTEXT\n"
            "sasl.mechanism=SCRAM-SHA-512"
        ),
    }


def test_there_is_nothing_to_show_before_the_broker(unit: Unit) -> None:
    state = unit.state(unit.peers())
    assert refusal(unit, state, "get-admin-credentials") == (
        "client.properties file not found on target unit."
    )


def test_only_open_listeners_are_listed(unit: Unit, serving: testing.State) -> None:
    act(unit, serving, "get-listeners")
    assert unit.context.action_results == {
        "internal-sasl-plaintext-scram-sha-512": {
            "name": "INTERNAL_SASL_PLAINTEXT_SCRAM_SHA_512",
            "scope": "INTERNAL",
            "port": 19092,
            "protocol": "SASL_PLAINTEXT",
            "auth-mechanism": "SCRAM-SHA-512",
            "advertised-listener": f"INTERNAL_SASL_PLAINTEXT_SCRAM_SHA_512://{ADDRESS}:19092",
        }
    }
    related = unit.state(*serving.relations, client(), secrets=serving.secrets)
    act(unit, unit.look(related), "get-listeners")
    assert "client-sasl-plaintext-scram-sha-512" in (unit.context.action_results or {})


def test_a_password_of_the_admin_is_told_to_the_brokers_and_stored(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = act(unit, serving, "set-password", username="admin", password="other")
    assert unit.context.action_results == {"admin-password": "other"}
    assert cluster.users["admin"] == "other"
    content = state.get_secret(id="secret:abc").latest_content or {}
    assert content == {**CREDENTIALS, "admin-password": "other", "broker-user": "sync"}
    assert state.get_relation(1).local_app_data["rotations"] == "1"
    assert 'password="other"' in unit.read("conf/client.properties")
    assert "other" not in str(state.get_relation(1))


def beside(state: testing.State, **other: str) -> testing.State:
    """Return a state with another broker that works."""
    (peers,) = state.get_relations("cluster")
    both = replace(peers, peers_data={1: {"started": "true", "serves": "true", **other}})
    kept = [relation for relation in state.relations if relation.id != peers.id]
    return replace(state, relations=[both, *kept], planned_units=2)


def test_brokers_change_to_a_user_that_has_their_new_password_already(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    state = act(unit, beside(serving), "set-password", username="sync", password="other")
    content = state.get_secret(id="secret:abc").latest_content or {}
    assert content == {**CREDENTIALS, "sync-password": "other", "broker-user": "sync-spare"}
    assert cluster.users == {"sync-spare": "other"}, "nobody is locked out meanwhile"
    assert refusal(unit, state, "set-password", username="sync") == (
        "The last password of sync is still being spread through the units."
    )
    after = unit.look(beside(state, rotations="1"))
    assert cluster.users == {"sync-spare": "other", "sync": "other"}
    assert "lagging-user" not in after.get_relation(1).local_app_data


def test_the_only_broker_changes_at_once(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    act(unit, serving, "set-password", username="sync", password="other")
    assert cluster.users == {"sync-spare": "other", "sync": "other"}


def test_a_password_is_made_where_none_is_given(unit: Unit, serving: testing.State) -> None:
    act(unit, serving, "set-password", username="admin")
    assert len((unit.context.action_results or {})["admin-password"]) == 32


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"username": "admin", "password": CREDENTIALS["sync-password"]},
            "Password already exists, please choose a different password.",
        ),
        (
            {"username": "admin", "password": 'a"b'},
            "A password has 1 to 128 printable characters "
            "without blanks, quotes, backslashes or $.",
        ),
    ],
)
def test_a_password_that_cannot_be(
    unit: Unit, serving: testing.State, params: dict[str, Any], message: str
) -> None:
    assert refusal(unit, serving, "set-password", **params) == message


def test_only_the_leader_rotates(unit: Unit, serving: testing.State) -> None:
    state = unit.state(*serving.relations, leader=False, secrets=serving.secrets)
    assert refusal(unit, state, "set-password", username="admin") == (
        "Password rotation must be called on leader unit"
    )


def test_a_unit_that_does_not_work_rotates_nothing(unit: Unit, cluster: Cluster) -> None:
    state = unit.look(unit.state())
    assert refusal(unit, state, "set-password", username="admin") == "Unit is not healthy"
    assert cluster.users == {}


def test_brokers_that_refuse_leave_the_secret_as_it_was(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    cluster.refuses = True
    assert refusal(unit, serving, "set-password", username="admin") == (
        "unable to set password for admin"
    )
    assert serving.get_secret(id="secret:abc").tracked_content == CREDENTIALS


def test_an_upgrade_is_safe_when_everything_is_well(unit: Unit, serving: testing.State) -> None:
    act(unit, serving, "pre-upgrade-check")
    assert unit.context.action_results == {
        "result": "every broker works and every partition has all its copies"
    }


def test_an_upgrade_is_not_safe_without_a_broker(unit: Unit) -> None:
    state = unit.look(unit.state())
    expected = "Not ready for an upgrade: Unit is not healthy"
    assert refusal(unit, state, "pre-upgrade-check") == expected


def test_an_upgrade_is_not_safe_while_a_copy_is_missing(
    unit: Unit, cluster: Cluster, serving: testing.State
) -> None:
    some = (("demo", 0, {1}), ("demo", 1, {1, 2}), ("demo", 3, {2}))
    cluster.partitions = [
        Partition(topic, number, frozenset({1, 2}), frozenset(in_sync))
        for topic, number, in_sync in some
    ]
    assert refusal(unit, serving, "pre-upgrade-check") == (
        "Not ready for an upgrade: partitions without all their copies: demo-0, demo-3"
    )


@pytest.mark.parametrize(
    ("other", "planned", "reason"),
    [({}, 2, "kafka/1 does not work yet"), ({"serves": "true"}, 3, "not all units related")],
)
def test_an_upgrade_is_not_safe_while_a_unit_is_missing(
    unit: Unit, serving: testing.State, other: dict[str, str], planned: int, reason: str
) -> None:
    (peers,) = serving.get_relations("cluster")
    both = replace(peers, peers_data={1: other})
    kept = [relation for relation in serving.relations if relation.id != peers.id]
    state = replace(serving, relations=[both, *kept], planned_units=planned)
    state = unit.look(unit.look(state))
    assert refusal(unit, state, "pre-upgrade-check") == f"Not ready for an upgrade: {reason}"


def test_a_key_needs_an_authority(unit: Unit, serving: testing.State) -> None:
    assert refusal(unit, serving, "set-tls-private-key") == (
        "Relate the application to a CA first: juju integrate kafka:certificates …"
    )


@pytest.fixture
def certifying(unit: Unit) -> testing.State:
    """A unit that has asked for a certificate."""
    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers(), zookeeper(), authority)
    return unit.run(unit.context.on.relation_created(authority), state)


@pytest.mark.parametrize("key", ["nonsense", "bm9uc2Vuc2U="])
def test_a_key_that_is_none(unit: Unit, certifying: testing.State, key: str) -> None:
    message = refusal(unit, certifying, "set-tls-private-key", **{"internal-key": key})
    assert message.startswith("internal-key is not a usable PEM private key")


def asked_for(state: testing.State) -> x509.CertificateSigningRequest:
    text = state.get_relation(2).local_unit_data["certificate_signing_requests"]
    (entry,) = json.loads(text)
    return x509.load_pem_x509_csr(entry["certificate_signing_request"].encode())


def test_a_new_key_asks_for_a_new_certificate(unit: Unit, certifying: testing.State) -> None:
    before = asked_for(certifying)
    after = asked_for(act(unit, certifying, "set-tls-private-key"))
    assert after.public_key() != before.public_key()
    assert [*after.extensions] == [*before.extensions], "for the same names"
