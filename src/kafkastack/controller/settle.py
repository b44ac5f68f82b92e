"""Consequences of the records alone: leaders, removals, cascades, until nothing changes.

Pure on a Transaction: no clock, cloud or process. `settle` is run after every command and every
agent's commit, so a crash between two of its consequences is repaired by the next run.
"""

from collections.abc import Callable

from msgspec.structs import replace

from kafkastack.hooktools import secret_rules
from kafkastack.model.records import (
    ENDED,
    Application,
    Databag,
    Machine,
    Model,
    Relation,
    Secret,
    SecretConsumer,
    SecretGrant,
    SecretRevision,
    Storage,
    Task,
    Unit,
    UnitState,
    tag_of,
)
from kafkastack.store.storages import attached_to, can_be_detached
from kafkastack.store.store import Transaction

Rule = Callable[[Transaction, Model], None]


def settle(tx: Transaction, model_uuid: str) -> None:
    """Apply every rule until none of them writes any more."""
    while True:
        model = tx.find(Model, model_uuid, "model")
        if model is None:
            return
        before = dict(tx.writes)
        for rule in RULES:
            rule(tx, model)
        if tx.writes == before:
            return


def _dying_model(tx: Transaction, model: Model) -> None:
    if model.life == "alive":
        return
    for application in tx.all(Application, model.uuid):
        if application.life == "alive":
            tx.put(model.uuid, replace(application, life="dying"))
    for machine in tx.all(Machine, model.uuid):
        if machine.life == "alive" or (model.forced and not machine.forced):
            tx.put(model.uuid, replace(machine, life="dying", forced=model.forced))


def _forced_model(tx: Transaction, model: Model) -> None:
    for unit in tx.all(Unit, model.uuid) if model.forced else []:
        if not unit.forced:
            tx.put(model.uuid, replace(unit, forced=True))


def _dying_applications(tx: Transaction, model: Model) -> None:
    dying = {a.name for a in tx.all(Application, model.uuid) if a.life != "alive"}
    for unit in tx.all(Unit, model.uuid):
        if unit.application in dying and unit.life == "alive":
            tx.put(model.uuid, replace(unit, life="dying"))
    for relation in tx.all(Relation, model.uuid):
        ends = {endpoint.application for endpoint in relation.endpoints}
        if relation.life == "alive" and ends & dying and not relation.is_peer:
            tx.put(model.uuid, replace(relation, life="dying"))


def _forced_units(tx: Transaction, model: Model) -> None:
    """Take a forced dying unit as dead: no hook of its runs any more."""
    for unit in tx.all(Unit, model.uuid):
        if unit.forced and unit.life == "dying":
            tx.put(model.uuid, replace(unit, life="dead"))


def _orphaned_subordinates(tx: Transaction, model: Model) -> None:
    for unit in tx.all(Unit, model.uuid):
        principal = tx.find(Unit, model.uuid, unit.principal) if unit.principal else None
        gone = bool(unit.principal) and (principal is None or principal.life != "alive")
        if gone and unit.life == "alive":
            tx.put(model.uuid, replace(unit, life="dying"))


def _dead_units(tx: Transaction, model: Model) -> None:
    for unit in tx.all(Unit, model.uuid):
        if unit.life == "dead":
            _remove_unit(tx, model.uuid, unit)


def _remove_unit(tx: Transaction, model: str, unit: Unit) -> None:
    tx.delete(model, unit)
    owned: list[type[UnitState | SecretConsumer]] = [UnitState, SecretConsumer]
    for kind in owned:
        for record in tx.all(kind, model):
            if record.unit == unit.name:
                tx.delete(model, record)
    _free_storage_of(tx, model, unit.name)
    for bag in tx.all(Databag, model):
        if bag.owner == unit.name and bag.in_scope:
            tx.put(model, replace(bag, in_scope=False))
    _remove_secrets_of(tx, model, unit.name)


def _tasks_of_the_removed(tx: Transaction, model: Model) -> None:
    """Abort what nobody is left to run, so that nobody waits for it."""
    receivers = {unit.name for unit in tx.all(Unit, model.uuid)}
    receivers |= {machine.id for machine in tx.all(Machine, model.uuid)}
    for task in tx.all(Task, model.uuid):
        if task.unit not in receivers and task.status not in ENDED:
            what = tag_of(task.unit).partition("-")[0]
            tx.put(model.uuid, replace(task, status="aborted", message=f"{what} was removed"))


def _free_storage_of(tx: Transaction, model: str, unit: str) -> None:
    for storage in attached_to(tx, model, unit):
        is_kept = storage.life == "alive" and can_be_detached(tx, model, storage)
        life = "alive" if is_kept else "dying"
        tx.put(model, replace(storage, unit="", attachment="alive", life=life))


def _storage(tx: Transaction, model: Model) -> None:
    """Let units let go of what is removed, and forget what has no files any more."""
    machines = {machine.id for machine in tx.all(Machine, model.uuid)}
    for storage in tx.all(Storage, model.uuid):
        if model.life != "alive" and storage.life == "alive" and not storage.unit:
            tx.put(model.uuid, replace(storage, life="dying", released=model.released))
        elif storage.machine and storage.machine not in machines:
            tx.delete(model.uuid, storage)  # its files have gone with the machine
        elif storage.life != "alive" and not _has_files(storage):
            tx.delete(model.uuid, storage)


def _told_storage(tx: Transaction, model: Model) -> None:
    """Forget what a charm was told of storage that was taken from it by force."""
    holders = {storage.id: storage.unit for storage in tx.all(Storage, model.uuid)}
    for state in tx.all(UnitState, model.uuid):
        told = tuple(name for name in state.storage if holders.get(name) == state.unit)
        if told != state.storage:
            tx.put(model.uuid, replace(state, storage=told))


def _has_files(storage: Storage) -> bool:
    """Report whether a storage has files that its unit or the controller has yet to look after."""
    is_shelved = storage.shelved and not storage.released
    return bool(storage.unit or storage.machine or is_shelved)


def _remove_secrets_of(tx: Transaction, model: str, owner: str) -> None:
    for secret in tx.all(Secret, model):
        if secret.owner != owner:
            continue
        tx.delete(model, secret)
        parts: list[type[SecretRevision | SecretConsumer | SecretGrant]] = [
            SecretRevision,
            SecretConsumer,
            SecretGrant,
        ]
        for kind in parts:
            for record in tx.all(kind, model):
                if record.secret == secret.id:
                    tx.delete(model, record)


def _leaders(tx: Transaction, model: Model) -> None:
    for application in tx.all(Application, model.uuid):
        units = sorted(
            (u for u in tx.all(Unit, model.uuid) if u.application == application.name),
            key=lambda unit: (unit.life != "alive", unit.number),
        )
        names = {unit.name for unit in units if unit.life == "alive"} or {u.name for u in units}
        if application.leader not in names:
            leader = units[0].name if units else ""
            if leader != application.leader:
                tx.put(model.uuid, replace(application, leader=leader))


def _departed_relations(tx: Transaction, model: Model) -> None:
    joined = {
        int(relation)
        for state in tx.all(UnitState, model.uuid)
        for relation, told in state.relations.items()
        if told.joined
    }
    for relation in tx.all(Relation, model.uuid):
        if relation.life == "alive" or (relation.id in joined and not relation.forced):
            continue
        tx.delete(model.uuid, relation)
        for bag in tx.all(Databag, model.uuid):
            if bag.relation == relation.id:
                tx.delete(model.uuid, bag)
        for grant in tx.all(SecretGrant, model.uuid):
            if grant.relation == relation.id:
                tx.delete(model.uuid, grant)


def _empty_applications(tx: Transaction, model: Model) -> None:
    for application in tx.all(Application, model.uuid):
        if application.life == "alive" or _is_used(tx, model.uuid, application.name):
            continue
        for relation in tx.all(Relation, model.uuid):
            if relation.is_peer and relation.endpoint_of(application.name):
                tx.put(model.uuid, replace(relation, life="dying", forced=True))
        _remove_secrets_of(tx, model.uuid, application.name)
        tx.delete(model.uuid, application)


def _is_used(tx: Transaction, model: str, application: str) -> bool:
    if any(unit.application == application for unit in tx.all(Unit, model)):
        return True
    return any(
        relation.endpoint_of(application) and not relation.is_peer
        for relation in tx.all(Relation, model)
    )


def _empty_machines(tx: Transaction, model: Model) -> None:
    """End a machine when the last unit that was placed on it has gone."""
    used = {unit.machine for unit in tx.all(Unit, model.uuid)}
    for machine in tx.all(Machine, model.uuid):
        if machine.placed and machine.id not in used and machine.life == "alive":
            tx.put(model.uuid, replace(machine, life="dying"))


def _pruned_secrets(tx: Transaction, model: Model) -> None:
    for secret in tx.all(Secret, model.uuid):
        secret_rules.prune(tx, model.uuid, secret)


RULES: tuple[Rule, ...] = (
    _dying_model,
    _forced_model,
    _dying_applications,
    _orphaned_subordinates,
    _forced_units,
    _dead_units,
    _tasks_of_the_removed,
    _storage,
    _told_storage,
    _departed_relations,
    _empty_applications,
    _leaders,
    _empty_machines,
    _pruned_secrets,
)
