"""Certificates and CAs that change while a cluster runs."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.trust import (
    UnitCertificate,
    Voice,
    cas_of,
    digests,
    join,
    plan_stores,
)


def ca(name: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n"


def signed(by: str, number: int = 0) -> UnitCertificate:
    return UnitCertificate(f"key of {number} by {by}", ca(by))


OLD, NEW = signed("old"), signed("new")


def test_the_first_certificate_is_used_at_once() -> None:
    stores = plan_stores(None, OLD, [Voice(ca("old"), digests(ca("old")))])
    assert stores
    assert (stores.certificate, stores.truststore, stores.is_between) == (OLD, ca("old"), False)
    assert plan_stores(None, None, []) is None


def test_another_certificate_of_the_same_ca_is_used_at_once() -> None:
    renewed = signed("old", 2)
    stores = plan_stores(OLD, renewed, [Voice(ca("old"), digests(ca("old")))])
    assert stores
    assert (stores.certificate, stores.is_between) == (renewed, False)


def test_another_ca_is_trusted_first_and_used_when_everybody_trusts_it() -> None:
    one, both = digests(ca("old")), digests(join(ca("old"), ca("new")))
    early = plan_stores(OLD, NEW, [Voice(ca("old"), both), Voice(ca("old"), one)])
    assert early
    assert (early.certificate, early.is_between) == (OLD, True)
    assert digests(early.truststore) == both
    later = plan_stores(OLD, NEW, [Voice(ca("old"), both), Voice(ca("old"), both)])
    assert later
    assert (later.certificate, later.is_between) == (NEW, False)
    assert digests(later.truststore) == both, "somebody still uses the old one"
    last = plan_stores(NEW, NEW, [Voice(ca("new"), both), Voice(ca("new"), both)])
    assert last
    assert last.truststore == ca("new")


def test_the_way_back_to_plain_keeps_what_is_used() -> None:
    stores = plan_stores(OLD, None, [])
    assert stores
    assert stores.certificate == OLD


@dataclass
class Node:
    """A unit with what it has installed, what it is offered, and what it says."""

    installed: UnitCertificate
    offered: UnitCertificate
    said: Voice

    @property
    def trusted(self) -> set[str]:
        return set(self.said.trusts)


@given(st.lists(st.integers(0, 5), max_size=60))
def test_all_servers_trust_each_other_all_the_time(steps: list[int]) -> None:
    """A number below three is a hook of that unit, a larger one brings it the new CA's word."""
    first = Voice(ca("old"), digests(ca("old")))
    nodes = [Node(signed("old", n), signed("old", n), first) for n in range(3)]
    for step in [*steps, *(3, 4, 5), *(0, 1, 2) * 4]:
        node = nodes[step % 3]
        if step >= 3:
            node.offered = signed("new", step % 3)
        voices = [other.said for other in nodes]
        stores = plan_stores(node.installed, node.offered, voices)
        assert stores
        node.installed = stores.certificate
        node.said = Voice(cas_of(node.installed, node.offered), digests(stores.truststore))
        for one in nodes:
            for other in nodes:
                assert set(digests(one.installed.ca)) <= other.trusted
    assert {node.installed.ca for node in nodes} == {ca("new")}
    assert {node.said.trusts for node in nodes} == {digests(ca("new"))}
