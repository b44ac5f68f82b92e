"""Databags as others may write them, and how each charm reads them."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st
from kafkastack_charms import databag, provider, requirer
from kafkastack_charms.kafka import brokers, clients
from kafkastack_charms.kafka import provider as kafka_provider
from kafkastack_charms.peers import BrokenRecordError, Member, Shared

from tests.charms.kafka import modules as kafka
from tests.charms.kafka_4 import modules as kafka_4
from tests.charms.modules import Modules
from tests.charms.zookeeper import modules as zookeeper
from tests.fuzz.words import maps_of, texts, values, words

_certificates = Modules("self-signed-certificates")
wire: Any = _certificates.find("wire")

Bag = dict[str, str]


class _Secret:
    def __init__(self, content: Bag) -> None:
        self.content = content

    def get_content(self, refresh: bool = False) -> Bag:
        return self.content


class _Relation:
    """A relation of which the other side, and every unit there, has written the same."""

    name, app, active = "relation", "them", True

    def __init__(self, number: int, written: Bag) -> None:
        self.id = number
        self.data: dict[str, Bag] = {"them": written, "us": {}}


class _Model:
    """What ops shows: its secrets hold what a stranger has put there."""

    app = "us"

    def __init__(self, content: Bag) -> None:
        self.content = content

    def get_secret(self, **_: str) -> _Secret:
        return _Secret(self.content)


def _read_as_kafka(made_up: Bag) -> None:
    asked = kafka_provider.read_requests(1, made_up, ("relation-1",))
    databag.read(made_up, clients.Published)
    json.dumps(provider.write_refusal(asked.refused)).encode()
    for request in asked.requests:
        assert request.user.isprintable()
        assert request.rules is not None


def _read_as_zookeeper(made_up: Bag) -> None:
    relations: Any = [_Relation(8, made_up), _Relation(9, {"database": "/a", **made_up})]
    asked = zookeeper.clients.read_all(relations, {9: "/a/b"})
    zookeeper.clients.find_ports_in_use(relations)
    offer = zookeeper.clients.Offer(("127.0.0.1",), 2181)
    for client in asked.clients:
        assert client.chroot.startswith("/") and client.chroot.isprintable()
        json.dumps(zookeeper.clients.answer(client, offer, "word")).encode()
    json.dumps(list(asked.refused.values())).encode()


def _read_as_peer(made_up: Bag) -> None:
    """What units and the leader have written is read as it is, or not at all."""
    unit = Member.parse("a/1", made_up)
    assert unit.runner.number == 1
    json.dumps([unit.describe(), brokers.Peer.parse(unit, made_up).describe()]).encode()
    _read_records(made_up, Shared, clients.Ledger)


def _read_as_peer_of_zookeeper(made_up: Bag) -> None:
    unit = Member.parse("a/1", made_up)
    json.dumps(zookeeper.state.Peer.parse(unit, made_up).describe()).encode()
    _read_records(made_up, zookeeper.state.App)
    with suppress(BrokenRecordError):
        assert zookeeper.state.App.parse(made_up).chroots is not None


def _read_as_peer_of_kafka(made_up: Bag) -> None:
    unit = Member.parse("a/1", made_up)
    json.dumps(kafka.state.Transport.parse(unit, made_up).describe()).encode()
    _read_records(made_up, kafka.state.App)


def _read_as_peer_of_kafka_4(made_up: Bag) -> None:
    json.dumps(kafka_4.state.Seat.parse(made_up).describe()).encode()
    _read_records(made_up, kafka_4.state.Kraft)


def _read_records(made_up: Bag, *records: Any) -> None:
    for record in records:
        with suppress(BrokenRecordError):
            json.dumps(record.parse(made_up).describe()).encode()


def _read_as_client(made_up: Bag) -> None:
    model: Any = _Model(made_up)
    relation: Any = _Relation(7, made_up)
    offer = kafka.zookeeper.read_offer(model, relation)
    if isinstance(offer, kafka.zookeeper.Offer):
        assert offer.uris.isprintable() and offer.password.isprintable()
    for key, value in requirer.read_answer(model, relation).items():
        assert key.isascii() and databag.is_text(value)
    assert requirer.read_refusal(relation).isprintable()


def _read_as_member_of_a_cluster(made_up: Bag) -> None:
    model: Any = _Model(made_up)
    relation: Any = _Relation(7, made_up)
    told = kafka_4.peer_cluster.read_brokers(model, relation)
    if isinstance(told, kafka_4.peer_cluster.Brokers):
        assert told.first_users and told.ca
    known = kafka_4.peer_cluster.read_controllers(model, relation)
    if isinstance(known, kafka_4.state.Controllers):
        assert known.servers and known.password.isprintable()


def _read_as_authority(made_up: Bag) -> None:
    asked = wire.read_requests(made_up)
    if not isinstance(asked, databag.Refusal):
        answers = [wire.Refused(request.csr, "no") for request in asked]
        json.dumps(wire.write_answers(answers)).encode()
    wire.report_issued(wire.read_issued(made_up))


_ASKED = (
    *("topic", "extra-user-roles", "requested-secrets", "entity-type", "entity-permissions"),
    *("extra-group-roles", "consumer-group-prefix", "mtls-cert", "requests", "version", "data"),
    *("request-id", "resource", "salt", "secret-user", "secret-tls", "secret-mtls", "users"),
)
_TOLD = ("endpoints", "chroot", "database", "username", "password", "tls", "tls-ca", "status")
_OF_UNITS = (
    *("address", "client", "started", "serves", "request", "rotations", "goes-last", "seen"),
    *("failure", "certificate", "cas", "trusts", "client-port", "credentials", "turn"),
    *("lagging-user", "granted", "published"),
)


class _Reader(NamedTuple):
    """A side of a charm, where it finds its modules, and the keys that it looks for."""

    read: Callable[[Bag], None]
    keys: tuple[str, ...]
    as_dispatched: Callable[[], AbstractContextManager[None]] = nullcontext


_READERS = (
    _Reader(_read_as_kafka, _ASKED),
    _Reader(
        _read_as_zookeeper,
        ("database", "chroot", "chroot-acl", "tells-moves", "moved-to", *_ASKED),
        zookeeper.as_dispatched,
    ),
    _Reader(_read_as_peer, _OF_UNITS),
    _Reader(
        _read_as_peer_of_zookeeper,
        ("stage", "ports", "member", "founder", "retired", "granted", "published"),
        zookeeper.as_dispatched,
    ),
    _Reader(
        _read_as_peer_of_kafka,
        ("stage", "session", "zookeeper", "encrypt", "users"),
        kafka.as_dispatched,
    ),
    _Reader(
        _read_as_peer_of_kafka_4,
        (
            *("directory", "votes", "cluster-uuid", "roles", "bootstrap-unit", "controllers-of"),
            *("users", "min-in-sync", "encrypt"),
        ),
        kafka_4.as_dispatched,
    ),
    _Reader(_read_as_client, (*_TOLD, "secret-user", "secret-tls", "data"), kafka.as_dispatched),
    _Reader(
        _read_as_member_of_a_cluster,
        (
            *("roles", "cluster-uuid", "secret-broker", "broker-ca", "brokers", "is-down"),
            *("broker-username", "broker-password", "bootstrap-controller", "controllers"),
            *("secret-controller", "controller-ca", "turn", "controller-password"),
        ),
        kafka_4.as_dispatched,
    ),
    _Reader(
        _read_as_authority,
        ("certificate-signing-requests", "certificates", "ca"),
        _certificates.as_dispatched,
    ),
)

_PEM = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----"
_words = st.sampled_from(
    [
        *("admin", "producer,consumer", "v0", "v1", "USER", "GROUP", "*", "orders", "orders-*"),
        *(_PEM, json.dumps([_PEM]), "secret:x", "[]", "{}", "broker", "controller", "replication"),
        *("/kafka", "kafka/", "cdrwa", "xyz", "127.0.0.1:2181", "a:1,[::1]:99999", "enabled"),
        *("true", "3", "-1", "9" * 30, "1,2", "app/1 x", "app/x", '{"8": "cdrwa /a", "9": ""}'),
        *('["username", "password"]', '[{"resource_name": "a", "privileges": ["READ"]}]', "1e999"),
        *('[{"certificate_signing_request": "x"}]', '[{"message": "no", "code": 1}]'),
        '{"relation_id": 7, "hosts": ["a:1"], "chroot": "/kafka"}',
    ]
)


def _bags(keys: tuple[str, ...]) -> st.SearchStrategy[Bag]:
    written = (maps_of(*keys) | st.lists(maps_of(*keys), max_size=3) | values).map(json.dumps)
    names = st.sampled_from([*keys, *(key.replace("-", "_") for key in keys)]) | words
    return st.dictionaries(names, _words | written | texts, max_size=8)


databags = st.one_of([_bags(reader.keys) for reader in _READERS])


def read_databag(made_up: Bag, _: Path) -> None:
    """Read it as each side of each charm does."""
    for reader in _READERS:
        with reader.as_dispatched():
            reader.read(made_up)
