"""Whom a fault strikes, and what a cut leaves alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from faults import FAULTS, Server, cut_rules
from hypothesis import given
from hypothesis import strategies as st

STRUCK = {fault.name: fault for fault in FAULTS}


def server(number: int) -> Server:
    return Server(str(number), number, f"127.9.9.{number}", 1000 + number, Path("/"), 9092)


class Fake:
    """A cluster of which some nodes are broker and controller; the last controller is active."""

    def __init__(self, brokers: Sequence[int], controllers: Sequence[int]) -> None:
        self.brokers = [server(number) for number in brokers]
        self.controllers = [server(number) for number in reversed(controllers)]

    def pid(self, server: Server) -> int:
        raise LookupError(server)

    def revive(self, servers: Sequence[Server]) -> None:
        raise AssertionError(servers)


def struck(name: str, cluster: Fake) -> list[int]:
    return sorted(one.number for one in STRUCK[name].victims(cluster))


def test_every_fault_has_a_name_of_its_own():
    assert len(STRUCK) == len(FAULTS)


@pytest.mark.parametrize("deed", ["SIGKILL", "SIGSTOP"])
@given(size=st.sampled_from([1, 3, 5]))
def test_a_majority_is_the_least_that_stops_a_quorum_with_its_leader(deed: str, size: int):
    cluster = Fake([], range(1, size + 1))
    found = struck(f"{deed} of a majority of controllers", cluster)
    assert 2 * len(found) > size > 2 * (len(found) - 1)
    assert struck(f"{deed} of the active controller", cluster)[0] in found


def test_a_controller_is_struck_beside_the_active_one():
    assert struck("SIGKILL of a controller", Fake([], [1, 2, 3])) == [2]
    assert struck("SIGKILL of a controller", Fake([1], [1])) == []


@given(st.sets(st.integers(1, 9), min_size=1), st.sets(st.integers(1, 9), min_size=1))
def test_everything_is_struck_once(brokers: set[int], controllers: set[int]):
    cluster = Fake(sorted(brokers), sorted(controllers))
    assert struck("SIGKILL of everything", cluster) == sorted(brokers | controllers)


@given(st.integers(1, 4), st.integers(1, 4))
def test_a_cut_drops_both_ways_and_nothing_among_others(inside: int, outside: int):
    near = [server(number) for number in range(1, inside + 1)]
    far = [server(number) for number in range(inside + 1, inside + outside + 1)]
    rules = cut_rules(near, far)[2:]
    assert len(rules) == 2 * inside * outside
    for rule in rules:
        words = rule.split()
        sender = int(words[words.index("skuid") + 1]) - 1000
        receiver = int(words[words.index("daddr") + 1].rpartition(".")[2])
        assert (sender <= inside) != (receiver <= inside)
