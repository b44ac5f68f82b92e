"""Listeners of a broker: names and ports that nobody else has."""

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.kafka import listeners

hosts = st.sampled_from(["10.0.0.1", "fd00::7", "kafka-0.example"])
places = st.lists(st.tuples(hosts, st.sampled_from([20001, 30000, 40000])), max_size=3)


def test_the_listeners_of_a_plain_broker() -> None:
    internal, client = (make("10.0.0.1", False) for make in (listeners.internal, listeners.client))
    assert internal.bound("127.0.0.5") == (
        "INTERNAL_SASL_PLAINTEXT_SCRAM_SHA_512://127.0.0.5:19092"
    )
    assert client.advertised == "CLIENT_SASL_PLAINTEXT_SCRAM_SHA_512://10.0.0.1:9092"


def test_the_listeners_of_an_encrypted_broker() -> None:
    internal, client = (make("fd00::7", True) for make in (listeners.internal, listeners.client))
    assert internal.name == "INTERNAL_SASL_SSL_SCRAM_SHA_512"
    assert internal.address == "[fd00::7]:19093"
    assert client.address == "[fd00::7]:9093"


def test_what_an_operator_is_told_of_a_listener() -> None:
    assert listeners.client("10.0.0.1", True).describe() == {
        "name": "CLIENT_SASL_SSL_SCRAM_SHA_512",
        "scope": "CLIENT",
        "port": 9093,
        "protocol": "SASL_SSL",
        "auth-mechanism": "SCRAM-SHA-512",
        "advertised-listener": "CLIENT_SASL_SSL_SCRAM_SHA_512://10.0.0.1:9093",
    }


def test_further_listeners_have_ports_a_hundred_apart() -> None:
    found = listeners.from_elsewhere((("a.example", 30000), ("b.example", 30000)), False)
    assert [one.port for one in found] == [39092, 39192]


def test_a_further_listener_is_at_an_address_of_this_machine_and_else_at_the_unit_s() -> None:
    places = (("172.17.0.1", 30000), ("203.0.113.9", 30000), ("a.example", 30000))
    found = listeners.from_elsewhere(places, True, {"172.17.0.1"}.__contains__)
    bound = [one.bound("127.0.0.5").rpartition("/")[2] for one in found]
    assert bound == ["172.17.0.1:39093", "127.0.0.5:39193", "127.0.0.5:39293"]
    assert [one.host for one in found] == [name for name, _ in places]


@given(hosts, places, st.booleans())
def test_no_two_listeners_share_a_name_and_all_need_a_login(
    host: str, some: list[tuple[str, int]], encrypted: bool
) -> None:
    found = (
        listeners.internal(host, encrypted),
        listeners.client(host, encrypted),
        *listeners.from_elsewhere(tuple(some), encrypted),
    )
    assert len({one.name for one in found}) == len(found)
    assert len({one.prefix for one in found}) == len(found)
    assert {one.protocol for one in found} == {"SASL_SSL" if encrypted else "SASL_PLAINTEXT"}
