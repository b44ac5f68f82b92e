"""Names sort as people expect; ports are kept and shown as Juju does."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from kafkastack.errors import UsageError
from kafkastack.model.natural import natural_key, naturally_sorted
from kafkastack.model.ports import format_ports, normalize_port, opened_ports

PORTS = some.lists(
    some.tuples(some.integers(1, 65535), some.sampled_from(("tcp", "udp"))).map(
        lambda port: f"{port[0]}/{port[1]}"
    )
)


def test_two_comes_before_ten() -> None:
    names = ["kafka/10", "kafka/2", "kafka/1", "akhq/3", "2", "10"]

    assert naturally_sorted(names) == ["2", "10", "akhq/3", "kafka/1", "kafka/2", "kafka/10"]


@given(some.lists(some.text()))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert sorted(naturally_sorted(names)) == sorted(names)


@given(some.text("019a/"), some.text("019a/"))
@example("app/01", "app/1")
@example("0", "00")
@example("a1", "a2")
def test_two_names_are_of_equal_rank_only_if_their_numbers_are(one: str, other: str) -> None:
    def numbers_as_such(name: str) -> str:
        return re.sub("0*([0-9]+)", r"\1", name)

    equal = natural_key(one) == natural_key(other)
    assert equal == (numbers_as_such(one) == numbers_as_such(other))


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("80", "80/tcp"),
        ("9092/TCP", "9092/tcp"),
        ("8000-8010/udp", "8000-8010/udp"),
        ("7-7", "7/tcp"),
        ("icmp", "icmp"),
    ],
)
def test_a_port_is_kept_in_one_form(given_text: str, kept: str) -> None:
    assert normalize_port(given_text) == kept


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "9-8", "80/sctp", "-5", "8-", "icmp/x"])
def test_a_wrong_port_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="invalid port or range"):
        normalize_port(text)


@pytest.mark.parametrize(
    ("ports", "shown"),
    [
        ([], ""),
        (["19093/tcp", "9092/tcp"], "9092,19093/tcp"),
        (["53/udp", "80/tcp", "81/tcp", "82/tcp", "443/tcp"], "80-82,443/tcp 53/udp"),
        (["9092/tcp@kafka-client", "9092/tcp"], "9092/tcp"),
        (["8000-8010/tcp", "8011/tcp"], "8000-8011/tcp"),
        (["icmp", "80/tcp"], "80/tcp icmp"),
    ],
)
def test_ports_share_one_cell(ports: list[str], shown: str) -> None:
    assert format_ports(ports) == shown


@given(PORTS)
def test_no_port_is_lost_or_made_up(ports: list[str]) -> None:
    shown: set[str] = set()
    for group in format_ports(ports).split():
        numbers, _, protocol = group.partition("/")
        for item in numbers.split(","):
            first, _, last = item.partition("-")
            shown |= {f"{n}/{protocol}" for n in range(int(first), int(last or first) + 1)}

    assert shown == set(opened_ports(ports))
