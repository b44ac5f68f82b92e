"""Databags of the relation zookeeper, to the letter."""

import json
from dataclasses import replace
from typing import Any

import pytest
from kafkastack_charms import provider
from kafkastack_charms.credentials import derive_password
from ops import testing

from tests.charms.zookeeper.modules import clients
from tests.charms.zookeeper.unit import ADDRESS, CREDENTIALS, Unit

ASKED = {
    "database": "/kafka",
    "extra-user-roles": "cdrwa",
    "requested-secrets": json.dumps(
        ["username", "password", "tls", "tls-ca", "uris", "read-only-uris"]
    ),
    "provided-secrets": json.dumps(["mtls-cert"]),
}
PASSWORD = derive_password(CREDENTIALS["users-key"], "relation-8")


def relation(asked: dict[str, str], told: dict[str, str] | None = None, **more: Any) -> Any:
    return testing.Relation(
        "zookeeper",
        id=8,
        remote_app_name="kafka",
        remote_app_data=asked,
        local_app_data=told or {},
        **more,
    )


def world(unit: Unit, kafka: Any, **app_data: str) -> testing.State:
    peers = testing.PeerRelation(
        "cluster", id=1, local_app_data={"credentials": "secret:abc", **app_data}
    )
    return unit.state(peers, kafka, secrets=[unit.secret()])


def changed(unit: Unit, asked: dict[str, str]) -> testing.State:
    kafka = relation(asked)
    return unit.run(unit.context.on.relation_changed(kafka), world(unit, kafka))


def told(state: testing.State) -> dict[str, str]:
    return dict(state.get_relation(8).local_app_data)


def secret(state: testing.State, group: str) -> testing.Secret:
    return state.get_secret(label=f"zookeeper.8.{group}.secret")


def test_a_requirer_with_secrets_is_told_everything(unit: Unit, serving: None) -> None:
    state = changed(unit, ASKED)
    user, tls = secret(state, "user"), secret(state, "tls")
    assert told(state) == {
        "data": json.dumps(ASKED),
        "database": "/kafka",
        "chroot": "/kafka",
        "endpoints": f"{ADDRESS}:2181",
        "secret-user": user.id,
        "secret-tls": tls.id,
    }
    assert user.latest_content == {
        "username": "relation-8",
        "password": PASSWORD,
        "uris": f"{ADDRESS}:2181/kafka",
    }
    assert tls.latest_content == {"tls": "disabled"}
    assert [dict(s.remote_grants) for s in (user, tls)] == [{8: {"kafka"}}] * 2
    assert (user.owner, tls.owner) == ("app", "app")


def test_a_legacy_requirer_is_told_in_plain_fields(unit: Unit, serving: None) -> None:
    assert told(changed(unit, {"chroot": "/kafka", "chroot-acl": "cdrwa"})) == {
        "data": json.dumps({"chroot": "/kafka", "chroot-acl": "cdrwa"}),
        "database": "/kafka",
        "chroot": "/kafka",
        "endpoints": f"{ADDRESS}:2181",
        "username": "relation-8",
        "password": PASSWORD,
        "uris": f"{ADDRESS}:2181/kafka",
        "tls": "disabled",
    }


def test_the_chroot_is_made_before_anything_is_told(unit: Unit, serving: None) -> None:
    changed(unit, ASKED)
    assert unit.ensemble.chroots == {"/kafka": {"relation-8": "cdrwa"}}
    assert unit.ensemble.is_closed


def test_nothing_is_told_while_the_server_does_not_serve(unit: Unit) -> None:
    assert told(changed(unit, ASKED)) == {}


def test_nothing_is_told_before_the_requirer_asks(unit: Unit, serving: None) -> None:
    assert told(changed(unit, {"requested-secrets": ASKED["requested-secrets"]})) == {}


def test_a_second_look_changes_nothing(unit: Unit, serving: None) -> None:
    before = changed(unit, ASKED)
    unit.ensemble.logins.clear()
    unit.confirm({1: ADDRESS})
    kafka = before.get_relation(8)
    after = unit.run(unit.context.on.relation_changed(kafka), before)
    assert told(after) == told(before)
    assert unit.ensemble.logins == []
    assert unit.machine.calls.count("restart zookeeper.service") == 1


def test_a_follower_tells_nothing(unit: Unit, serving: None) -> None:
    kafka = relation(ASKED)
    peers = testing.PeerRelation(
        "cluster", id=1, local_app_data={"credentials": "secret:abc", "founder": "zookeeper/0"}
    )
    state = unit.state(peers, kafka, leader=False, secrets=[unit.secret()])
    after = unit.run(unit.context.on.relation_changed(kafka), state)
    assert told(after) == {}
    assert unit.ensemble.chroots == {}


def test_a_broken_relation_takes_its_user_and_its_secrets(unit: Unit, serving: None) -> None:
    before = changed(unit, ASKED)
    assert "user_relation-8=" in unit.read("conf/jaas.conf")
    kafka = before.get_relation(8)
    after = unit.run(unit.context.on.relation_broken(kafka), before)
    assert "user_relation-8=" not in unit.read("conf/jaas.conf")
    assert "user_relation-9=" in unit.read("conf/jaas.conf")
    assert [s.label for s in after.secrets] == ["cluster.zookeeper.app"]
    assert after.get_relation(1).local_app_data["retired"] == "8"


@pytest.mark.parametrize(
    "asked",
    ["/", "//", "/zookeeper", "/zookeeper/config", "/a/../b", "/a/.", "/a//b", "a\nb", "/\ud800"],
)
def test_what_is_nobodys_is_not_given(unit: Unit, serving: None, asked: str) -> None:
    state = changed(unit, ASKED | {"database": asked})
    assert list(told(state)) == ["status"]
    assert "relation 8 (kafka): database" in state.unit_status.message
    assert unit.ensemble.chroots == {}


@pytest.mark.parametrize(
    ("asked", "chroot", "rights"),
    [
        ({"database": "kafka"}, "/kafka", "cdrwa"),
        ({"database": "/a/b/"}, "/a/b", "cdrwa"),
        ({"database": "/kafka", "extra-user-roles": "r"}, "/kafka", "r"),
        ({"database": "/kafka", "extra-user-roles": "rrwcc"}, "/kafka", "crw"),
    ],
)
def test_chroots_and_rights_are_read_kindly(
    unit: Unit, serving: None, asked: dict[str, str], chroot: str, rights: str
) -> None:
    changed(unit, asked)
    assert unit.ensemble.chroots == {chroot: {"relation-8": rights}}


def test_encrypted_clients_are_told_the_authority() -> None:
    offer = clients.Offer(("10.0.0.1", "fd00::7"), 2182, "PEM")
    client = clients.Client(8, "/kafka", "cdrwa", "{}", frozenset({"tls", "tls-ca"}))
    fields = clients.answer(client, offer, "word")
    plain, secrets = provider.split(fields, {"tls": clients.SECRET_FIELDS["tls"]})
    assert plain["endpoints"] == "10.0.0.1:2182,[fd00::7]:2182"
    assert secrets == {"tls": {"tls": "enabled", "tls-ca": "PEM"}}


def test_the_certificate_request_names_where_connections_come_from(
    unit: Unit, serving: None
) -> None:
    from charmlibs.interfaces.tls_certificates import CertificateSigningRequest

    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers, authority)
    after = unit.run(unit.context.on.relation_created(authority), state)
    (entry,) = json.loads(after.get_relation(2).local_unit_data["certificate_signing_requests"])
    assert entry["ca"] is False
    request = CertificateSigningRequest.from_string(entry["certificate_signing_request"])
    assert request.sans_ip == {ADDRESS, "127.0.0.1"}
    assert request.common_name == "zookeeper-0"


@pytest.mark.parametrize(
    ("said", "ports"),
    [
        ({}, "2181"),  # another client than ours: it had its time
        ({"moved-to": "tls"}, "2181"),
        ({"tells-moves": "true", "moved-to": "tls"}, "2181,2182"),
        ({"tells-moves": "true", "moved-to": "plain"}, "2181"),
        ({"tells-moves": "true", "moved-to": "nowhere"}, "2181"),
    ],
)
def test_a_port_stays_open_until_the_client_that_tells_it_has_moved(
    unit: Unit, serving: None, said: dict[str, str], ports: str
) -> None:
    state = world(unit, relation(ASKED | said), ports="2181,2182")
    (peers,) = state.get_relations("cluster")
    both = replace(peers, local_unit_data={**peers.local_unit_data, "ports": "2181,2182"})
    kept = [one for one in state.relations if one.id != peers.id]
    state = unit.run(unit.context.on.update_status(), replace(state, relations=[both, *kept]))
    assert state.get_relation(1).local_app_data["ports"] == ports
