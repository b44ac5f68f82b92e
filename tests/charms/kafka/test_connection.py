"""Reactions of the app to ZooKeeper and its CA, without any server."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.kafka.brokers import Peer
from kafkastack_charms.kafka.clients import Ledger
from kafkastack_charms.kafka.wanted import must_reconnect
from kafkastack_charms.peers import Member
from kafkastack_charms.stages import Stage, last_stage
from kafkastack_charms.testing.ca import CA
from ops import testing

from tests.charms.kafka.cluster import Cluster
from tests.charms.kafka.modules import connection, state, zookeeper
from tests.charms.kafka.unit import PEM, Unit
from tests.charms.kafka.unit import zookeeper as answered

NEW = state.App()
FRESH = state.Transport(Member("kafka/0"))
RUNNING = state.Transport(Member("kafka/0", is_started=True))
READY = state.Transport(
    Member("kafka/0", is_started=True, serves=True, has_certificate=True), session="plain"
)


def offer(encrypted: bool = False, relation_id: int = 7, hosts: int = 1) -> Any:
    port = 2182 if encrypted else 2181
    names = tuple(f"10.0.0.{number}:{port}" for number in range(hosts))
    return zookeeper.Offer(relation_id, names, "/kafka", "u", "word", encrypted)


def seen(told: Any, *peers: Any, has_ca: bool = False, is_update_status: bool = False) -> Any:
    units = peers or (FRESH,)
    return connection.Situation(told, has_ca, units, len(units), is_update_status)


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


class Brokers:
    """Three brokers that run, with certificates, each in the stage that it was told of last."""

    def __init__(self, app: Any) -> None:
        self.app = app
        session = "tls" if app.connection.encrypted else "plain"
        self.peers = [
            state.Transport(READY.unit._replace(name=f"kafka/{n}"), app.stage, session)
            for n in range(3)
        ]

    def follow(self, number: int) -> None:
        self.peers[number] = self.peers[number]._replace(
            stage=self.app.stage, session="tls" if self.app.connection.encrypted else "plain"
        )

    def plan(self, told: Any, has_ca: bool) -> None:
        self.app = settled(self.app, told, *self.peers, has_ca=has_ca)


@pytest.mark.parametrize("encrypt", [True, False])
def test_brokers_that_run_change_in_three_rounds_with_one_restart(encrypt: bool) -> None:
    brokers = Brokers(PLAIN if encrypt else ENCRYPTED)
    seen = [(brokers.app.stage, brokers.app.connection.encrypted)]
    for _ in range(6):
        brokers.plan(offer(encrypt), has_ca=encrypt)
        if (now := (brokers.app.stage, brokers.app.connection.encrypted)) != seen[-1]:
            seen.append(now)
        brokers.plan(offer(encrypt), has_ca=encrypt)
        assert brokers.app.stage is seen[-1][0], "it waits for all of them"
        for number in range(3):
            brokers.follow(number)
    way = [
        (Stage.PLAIN, False),
        (Stage.ACCEPT_BOTH, False),
        (Stage.DIAL_TLS, True),  # ZooKeeper's port changes with the restart
        (Stage.TLS, True),
    ]
    assert seen == (way if encrypt else way[::-1])


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.booleans(), st.booleans(), st.booleans()), max_size=60
    ),
    st.booleans(),
)
def test_no_broker_that_runs_is_ever_unable_to_talk_to_another(
    history: list[tuple[int, bool, bool, bool]], encrypt: bool
) -> None:
    """Whatever comes first, late, or is taken back: the CA of either side, and who hears of it."""
    brokers = Brokers(PLAIN)
    ends = [(number, encrypt, encrypt, True) for _ in range(6) for number in range(6)]
    for number, metadata, has_ca, late in [*history, *ends]:
        if number < 3:
            brokers.follow(number)
        else:
            told = offer(metadata)
            seen = connection.Situation(told, has_ca, brokers.peers, 3, late and number == 5)
            brokers.app = connection.plan(brokers.app, seen)
        for one in brokers.peers:
            assert all(one.stage.dials_tls in other.stage.accepts for other in brokers.peers)
    assert {peer.stage for peer in brokers.peers} == {last_stage(encrypt)}
    assert brokers.app.connection.encrypted is encrypt


def test_brokers_that_have_lost_their_zookeeper_go_all_the_way_at_once() -> None:
    """Another ZooKeeper than ours closes the one port when it opens the other one."""
    brokers = Brokers(PLAIN)
    brokers.peers = [one._replace(unit=one.unit._replace(serves=False)) for one in brokers.peers]
    brokers.plan(offer(True), has_ca=True)
    assert brokers.app == ENCRYPTED


def test_zookeeper_is_told_when_the_last_broker_has_left_a_port() -> None:
    brokers = Brokers(PLAIN)
    assert connection.find_move(False, brokers.peers) == "plain"
    assert connection.find_move(True, brokers.peers) == ""
    brokers.app = ENCRYPTED
    brokers.follow(0)
    assert connection.find_move(True, brokers.peers) == ""
    for number in (1, 2):
        brokers.follow(number)
    assert connection.find_move(True, brokers.peers) == "tls"
    starting = brokers.peers[2]._replace(unit=READY.unit._replace(name="kafka/2", serves=False))
    assert connection.find_move(True, [*brokers.peers[:2], starting]) == "", "it needs ZooKeeper"
    assert connection.find_move(True, [RUNNING]) == "", "nobody knows of another revision"
    assert connection.find_move(True, []) == "tls"


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
    assert must_reconnect(connect(*started), connect(*there)) is has_to


def test_another_chroot_is_another_cluster() -> None:
    assert must_reconnect(connect(0), connect(0, chroot="/other"))


def test_the_brokers_are_told_of_every_member() -> None:
    more = offer(hosts=3)
    assert len(settled(PLAIN, more, RUNNING).connection.hosts) == 3


def test_a_server_that_goes_is_left_out_at_once() -> None:
    three = settled(NEW, offer(hosts=3))
    assert settled(three, offer(hosts=2), RUNNING).connection.hosts == offer(hosts=2).hosts


def test_another_zookeeper_knows_nobody_yet() -> None:
    fresh = settled(PLAIN._replace(users="7"), offer(relation_id=9), RUNNING)
    assert (fresh.users, fresh.connection.relation_id) == ("", 9)
    ledger = Ledger(granted={"relation-8": "digest"}).without_brokers()
    assert ledger.granted == {"relation-8": ""}, "who it is, to be removed if nobody wants it"


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
    st.sampled_from(list(Stage)),
)
def test_what_is_remembered_is_read_as_it_was_written(
    encrypted: bool, granted: dict[str, str], users: str, stage: Stage
) -> None:
    app = ENCRYPTED if encrypted else PLAIN
    app = app._replace(users=users, stage=stage)
    ledger = Ledger(granted=granted)
    told = {**app.describe(), **ledger.describe()}
    bag = {key: value for key, value in told.items() if value}
    assert (state.App.parse(bag), Ledger.parse(bag)) == (app, ledger)
    unit = Member("kafka/3", "10.0.0.1", "10.0.0.2", is_started=True, trusts=("a", "b"))
    peer = Peer(unit, 9092)
    bag = {key: value for key, value in {**unit.describe(), **peer.describe()}.items() if value}
    assert Peer.parse(Member.parse("kafka/3", bag), bag) == peer


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


def hear(unit: Unit, state: testing.State, stage: Stage) -> testing.State:
    """Run the hook of a follower with a certificate, whose leader has decided on a stage."""
    for name in ("keystore.pem", "ca.pem"):
        (unit.folder / "conf" / name).write_text(PEM)
    (peers,) = state.get_relations("cluster")
    told = {**peers.local_app_data, "encrypt": "true", "stage": str(int(stage))}
    beside = {1: {"started": "true", "serves": "true"}}
    decided = replace(peers, local_app_data=told, peers_data=beside)  # type: ignore[call-arg]
    kept = [relation for relation in state.relations if relation.id != peers.id]
    return unit.look(
        replace(state, leader=False, relations=[decided, *kept], planned_units=2)  # type: ignore[arg-type]
    )


def test_a_broker_opens_its_listener_with_tls_while_it_runs(
    unit: Unit, cluster: Cluster, listening: None
) -> None:
    state = unit.look(unit.look(unit.state(planned_units=2)))
    cluster.refuses = True
    state = hear(unit, state, Stage.ACCEPT_BOTH)
    assert "stage" not in state.get_relation(1).local_unit_data, "it has not been opened"
    cluster.refuses = False
    state = hear(unit, state, Stage.ACCEPT_BOTH)
    assert cluster.dynamic["listeners"].count("INTERNAL_SASL_") == 2
    said = state.get_relation(1).local_unit_data
    assert (said["stage"], said["session"]) == ("1", "plain")
    assert restarts(unit) == 1
    state = hear(unit, state, Stage.DIAL_TLS)
    said = state.get_relation(1).local_unit_data
    assert said["request"] and said["stage"] == "1", "it waits for its turn"
    assert restarts(unit) == 1


def test_a_session_trusts_zookeepers_ca_until_it_has_left_its_port_with_tls(
    unit: Unit, listening: None
) -> None:
    """ZooKeeper, asked to speak plain text, tells no CA, and keeps the other port for us."""
    told = str(CA().root)
    told_by_it = testing.Secret({"tls": "enabled", "tls-ca": told}, id="secret:zk-encrypted")
    hosts = {"hosts": ["127.83.9.9:2182"], "chroot": "/kafka", "encrypted": True}
    app = {"zookeeper": json.dumps({"relation_id": 7, **hosts}), "encrypt": "true", "users": "7"}
    conf = unit.folder / "conf"
    conf.mkdir(parents=True)
    for name in ("keystore.pem", "ca.pem"):
        (conf / name).write_text(PEM)
    for said in ("secret:zk-encrypted", "secret:zk-tls"):
        relations = unit.peers({1: {"started": "true", "serves": "true"}}, **app), answered(said)
        secrets = [*unit.secrets[:-1], told_by_it]
        unit.look(unit.state(*relations, leader=False, planned_units=2, secrets=secrets))
        assert unit.properties["zookeeper.ssl.client.enable"] == "true"
        assert (conf / "zookeeper-ca.pem").read_text().strip() == told


@pytest.mark.parametrize("stage", ["7", "-1"])
def test_a_stage_that_is_none_is_not_replaced(unit: Unit, stage: str, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    (peers,) = state.get_relations("cluster")
    broken = replace(peers, local_app_data={**peers.local_app_data, "stage": stage})
    kept = [relation for relation in state.relations if relation.id != peers.id]
    state = unit.look(replace(state, relations=[broken, *kept]))
    assert state.unit_status == testing.BlockedStatus(
        "the peer databag cannot be read: stage is none"
    )


def test_zookeeper_is_told_of_moves_once_there_was_tls(unit: Unit, listening: None) -> None:
    state = unit.look(unit.look(unit.state()))
    asked = state.get_relation(7).local_app_data
    assert asked["tells-moves"] == "true" and "moved-to" not in asked
    (peers,) = state.get_relations("cluster")
    for session, told in (("plain", None), ("tls", "tls")):
        said = replace(peers, local_unit_data={**peers.local_unit_data, "session": session})
        related = unit.state(said, answered("secret:zk-encrypted"), secrets=state.secrets)
        after = unit.look(related).get_relation(7).local_app_data
        assert after.get("moved-to") == told
