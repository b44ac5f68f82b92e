"""The library that Canonical's charms ask with understands what it is answered."""

from kafkastack_charms.credentials import derive_password
from kafkastack_charms.kafka import provider as wire
from ops import testing

from tests.charms.kafka.tracks import unit
from tests.charms.kafka.unit import CREDENTIALS, Unit, client
from tests.charms.kafka_client import Asking, Told, hand_over

__all__ = ["unit"]

BOTH = {"extra_user_roles": "producer,consumer"}


def answer(unit: Unit, databag: dict[str, str]) -> Told:
    """Return what our charm tells whoever asks so."""
    serving = unit.look(unit.look(unit.state()))
    mine = client(databag)
    related = unit.look(unit.state(*serving.relations, mine, secrets=serving.secrets))
    related = unit.look(related)
    granted = [s for s in related.secrets if (s.label or "").startswith("kafka-client.8.")]
    return Told(dict(related.get_relation(8).local_app_data), hand_over(granted))


def test_version_1_reads_our_answer(unit: Unit, listening: None) -> None:
    app = Asking({"resource": "test-topic", **BOTH})
    (found,) = app.listen(answer(unit, app.databag))
    user = found.username
    assert user.startswith("relation-8-")
    assert found.password == derive_password(CREDENTIALS["users-key"], user)
    assert found.endpoints == f"{unit.address}:9092"
    assert found.tls is False
    assert found.consumer_group_prefix == f"{user}-"
    assert (found.zookeeper_uris or "") == unit.zookeeper_uris


def test_version_1_reads_one_answer_for_each_request(unit: Unit, listening: None) -> None:
    app = Asking(
        {"resource": "one", **BOTH},
        {"resource": "two", "extra_user_roles": "consumer", "consumer_group_prefix": "cg-"},
    )
    found = app.listen(answer(unit, app.databag))
    assert {a.resource: a.consumer_group_prefix for a in found} == {
        "one": f"{next(a.username for a in found if a.resource == 'one')}-",
        "two": "cg-",
    }
    assert len({a.username for a in found}) == 2


def test_version_1_reads_an_answer_without_anything_extra(unit: Unit, listening: None) -> None:
    app = Asking({"resource": "test-topic", "extra_user_roles": "producer"})
    (found,) = app.listen(answer(unit, app.databag))
    assert (found.consumer_group_prefix, found.tls) == (None, False)
    assert found.password == derive_password(CREDENTIALS["users-key"], found.username)


def test_version_1_reads_whom_to_trust() -> None:
    app = Asking({"resource": "test-topic", **BOTH})
    offer = wire.Offer("127.0.0.1:9093", "z:2181/kafka", encrypted=True, ca="PEM")
    requests = wire.read_requests(8, app.databag).requests
    told = wire.answer_v1(requests, offer, {requests[0].user: "word"})
    ids = {key: f"secret:{number}" for number, key in enumerate(told.secrets)}
    databag = {**told.plain, "requests": wire.write_entries(told, ids)}
    secrets = [testing.Secret(dict(told.secrets[key]), id=ids[key]) for key in ids]
    (found,) = app.listen(Told(databag, secrets))
    assert (found.endpoints, found.tls, found.tls_ca) == ("127.0.0.1:9093", True, "PEM")
