"""Copies of what a model takes from the models it relates to: data, members, secrets, ends.

A relation between two models is a record in each, with the other side's databags, secrets and
consumers copied from there. `follow` makes the copies of one model what they should be; it is run
with `settle`, so that a crash in between is repaired by the next run.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kafkastack.model.records import (
    Application,
    Databag,
    Model,
    Offer,
    Relation,
    Saas,
    Secret,
    SecretConsumer,
    SecretGrant,
    SecretRevision,
    Unit,
)
from kafkastack.store.store import Record, Transaction


class _Sides(Struct, frozen=True):
    """A relation here and its record in the other model."""

    model: str
    near: Relation
    other: str  # the other model
    far: Relation

    @property
    def local(self) -> str:
        """Our application."""
        return next(
            e.application for e in self.near.endpoints if e.application != self.near.remote
        )

    @property
    def there(self) -> str:
        """What our remote application is called where it is."""
        return next(e.application for e in self.far.endpoints if e.application != self.far.remote)

    def here(self, name: str) -> str:
        """Return what a unit or the application of there is called here."""
        return self.near.remote + name.removeprefix(self.there)

    def ours(self, name: str) -> str:
        """Return what we call a unit of ours that is known there by its name there."""
        return self.local + name.removeprefix(self.far.remote)


def follow(tx: Transaction, model_uuid: str) -> None:
    """Bring what a model knows of others up to date."""
    model = tx.find(Model, model_uuid, "model")
    if model is None:
        return
    _end_offers(tx, model)
    _end_saas(tx, model)
    crossing = [relation for relation in tx.all(Relation, model_uuid) if relation.far]
    sides = [found for relation in crossing if (found := _sides(tx, model_uuid, relation))]
    met = {found.near.id for found in sides}
    for relation in crossing:
        if relation.id not in met:
            _lose(tx, model_uuid, relation)
    for found in sides:
        _follow_life(tx, found)
        _copy_databags(tx, found)
        _copy_consumers(tx, found)
    _copy_secrets(tx, model_uuid, sides)


def _sides(tx: Transaction, model: str, relation: Relation) -> _Sides | None:
    other, _, number = relation.far.partition("/")
    far = tx.find(Relation, other, number)
    return _Sides(model, relation, other, far) if far else None


def _lose(tx: Transaction, model: str, relation: Relation) -> None:
    """End a relation whose other side is gone: its members leave."""
    if relation.life == "alive":
        tx.put(model, replace(relation, life="dying"))
    for bag in tx.all(Databag, model):
        if bag.relation == relation.id and _is_of(bag.owner, relation.remote) and bag.in_scope:
            tx.put(model, replace(bag, in_scope=False))


def _is_of(owner: str, application: str) -> bool:
    return _application(owner) == application


def _application(owner: str) -> str:
    return owner.partition("/")[0]


def _follow_life(tx: Transaction, sides: _Sides) -> None:
    near, far = sides.near, sides.far
    now = near
    if far.life != "alive" and near.life == "alive":
        now = replace(now, life="dying", forced=near.forced or far.forced)
    if not near.offer:  # who offers says whether it is suspended
        now = replace(now, suspended=far.suspended, message=far.message)
    if now != near:
        tx.put(sides.model, now)


def _copy_databags(tx: Transaction, sides: _Sides) -> None:
    for bag in tx.all(Databag, sides.other):
        if bag.relation != sides.far.id or not _is_of(bag.owner, sides.there):
            continue
        unit = tx.find(Unit, sides.other, bag.owner)
        is_member = bag.in_scope and unit is not None and unit.life == "alive"
        owner = sides.here(bag.owner)
        _put(
            tx, sides.model, replace(bag, relation=sides.near.id, owner=owner, in_scope=is_member)
        )


def _put(tx: Transaction, model: str, record: Record) -> None:
    if tx.find(type(record), model, record.key) != record:
        tx.put(model, record)


def _copy_consumers(tx: Transaction, sides: _Sides) -> None:
    """Note which revisions of our secrets are read there, so that they are kept for it."""
    tracked = {
        f"{consumer.secret}/{unit}": replace(consumer, unit=unit)
        for consumer in tx.all(SecretConsumer, sides.other)
        if _is_of(consumer.unit, sides.there) and tx.find(Secret, sides.model, consumer.secret)
        for unit in [sides.here(consumer.unit)]
    }
    for consumer in tx.all(SecretConsumer, sides.model):
        if _is_of(consumer.unit, sides.near.remote) and consumer.key not in tracked:
            tx.delete(sides.model, consumer)
    for consumer in tracked.values():
        _put(tx, sides.model, consumer)


def _copy_secrets(tx: Transaction, model: str, sides: list[_Sides]) -> None:
    """Copy what was granted to us over these relations, and forget what is no more."""
    granted = [copy for found in sides for copy in _granted(tx, found)]
    kept = {(type(record), record.key) for record in granted}
    known = {application.name for application in tx.all(Application, model)}
    copied = {
        s.id for s in tx.all(Secret, model) if s.owner and _application(s.owner) not in known
    }
    parts: tuple[type[Secret | SecretRevision | SecretGrant], ...] = (
        Secret,
        SecretRevision,
        SecretGrant,
    )
    for kind in parts:
        for record in tx.all(kind, model):
            identity = record.id if isinstance(record, Secret) else record.secret
            if identity in copied and (kind, record.key) not in kept:
                tx.delete(model, record)
    for record in granted:
        _put(tx, model, record)


def _granted(tx: Transaction, sides: _Sides) -> Iterator[Record]:
    for grant in tx.all(SecretGrant, sides.other):
        secret = tx.find(Secret, sides.other, grant.secret)
        if (
            secret is None
            or grant.relation != sides.far.id
            or not _is_of(secret.owner, sides.there)
        ):
            continue
        yield replace(secret, owner=sides.here(secret.owner), rotates=0.0, expires=0.0, label="")
        yield replace(grant, target=sides.ours(grant.target), relation=sides.near.id)
        for revision in tx.all(SecretRevision, sides.other):
            if revision.secret == secret.id:
                yield revision


def _end_offers(tx: Transaction, model: Model) -> None:
    for offer in tx.all(Offer, model.uuid):
        if tx.find(Application, model.uuid, offer.application) is None:
            tx.delete(model.uuid, offer)


def _end_saas(tx: Transaction, model: Model) -> None:
    for saas in tx.all(Saas, model.uuid):
        if saas.life == "alive" and model.life == "alive":
            continue
        mine = [r for r in tx.all(Relation, model.uuid) if r.remote == saas.name]
        for relation in mine:
            if relation.life == "alive":
                tx.put(model.uuid, replace(relation, life="dying"))
        if not mine:
            tx.delete(model.uuid, saas)
