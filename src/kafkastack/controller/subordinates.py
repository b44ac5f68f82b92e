"""Subordinate units: one beside each principal unit that is in a relation."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from kafkastack.errors import KafkastackError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.derived_status import initial
from kafkastack.model.records import Application, Charm, Databag, Model, Relation, Unit
from kafkastack.model.storage import wanted_storage
from kafkastack.store.numbers import next_number
from kafkastack.store.storages import add_storage, pools_of
from kafkastack.store.store import Transaction

_Metas = Callable[[str], CharmMeta]  # of the digest of a charm


def change_subordinates(
    tx: Transaction, model: str, metas: _Metas, provider: str, now: float
) -> None:
    """Add the subordinate units that are missing; let those die whose relation goes."""
    record = tx.find(Model, model, "model")
    has_some = any(application.subordinate for application in tx.all(Application, model))
    if record is None or record.life != "alive" or not has_some:
        return
    pairs = list(_pairs(tx, model))
    held = {(application, subordinate.name) for _, application, subordinate in pairs}
    for unit in tx.all(Unit, model):
        principal = tx.find(Unit, model, unit.principal) if unit.principal else None
        is_held = principal and (principal.application, unit.application) in held
        if unit.principal and unit.life == "alive" and not is_held:
            tx.put(model, replace(unit, life="dying"))
    for relation, application, subordinate in pairs:
        for principal in _without(tx, model, relation, application, subordinate):
            _add(tx, model, subordinate, principal, (metas, provider, now))


def _pairs(tx: Transaction, model: str) -> Iterator[tuple[Relation, str, Application]]:
    """Yield living container-scoped relations, each with its principal and its subordinate."""
    for relation in tx.all(Relation, model):
        if relation.is_peer or relation.endpoints[0].scope != "container":
            continue
        ends = [tx.find(Application, model, end.application) for end in relation.endpoints]
        for one, other in (ends, reversed(ends)):
            if one and other and _is_wanted(relation, one, other):
                yield relation, one.name, other


def _is_wanted(relation: Relation, principal: Application, subordinate: Application) -> bool:
    is_alive = relation.life == subordinate.life == "alive"
    return is_alive and subordinate.subordinate and not principal.subordinate


def _without(
    tx: Transaction, model: str, relation: Relation, application: str, subordinate: Application
) -> Iterator[Unit]:
    """Yield the principal units in a relation that have no unit of the subordinate beside them."""
    units = tx.all(Unit, model)
    served = {unit.principal for unit in units if unit.application == subordinate.name}
    for unit in sorted(units, key=lambda unit: unit.number):
        bag = tx.find(Databag, model, f"{relation.id}/{unit.name}")
        is_in = unit.application == application and bag is not None and bag.in_scope
        if is_in and unit.life == "alive" and unit.name not in served:
            yield unit


def _add(
    tx: Transaction,
    model: str,
    application: Application,
    principal: Unit,
    around: tuple[_Metas, str, float],
) -> None:
    metas, provider, now = around
    try:
        meta = metas(tx.get(Charm, model, application.charm).digest)
    except KafkastackError:
        return  # its charm is damaged, which is told where the application is asked for
    name = f"{application.name}/{next_number(tx, model, f'unit-{application.name}')}"
    workload, agent = initial("unit-installing", now), initial("agent-allocating", now)
    tx.put(model, Unit(name, principal.machine, now, workload, agent, principal=principal.name))
    pools = pools_of(tx, model, provider)
    for storage, directive in wanted_storage(
        meta.name, meta.storage, application.storage, pools
    ).items():
        add_storage(tx, model, name, storage, directive, now)
