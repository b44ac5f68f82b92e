"""Document of `show-unit`: a unit with the databags that it sees."""

from collections.abc import Sequence

from kafkastack.controller.documents.applications import charm_url
from kafkastack.controller.documents.facts import Document
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.errors import NotFoundError
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.ports import opened_ports
from kafkastack.model.records import Endpoint, Relation, Unit
from kafkastack.store.store import Reader


def show_unit_document(reader: Reader, model_uuid: str, units: Sequence[str]) -> Document:
    """Return the named units; NotFoundError for one that is not there."""
    snapshot = take_snapshot(reader, model_uuid)
    return {name: _unit(snapshot, _get(snapshot, name)) for name in units}


def _get(snapshot: Snapshot, name: str) -> Unit:
    if name not in snapshot.units:
        known = ", ".join(snapshot.units) or "none"
        raise NotFoundError(f'unit "{name}" not found', f"the model's units: {known}")
    return snapshot.units[name]


def _unit(snapshot: Snapshot, unit: Unit) -> Document:
    application = snapshot.applications[unit.application]
    address = snapshot.address_of(unit)
    shown: Document = {
        "workload-version": unit.version or application.version,
        "machine": snapshot.machine_of(unit),
        "opened-ports": opened_ports(unit.ports),
        "public-address": address,
        "charm": charm_url(snapshot.charms.get(unit.charm) or snapshot.charm_of(application)),
        "leader": snapshot.leads(unit),
        "life": unit.life,
        "relation-info": [_relation(snapshot, unit, r) for r in _relations(snapshot, unit)],
        "address": address,
    }
    return {key: value for key, value in shown.items() if value or key in _ALWAYS}


_ALWAYS = ("opened-ports", "leader")


def _relations(snapshot: Snapshot, unit: Unit) -> list[Relation]:
    """Return a unit's relations, of container-scoped ones only those with its own machine mate."""
    return [
        relation
        for relation in snapshot.relations_of(unit.application)
        if relation.endpoints[0].scope != "container" or _mates(snapshot, unit, relation)
    ]


def _mates(snapshot: Snapshot, unit: Unit, relation: Relation) -> list[str]:
    other = relation.counterpart_of(unit.application)
    found = [u for u in snapshot.units.values() if other and u.application == other.application]
    return [u.name for u in found if u.principal == unit.name or unit.principal == u.name]


def _relation(snapshot: Snapshot, unit: Unit, relation: Relation) -> Document:
    mine, other = relation.endpoint_of(unit.application), relation.counterpart_of(unit.application)
    assert mine and other  # noqa: S101  # snapshot.relations_of has asked
    shown: Document = {
        "relation-id": relation.id,
        "endpoint": mine.name,
        "related-endpoint": other.name,
        **({"cross-model": True} if relation.far else {}),
        "application-data": _data(snapshot, relation, other.application),
        "local-unit": _bag(snapshot, relation, unit.name),
    }
    members = _members(snapshot, unit, relation, other)
    if members:
        shown["related-units"] = {name: _bag(snapshot, relation, name) for name in members}
    return shown


def _members(snapshot: Snapshot, unit: Unit, relation: Relation, other: Endpoint) -> list[str]:
    owners = [b.owner for b in snapshot.databags.values() if b.relation == relation.id]
    members = [o for o in owners if o.rpartition("/")[0] == other.application and o != unit.name]
    if other.scope == "container":
        members = [name for name in members if name in _mates(snapshot, unit, relation)]
    return naturally_sorted(members)


def _bag(snapshot: Snapshot, relation: Relation, owner: str) -> Document:
    bag = snapshot.databags.get(f"{relation.id}/{owner}")
    return {"in-scope": bag is not None and bag.in_scope, "data": _data(snapshot, relation, owner)}


def _data(snapshot: Snapshot, relation: Relation, owner: str) -> Document:
    bag = snapshot.databags.get(f"{relation.id}/{owner}")
    return dict(sorted(bag.data.items())) if bag else {}
