"""Scope of a relation: a unit's entry and departure, and what others then see of it."""

from msgspec.structs import replace

from kafkastack.agent.relation_steps import told_of
from kafkastack.agent.site import Place, Site
from kafkastack.clouds.protocol import Instance
from kafkastack.model.records import Databag, UnitState
from kafkastack.store.store import Transaction


def first_data(instance: Instance) -> dict[str, str]:
    """Return what Juju writes into a unit's databag when it joins."""
    return {
        "egress-subnets": instance.egress_subnet or f"{instance.address}/32",
        "ingress-address": instance.address,
        "private-address": instance.address,
    }


def join_relation(site: Site, place: Place, model: str, relation: int) -> None:
    """Enter the scope: from now on the other side's units see this one as a member."""
    with site.store.transaction() as tx:
        enter_scope(tx, model, place.unit, relation, first_data(place.machine.instance))


def enter_scope(
    tx: Transaction, model: str, unit: str, relation: int, data: dict[str, str]
) -> None:
    """Write a unit's first data, and that it has joined."""
    bag = tx.find(Databag, model, f"{relation}/{unit}") or Databag(relation, unit)
    data = {**bag.data, **data}
    tx.put(model, replace(bag, data=data, version=bag.version + 1, in_scope=True))
    state = tx.find(UnitState, model, unit) or UnitState(unit)
    told = replace(told_of(state, relation), joined=True)
    tx.put(model, replace(state, relations={**state.relations, str(relation): told}))


def leave_relation(tx: Transaction, model: str, unit: str, relation: int) -> None:
    """Leave the scope; the data stays readable until the relation itself is gone."""
    if bag := tx.find(Databag, model, f"{relation}/{unit}"):
        tx.put(model, replace(bag, in_scope=False))
    if state := tx.find(UnitState, model, unit):
        relations = {key: told for key, told in state.relations.items() if key != str(relation)}
        tx.put(model, replace(state, relations=relations))
