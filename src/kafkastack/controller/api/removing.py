"""Removal of a unit: what goes with it, and its storage, kept or destroyed."""

from typing import TypedDict

from msgspec.structs import replace

from kafkastack.errors import ConflictError
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.records import Model, Storage, Unit
from kafkastack.store.storages import attached_to, can_be_detached
from kafkastack.store.store import Reader, Transaction


class Removal(TypedDict):
    """A unit that goes, and what becomes of its storage."""

    unit: str
    destroyed: list[str]
    detached: list[str]


def begin_to_remove(
    tx: Transaction, model: str, unit: Unit, force: bool, destroy_storage: bool
) -> Removal:
    """Let a unit die; with `destroy_storage` also what could be kept of its storage."""
    tx.put(model, replace(unit, life="dying", forced=force or unit.forced))
    storage = attached_to(tx, model, unit.name)
    kept = {s.id for s in storage if can_be_detached(tx, model, s) and not destroy_storage}
    for record in storage:
        if record.id not in kept:
            tx.put(model, replace(record, life="dying"))
    return Removal(
        unit=unit.name,
        destroyed=naturally_sorted({s.id for s in storage} - kept),
        detached=naturally_sorted(kept),
    )


def refuse_to_lose_storage(reader: Reader, model: Model) -> None:
    """Refuse to destroy a model with storage that outlives its units, unless told what for."""
    kept = [s for s in reader.all(Storage, model.uuid) if can_be_detached(reader, model.uuid, s)]
    if not kept:
        return
    plural = "" if len(kept) == 1 else "s"
    raise ConflictError(
        f'cannot destroy model "{model.name}"\n\n'
        f"The model has persistent storage remaining:\n\t{len(kept)} filesystem{plural}\n",
        'To destroy the storage, run the command again with the option "--destroy-storage".\n'
        'To keep its files, use the option "--release-storage" instead.',
    )
