"""Answers of the ZooKeeper charm's actions to an operator."""

import json
from typing import Any

import pytest
from cryptography import x509
from ops import testing

from tests.charms.zookeeper.unit import CREDENTIALS, Unit


def act(unit: Unit, name: str, leader: bool = True, **params: Any) -> testing.State:
    peers = testing.PeerRelation("cluster", id=1, local_app_data={"credentials": "secret:abc"})
    state = unit.state(peers, leader=leader, secrets=[unit.secret()])
    return unit.run(unit.context.on.action(name, params=params), state)


@pytest.mark.parametrize("user", ["super", "sync"])
def test_passwords_are_shown_on_every_unit(unit: Unit, user: str) -> None:
    act(unit, f"get-{user}-password", leader=False)
    expected = {f"{user}-password": CREDENTIALS[f"{user}-password"]}
    assert unit.context.action_results == expected


def test_a_given_password_is_stored_and_in_force(unit: Unit, serving: None) -> None:
    state = act(unit, "set-password", username="sync", password="other")
    assert unit.context.action_results == {"sync-password": "other"}
    assert state.get_secret(id="secret:abc").latest_content == {
        **CREDENTIALS,
        "sync-password": "other",
    }
    assert 'user_sync="other"' in unit.read("conf/jaas.conf")
    assert state.get_relation(1).local_app_data["rotations"] == "1"


def test_a_password_is_made_where_none_is_given(unit: Unit, serving: None) -> None:
    act(unit, "set-password")
    (password,) = (unit.context.action_results or {}).values()
    assert len(password) == 32
    assert list(unit.context.action_results or {}) == ["super-password"]


def test_the_same_password_again_changes_nothing(unit: Unit) -> None:
    state = act(unit, "set-password", password=CREDENTIALS["super-password"])
    assert unit.context.action_logs == ["The old and new passwords are equal."]
    assert unit.context.action_results == {"super-password": CREDENTIALS["super-password"]}
    assert "rotations" not in state.get_relation(1).local_app_data


@pytest.mark.parametrize(
    ("leader", "params", "message"),
    [
        (False, {}, "Password rotation must be called on leader unit"),
        (
            True,
            {"username": "kafka"},
            "The action can be run only for users used by the charm: ['super', 'sync'] not kafka.",
        ),
        (
            True,
            {"password": 'a"b'},
            "A password has 1 to 128 printable characters "
            "without blanks, quotes, backslashes or $.",
        ),
    ],
)
def test_a_rotation_that_cannot_be(
    unit: Unit, leader: bool, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(testing.ActionFailed) as failed:
        act(unit, "set-password", leader, **params)
    assert failed.value.message == message


def test_an_upgrade_is_safe_when_everything_is_well(unit: Unit, serving: None) -> None:
    act(unit, "pre-upgrade-check")
    assert unit.context.action_results == {
        "result": "every server serves and the quorum is complete"
    }


def test_an_upgrade_is_not_safe_without_a_server(unit: Unit) -> None:
    with pytest.raises(testing.ActionFailed) as failed:
        act(unit, "pre-upgrade-check")
    assert failed.value.message == (
        "Not ready for an upgrade: zookeeper service is unreachable or not serving requests"
    )


def test_a_key_needs_an_authority(unit: Unit) -> None:
    with pytest.raises(testing.ActionFailed) as failed:
        act(unit, "set-tls-private-key")
    assert failed.value.message == (
        "Relate the application to a CA first: juju integrate zookeeper:certificates …"
    )


@pytest.mark.parametrize("key", ["nonsense", "bm9uc2Vuc2U="])
def test_a_key_that_is_none(unit: Unit, key: str) -> None:
    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers, authority)
    state = unit.run(unit.context.on.relation_created(authority), state)
    with pytest.raises(testing.ActionFailed) as failed:
        unit.run(
            unit.context.on.action("set-tls-private-key", params={"internal-key": key}), state
        )
    assert failed.value.message.startswith("internal-key is not a usable PEM private key")


def asked_for(state: testing.State) -> x509.CertificateSigningRequest:
    text = state.get_relation(2).local_unit_data["certificate_signing_requests"]
    (entry,) = json.loads(text)
    return x509.load_pem_x509_csr(entry["certificate_signing_request"].encode())


def test_a_new_key_asks_for_a_new_certificate(unit: Unit) -> None:
    authority = testing.Relation("certificates", id=2)
    state = unit.state(unit.peers, authority)
    state = unit.run(unit.context.on.relation_created(authority), state)
    before = asked_for(state)
    after = asked_for(unit.run(unit.context.on.action("set-tls-private-key"), state))
    assert after.public_key() != before.public_key()
    assert [*after.extensions] == [*before.extensions], "for the same names"
