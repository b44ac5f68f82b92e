"""Knowledge of a model about another one: what is there, by the names of here."""

from typing import Any

from msgspec.structs import replace

from kafkastack.controller.cross_model import follow
from kafkastack.model.derived_status import initial
from kafkastack.model.records import (
    Application,
    Databag,
    Endpoint,
    Model,
    Relation,
    Saas,
    Secret,
    SecretConsumer,
    SecretGrant,
    SecretRevision,
    Unit,
)
from kafkastack.store.store import Reader, Record, Transaction

HERE, THERE = "here-uuid", "there-uuid"
STRANGER = "remote-0f"


def endpoint(application: str, role: Any) -> Endpoint:
    return Endpoint(application, "db", "db", role)


def unit(name: str, **more: Any) -> Unit:
    return Unit(name, "0", 0.0, initial("unit-waiting", 0.0), initial("agent-idle", 0.0), **more)


def world(**there: Any) -> Transaction:
    """`far` of THERE is consumed HERE as "alias" by `near`."""
    near = Relation(
        5,
        (endpoint("alias", "provider"), endpoint("near", "requirer")),
        far=f"{THERE}/9",
        remote="alias",
    )
    far = Relation(
        9,
        (endpoint("far", "provider"), endpoint(STRANGER, "requirer")),
        far=f"{HERE}/5",
        remote=STRANGER,
        offer="far",
        **there,
    )
    tx = Transaction({})
    put(tx, HERE, Model(HERE, "here", "local", "x", 0.0), Application("near", "c", 0.0), near)
    put(tx, THERE, Model(THERE, "there", "local", "x", 0.0), Application("far", "c", 0.0), far)
    put(tx, THERE, unit("far/0"), Databag(9, "far/0", {"a": "b"}, 3, in_scope=True))
    put(tx, THERE, Databag(9, "far", {"app": "x"}, 1))
    put(tx, HERE, unit("near/1"), Databag(5, "near/1", {"c": "d"}, 2, in_scope=True))
    return tx


def put(tx: Transaction, model: str, *records: Record) -> None:
    for record in records:
        tx.put(model, record)


def both(tx: Transaction) -> Transaction:
    follow(tx, HERE)
    follow(tx, THERE)
    return tx


def bags(reader: Reader, model: str) -> dict[str, Databag]:
    return {bag.owner: bag for bag in reader.all(Databag, model)}


def test_data_and_members_are_copied_by_the_names_of_each_side():
    tx = both(world())
    assert bags(tx, HERE)["alias/0"] == Databag(5, "alias/0", {"a": "b"}, 3, in_scope=True)
    assert bags(tx, HERE)["alias"] == Databag(5, "alias", {"app": "x"}, 1)
    stranger = f"{STRANGER}/1"
    assert bags(tx, THERE)[stranger] == Databag(9, stranger, {"c": "d"}, 2, in_scope=True)
    before = dict(tx.writes)
    assert both(tx).writes == before, "what is copied is not copied again"


def test_a_unit_that_is_on_its_way_out_is_no_member():
    tx = both(world())
    put(tx, THERE, unit("far/0", life="dying"))
    assert not bags(both(tx), HERE)["alias/0"].in_scope


def test_an_end_and_a_suspension_are_followed():
    tx = both(world(suspended=True, message="why"))
    [near] = tx.all(Relation, HERE)
    assert (near.suspended, near.message) == (True, "why")
    put(tx, HERE, replace(near, life="dying", suspended=False))
    [far] = both(tx).all(Relation, THERE)
    assert far.life == "dying" and far.suspended, "who offers says whether it is suspended"


def test_what_is_gone_on_the_other_side_ends_here():
    tx = both(world())
    tx.delete_model(THERE)
    follow(tx, HERE)
    assert tx.all(Relation, HERE)[0].life == "dying"
    assert not bags(tx, HERE)["alias/0"].in_scope


def test_a_granted_secret_is_there_as_long_as_it_is_granted():
    tx = world()
    grant = SecretGrant("s1", STRANGER, 9)
    put(tx, THERE, Secret("s1", "far", 1.0, 1.0, label="mine"), Secret("s2", "far", 1.0, 1.0))
    put(tx, THERE, SecretRevision("s1", 1, {"word": "one"}, 1.0), grant)
    both(tx)
    assert [(s.id, s.owner, s.label) for s in tx.all(Secret, HERE)] == [("s1", "alias", "")]
    assert tx.all(SecretGrant, HERE) == [SecretGrant("s1", "near", 5)]
    put(tx, HERE, SecretConsumer("s1", "near/1", 1))
    assert both(tx).all(SecretConsumer, THERE) == [SecretConsumer("s1", f"{STRANGER}/1", 1)]
    tx.delete(THERE, grant)
    both(tx)
    assert not tx.all(Secret, HERE) and not tx.all(SecretRevision, HERE)
    assert [s.id for s in tx.all(Secret, THERE)] == ["s1", "s2"]


def test_what_is_not_used_any_more_goes_after_its_relations():
    tx = both(world())
    saas = Saas("alias", THERE, "far", "admin/there.far", (), 0.0, life="dying")
    put(tx, HERE, saas)
    follow(tx, HERE)
    [near] = tx.all(Relation, HERE)
    assert near.life == "dying" and tx.all(Saas, HERE)
    tx.delete(HERE, near)
    follow(tx, HERE)
    assert not tx.all(Saas, HERE)
