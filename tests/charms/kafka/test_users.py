"""Kafka's record of a password, compared with another implementation of RFC 5802."""

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.credentials import derive_password, is_password, new_key, new_password
from kafkastack_charms.kafka.admin import Login
from kafkastack_charms.kafka.scram import scram_record

from tests.charms.kafka.modules import users, zookeeper

KEY = "ab" * 32


def parse(record: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in record.split(","))


@given(st.binary(min_size=8, max_size=24), st.sampled_from(["pencil", "ä", "x" * 128]))
def test_a_record_checks_its_password_as_scram_does(salt: bytes, password: str) -> None:
    record = parse(scram_record(password, salt))
    salted = hashlib.pbkdf2_hmac(
        "sha512", password.encode(), base64.b64decode(record["salt"]), 4096
    )
    client = hmac.new(salted, b"Client Key", hashlib.sha512).digest()
    server = hmac.new(salted, b"Server Key", hashlib.sha512).digest()
    assert record["iterations"] == "4096"
    assert base64.b64decode(record["stored_key"]) == hashlib.sha512(client).digest()
    assert base64.b64decode(record["server_key"]) == server


def test_a_record_does_not_hold_its_password() -> None:
    assert "pencil" not in scram_record("pencil", b"12345678")


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_every_user_has_a_password_of_its_own(one: int, other: int) -> None:
    passwords = {
        derive_password(KEY, f"relation-{one}"),
        derive_password(KEY, f"relation-{other}"),
    }
    assert len(passwords) == (1 if one == other else 2)
    assert all(is_password(password) and len(password) == 32 for password in passwords)


def test_what_is_generated_can_be_written_into_a_login_line() -> None:
    made = {name: new_password() for name in users.PASSWORDS}
    fresh = users.Credentials.from_secret({**made, "users-key": new_key()})
    assert all(is_password(password) for password in fresh.internal.values())
    assert users.Credentials.from_secret(fresh.to_secret()) == fresh


def test_what_would_end_a_login_line_is_no_password() -> None:
    for text in ("", 'a"b', "a b", "a\\b", "a$b", "a\nb", "x" * 129):
        assert not is_password(text), text


def test_what_holds_a_password_does_not_show_it() -> None:
    password = "a-secret-password"
    offer = zookeeper.Offer(7, ("z:2181",), "/kafka", "relation-7", password)
    login = Login("b:9092", "SASL_SSL", "admin", password)
    for one in (users.Credentials(password, password, password), offer, login):
        assert password not in repr(one) and password not in str(one)
