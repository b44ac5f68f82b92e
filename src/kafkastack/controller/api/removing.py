"""What goes with a unit that is removed: its storage, kept or destroyed."""

from dataclasses import replace
from typing import TypedDict

from kafkastack.model.natural import naturally_sorted
from kafkastack.model.records import Unit
from kafkastack.store.storages import attached_to, can_be_detached
from kafkastack.store.store import Transaction


class Going(TypedDict):
    """A unit that goes, and what becomes of its storage."""

    unit: str
    destroyed: list[str]
    detached: list[str]


def begin_to_remove(
    tx: Transaction, model: str, unit: Unit, force: bool, destroy_storage: bool
) -> Going:
    """Let a unit die; with `destroy_storage` also what could be kept of its storage."""
    tx.put(model, replace(unit, life="dying", forced=force or unit.forced))
    storage = attached_to(tx, model, unit.name)
    kept = {s.id for s in storage if can_be_detached(tx, model, s) and not destroy_storage}
    for record in storage:
        if record.id not in kept:
            tx.put(model, replace(record, life="dying"))
    return Going(
        unit=unit.name,
        destroyed=naturally_sorted({s.id for s in storage} - kept),
        detached=naturally_sorted(kept),
    )
