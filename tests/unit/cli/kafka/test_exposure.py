"""Addresses at which a Kafka may be exposed, and those at which it may not."""

import socket
from collections.abc import Callable

import pytest

from kafkastack.cli.kafka.exposure import (
    check_free,
    checked_address,
    is_of_this_host,
    what_it_opens,
)
from kafkastack.errors import ConflictError, UsageError
from tests.fakes.addresses import reserve_block

OURS: Callable[[str], bool] = lambda _: True  # noqa: E731


@pytest.mark.parametrize("address", ["192.168.1.5", "172.17.0.1"])
def test_an_address_of_this_computer_is_taken(address: str):
    assert checked_address(address, 3, OURS) == address


def test_a_name_is_taken_where_machines_have_addresses_of_their_own():
    assert checked_address("kafka.example.org", 3, None) == "kafka.example.org"
    with pytest.raises(UsageError, match=r"an address of this computer, not kafka\.example\.org"):
        checked_address("kafka.example.org", 3, OURS)


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "::", "224.0.0.1", "fe80::1", "", "a:9092", "-x", "a b", "a,b", "{unit}"],
)
def test_what_no_client_could_use_is_refused(address: str):
    with pytest.raises(UsageError, match="--expose takes"):
        checked_address(address, 1, OURS)


def test_an_address_of_somebody_else_is_refused_on_this_computer():
    with pytest.raises(UsageError, match="is no address of this computer"):
        checked_address("192.0.2.1", 1, lambda _: False)
    assert checked_address("192.0.2.1", 1, None) == "192.0.2.1"


def test_each_broker_needs_a_port_of_its_own():
    with pytest.raises(UsageError, match="10 brokers at most"):
        checked_address("192.168.1.5", 11, OURS)


def test_this_host_is_asked_itself():
    assert is_of_this_host(f"{reserve_block()}.1")
    assert not is_of_this_host("192.0.2.1")  # an address of documents


def test_what_it_opens_is_said():
    told = what_it_opens(["192.168.1.5:39093"], "mine")
    assert "192.168.1.5:39093" in told and "password" in told
    assert told.endswith("kafkastack kafka start --name mine --no-expose")


def test_a_port_that_somebody_has_is_refused():
    address = f"{reserve_block()}.1"
    check_free(address, [39093, 39094])
    with socket.create_server((address, 39094)):
        with pytest.raises(ConflictError, match=f"{address}:39094 is in use"):
            check_free(address, [39093, 39094])
        check_free(address, [39093])
