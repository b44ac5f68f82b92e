"""How the app follows ZooKeeper and its authority, without any server."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.charms.kafka.modules import leader, server, state, zookeeper

NEW = state.App(secret_id="secret:abc")
FRESH = state.Peer("kafka/0")
RUNNING = state.Peer("kafka/0", applied="x")
READY = RUNNING._replace(has_keys=True)


def offer(encrypted: bool = False, relation_id: int = 7, hosts: int = 1) -> Any:
    port = 2182 if encrypted else 2181
    names = tuple(f"10.0.0.{number}:{port}" for number in range(hosts))
    return zookeeper.Offer(relation_id, names, "/kafka", "u", "word", encrypted)


def seen(
    told: Any, *peers: Any, has_authority: bool = False, is_update_status: bool = False
) -> Any:
    return leader.Situation(told, has_authority, peers or (FRESH,), is_update_status)


def settled(app: Any, told: Any, *peers: Any, has_authority: bool = False) -> Any:
    return leader.plan(app, seen(told, *peers, has_authority=has_authority))


PLAIN = settled(NEW, offer())
ENCRYPTED = settled(NEW, offer(True), READY, has_authority=True)


def test_nothing_is_decided_before_zookeeper_answers() -> None:
    assert settled(NEW, None) == NEW


def test_a_first_start_is_with_everything_or_not_at_all() -> None:
    assert PLAIN.connection.connect == "10.0.0.0:2181/kafka"
    assert settled(NEW, offer(True)) == NEW, "Kafka has no authority yet"
    assert settled(NEW, offer(), has_authority=True) == NEW, "ZooKeeper has none yet"
    assert settled(NEW, offer(True), has_authority=True) == NEW, "no certificate yet"
    assert (ENCRYPTED.encrypt, ENCRYPTED.connection.encrypted) == (True, True)


def test_what_runs_goes_on_until_both_agree() -> None:
    halfway = settled(PLAIN, offer(), READY, has_authority=True)
    assert halfway == PLAIN
    halfway = settled(PLAIN, offer(True), READY)
    assert halfway == PLAIN
    assert settled(PLAIN, offer(True), READY, has_authority=True) == ENCRYPTED


def test_one_that_stays_encrypted_alone_is_followed_at_last() -> None:
    alone = leader.plan(PLAIN, seen(offer(True), RUNNING, is_update_status=True))
    assert (alone.encrypt, alone.connection.encrypted) == (False, True)


def test_more_servers_are_no_reason_to_restart_at_once() -> None:
    more = offer(hosts=3)
    assert settled(PLAIN, more, RUNNING) == PLAIN
    later = leader.plan(PLAIN, seen(more, RUNNING, is_update_status=True))
    assert len(later.connection.hosts) == 3


def test_a_server_that_goes_is_left_out_at_once() -> None:
    three = settled(NEW, offer(hosts=3))
    assert settled(three, offer(hosts=2), RUNNING).connection.hosts == offer(hosts=2).hosts


def test_another_zookeeper_knows_nobody_yet() -> None:
    old = PLAIN._replace(users="7", granted={"relation-8": "digest"})
    fresh = settled(old, offer(relation_id=9), RUNNING)
    assert (fresh.users, fresh.connection.relation_id) == ("", 9)
    assert fresh.granted == {"relation-8": ""}, "who it is, to be removed if nobody wants it"
    assert fresh.secret_id == "secret:abc"


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=12))
def test_every_history_ends_where_both_sides_are(history: list[tuple[bool, bool, bool]]) -> None:
    app = NEW
    for metadata, brokers, late in history:
        peer = READY if brokers else RUNNING
        app = leader.plan(app, seen(offer(metadata), peer, has_authority=brokers))
        if late:
            told = seen(offer(metadata), peer, has_authority=brokers, is_update_status=True)
            app = leader.plan(app, told)
            assert (app.encrypt, app.connection.encrypted) == (brokers, metadata)
    for encrypted in (True, False):
        peer = READY if encrypted else RUNNING
        app = settled(app, offer(encrypted), peer, has_authority=encrypted)
        assert (app.encrypt, app.connection.encrypted) == (encrypted, encrypted)
        again = settled(app, offer(encrypted), peer, has_authority=encrypted)
        assert again == app


@given(st.permutations([0, 1, 2]))
def test_one_broker_at_a_time_restarts_whatever_the_order_of_events(order: list[int]) -> None:
    applied = dict.fromkeys(range(3), "old")
    done: list[int] = []
    while len(done) < 3:
        ready = [
            number
            for number in order
            if applied[number] == "old"
            and server.is_my_turn(number, "new", _others(number, applied))
        ]
        assert len(ready) == 1
        applied[ready[0]] = "new"
        done += ready
    assert done == [0, 1, 2]


def _others(me: int, applied: dict[int, str]) -> list[Any]:
    return [state.Peer(f"kafka/{n}", applied=a) for n, a in applied.items() if n != me]


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
    peer = state.Peer("kafka/3", "10.0.0.1", "10.0.0.2", "digest", 9092, "en" if encrypted else "")
    bag = {key: value for key, value in peer.describe().items() if value}
    assert state.Peer.parse("kafka/3", bag) == peer
