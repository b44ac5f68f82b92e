"""How the app follows ZooKeeper and its CA, without any server."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.peers import Member
from ops import testing

from tests.charms.kafka.modules import connection, state, zookeeper
from tests.charms.kafka.unit import Unit
from tests.charms.kafka.unit import zookeeper as answered

NEW = state.App()
FRESH = Member("kafka/0")
RUNNING = FRESH._replace(is_started=True)
READY = RUNNING._replace(has_certificate=True)


def offer(encrypted: bool = False, relation_id: int = 7, hosts: int = 1) -> Any:
    port = 2182 if encrypted else 2181
    names = tuple(f"10.0.0.{number}:{port}" for number in range(hosts))
    return zookeeper.Offer(relation_id, names, "/kafka", "u", "word", encrypted)


def seen(told: Any, *peers: Any, has_ca: bool = False, is_update_status: bool = False) -> Any:
    return connection.Situation(told, has_ca, peers or (FRESH,), is_update_status)


def settled(app: Any, told: Any, *peers: Any, has_ca: bool = False) -> Any:
    return connection.plan(app, seen(told, *peers, has_ca=has_ca))


PLAIN = settled(NEW, offer())
ENCRYPTED = settled(NEW, offer(True), READY, has_ca=True)


def test_nothing_is_decided_before_zookeeper_answers() -> None:
    assert settled(NEW, None) == NEW


def test_a_first_start_is_with_everything_or_not_at_all() -> None:
    assert PLAIN.connection.connect == "10.0.0.0:2181/kafka"
    assert settled(NEW, offer(True)) == NEW, "Kafka has no CA yet"
    assert settled(NEW, offer(), has_ca=True) == NEW, "ZooKeeper has none yet"
    assert settled(NEW, offer(True), has_ca=True) == NEW, "no certificate yet"
    assert (ENCRYPTED.encrypt, ENCRYPTED.connection.encrypted) == (True, True)


def test_what_runs_goes_on_until_both_agree() -> None:
    halfway = settled(PLAIN, offer(), READY, has_ca=True)
    assert halfway == PLAIN
    halfway = settled(PLAIN, offer(True), READY)
    assert halfway == PLAIN
    assert settled(PLAIN, offer(True), READY, has_ca=True) == ENCRYPTED


def test_one_that_stays_encrypted_alone_is_followed_at_last() -> None:
    alone = connection.plan(PLAIN, seen(offer(True), RUNNING, is_update_status=True))
    assert (alone.encrypt, alone.connection.encrypted) == (False, True)


def connect(*numbers: int, chroot: str = "/kafka") -> str:
    return ",".join(f"10.0.0.{number}:2181" for number in numbers) + chroot


@pytest.mark.parametrize(
    ("started", "there", "has_to"),
    [
        ((0,), (0,), False),
        ((0,), (0, 1, 2), True),  # the one that it knows may be the one that stops
        ((0, 1), (0, 1, 2), False),
        ((0, 1, 2), (0, 1, 2, 3, 4), False),
        ((0, 1, 2), (0,), False),
        ((0, 1, 2), (2, 3, 4), True),
        ((0,), (7,), True),
    ],
)
def test_a_broker_is_restarted_where_it_knows_too_few_members(
    started: tuple[int, ...], there: tuple[int, ...], has_to: bool
) -> None:
    assert connection.must_reconnect(connect(*started), connect(*there)) is has_to


def test_another_chroot_is_another_cluster() -> None:
    assert connection.must_reconnect(connect(0), connect(0, chroot="/other"))


def test_the_brokers_are_told_of_every_member() -> None:
    more = offer(hosts=3)
    assert len(settled(PLAIN, more, RUNNING).connection.hosts) == 3


def test_a_server_that_goes_is_left_out_at_once() -> None:
    three = settled(NEW, offer(hosts=3))
    assert settled(three, offer(hosts=2), RUNNING).connection.hosts == offer(hosts=2).hosts


def test_another_zookeeper_knows_nobody_yet() -> None:
    old = PLAIN._replace(users="7", granted={"relation-8": "digest"})
    fresh = settled(old, offer(relation_id=9), RUNNING)
    assert (fresh.users, fresh.connection.relation_id) == ("", 9)
    assert fresh.granted == {"relation-8": ""}, "who it is, to be removed if nobody wants it"


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=12))
def test_every_history_ends_where_both_sides_are(history: list[tuple[bool, bool, bool]]) -> None:
    app = NEW
    for metadata, brokers, late in history:
        peer = READY if brokers else RUNNING
        app = connection.plan(app, seen(offer(metadata), peer, has_ca=brokers))
        if late:
            told = seen(offer(metadata), peer, has_ca=brokers, is_update_status=True)
            app = connection.plan(app, told)
            assert (app.encrypt, app.connection.encrypted) == (brokers, metadata)
    for encrypted in (True, False):
        peer = READY if encrypted else RUNNING
        app = settled(app, offer(encrypted), peer, has_ca=encrypted)
        assert (app.encrypt, app.connection.encrypted) == (encrypted, encrypted)
        again = settled(app, offer(encrypted), peer, has_ca=encrypted)
        assert again == app


@given(
    st.booleans(),
    st.dictionaries(st.sampled_from(["relation-8", "relation-9"]), st.just("digest")),
    st.sampled_from(["", "7"]),
)
def test_what_is_remembered_is_read_as_it_was_written(
    encrypted: bool, granted: dict[str, str], users: str
) -> None:
    app = (ENCRYPTED if encrypted else PLAIN)._replace(granted=granted, users=users)
    bag = {key: value for key, value in app.describe().items() if value}
    assert state.App.parse(bag) == app
    unit = Member("kafka/3", "10.0.0.1", "10.0.0.2", is_started=True, trusts=("a", "b"))
    peer = state.Peer(unit, 9092)
    bag = {key: value for key, value in {**unit.describe(), **peer.describe()}.items() if value}
    assert state.Peer.parse(Member.parse("kafka/3", bag), bag) == peer


def members(unit: Unit, state: testing.State, *numbers: int) -> testing.State:
    """Run the hook in which ZooKeeper tells of its members."""
    told = ",".join(f"127.83.9.{number}:2181" for number in numbers)
    kept = [relation for relation in state.relations if relation.endpoint != "zookeeper"]
    return unit.look(unit.state(*kept, answered(endpoints=told), secrets=state.secrets))


def restarts(unit: Unit) -> int:
    return unit.machine.calls.count("restart kafka.service")


def test_a_broker_gets_to_know_a_zookeeper_that_grows(unit: Unit, listening: None) -> None:
    state = members(unit, unit.look(unit.state()), 9)
    assert restarts(unit) == 1
    state = members(unit, state, 9, 10, 11)
    assert restarts(unit) == 2, "the only one that it knew may be the one that stops"
    connect = "127.83.9.10:2181,127.83.9.11:2181,127.83.9.9:2181/kafka"
    assert unit.properties["zookeeper.connect"] == connect
    state = members(unit, state, 9, 10, 11, 12, 13)
    assert restarts(unit) == 2, "it knows a majority"
    assert "127.83.9.13" in unit.properties["zookeeper.connect"], "for its next start"
    members(unit, state, 9, 10, 11)
    assert restarts(unit) == 2
