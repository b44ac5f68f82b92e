"""API of storage and its pools."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from kafkastack.controller.api.placing import attach_storage as attach
from kafkastack.controller.api.session import Session, listing
from kafkastack.controller.documents import pools_document, storage_document
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.model.records import Storage, StoragePool
from kafkastack.model.storage import complete, parse_directive, storage_of
from kafkastack.store.storages import (
    add_storage,
    attached_to,
    can_be_detached,
    pools_of,
    storage_pools,
)

Answer = tuple[str, str]  # what is done or was refused, and why it was


async def storage(s: Session) -> dict[str, Any]:
    """Return instances, filesystems and volumes."""
    return storage_document(s.store, s.model().uuid, s.metas(), s.facts)


async def show_storage(s: Session, names: list[str]) -> dict[str, Any]:
    """Return the named instances."""
    shown = {name: _storage(s, name).id for name in names}
    document: dict[str, Any] = await storage(s)
    return {name: document["storage"][name] for name in shown}


async def add(s: Session, unit: str, directives: Mapping[str, str]) -> list[str]:
    """Add storage to a unit; returns the ids of the new instances."""
    model, record = s.living_model().uuid, s.unit(unit)
    meta = s.meta(s.application(record.application))
    added: list[str] = []
    with s.store.transaction() as tx:
        pools = pools_of(tx, model, s.service.cloud.provider)
        for name, text in directives.items():
            known = storage_of(meta.name, meta.storage, name)
            present = sum(st.name == name for st in attached_to(tx, model, record.name))
            asked = parse_directive(text)
            wanted = complete(meta.name, known, asked, pools, present=present)
            added += add_storage(tx, model, record.name, name, wanted, s.now)
    return added


async def attach_storage(s: Session, unit: str, names: list[str]) -> list[Answer]:
    """Attach detached storage to a unit."""
    record = s.unit(unit)
    meta = s.meta(s.application(record.application))
    answers: list[Answer] = []
    for name in names:
        try:
            with s.store.transaction() as tx:
                attach(s, tx, record.name, meta, name)
            answers.append((f"attaching {name} to {record.name}", ""))
        except KafkastackError as error:
            answers.append((f"failed to attach {name} to {record.name}", str(error)))
    return answers


async def detach_storage(s: Session, names: list[str], force: bool) -> list[Answer]:
    """Begin to detach storage from its unit; with `force` without telling the charm."""
    return [_try(s, name, "detach", lambda st: _detach(s, st, force)) for name in names]


async def remove_storage(s: Session, names: list[str], force: bool, destroy: bool) -> list[Answer]:
    """Begin to remove storage; what is attached is detached first, if `force` says so."""
    return [_try(s, name, "remove", lambda st: _remove(st, force, destroy)) for name in names]


async def pools(s: Session, names: list[str], providers: list[str]) -> dict[str, Any]:
    """Return the pools of these names and providers, or all."""
    found = storage_pools(s.store, s.model().uuid, s.service.cloud.provider)
    return pools_document(found.values(), names, providers)


async def create_pool(s: Session, name: str, provider: str, attributes: Mapping[str, str]) -> None:
    """Add a pool."""
    model = s.living_model().uuid
    known = storage_pools(s.store, model, s.service.cloud.provider)
    if name in known:
        raise ConflictError(f'storage pool "{name}" already exists', "kafkastack storage-pools")
    providers = sorted({pool.provider for pool in known.values()})
    if provider not in providers:
        raise NotFoundError(
            f'storage provider "{provider}" not found', f"there are: {', '.join(providers)}"
        )
    with s.store.transaction() as tx:
        tx.put(model, StoragePool(name, provider, dict(attributes)))


async def update_pool(s: Session, name: str, attributes: Mapping[str, str]) -> None:
    """Change the attributes of a pool."""
    pool = _pool(s, name)
    with s.store.transaction() as tx:
        changed = replace(pool, attributes={**pool.attributes, **attributes})
        tx.put(s.model().uuid, changed)


async def remove_pool(s: Session, name: str) -> None:
    """Remove a pool that no storage is in."""
    model, pool = s.model().uuid, _pool(s, name)
    if used := [st.id for st in s.store.all(Storage, model) if st.pool == name]:
        raise ConflictError(f'storage pool "{name}" in use', listing("it holds", used))
    with s.store.transaction() as tx:
        tx.delete(model, pool)


def _pool(s: Session, name: str) -> StoragePool:
    model = s.model().uuid
    pool = s.store.find(StoragePool, model, name)
    if pool:
        return pool
    if name in storage_pools(s.store, model, s.service.cloud.provider):
        raise ConflictError(f'storage pool "{name}" is built in')
    raise NotFoundError(f'storage pool "{name}" not found', "kafkastack storage-pools")


def _storage(s: Session, name: str) -> Storage:
    model = s.model().uuid
    found = s.store.find(Storage, model, name)
    if found is None:
        known = [st.id for st in s.store.all(Storage, model)]
        raise NotFoundError(
            f'storage "{name}" not found', listing("storage is", known, none="the model has none")
        )
    return found


def _try(s: Session, name: str, verb: str, change: Callable[[Storage], Storage]) -> Answer:
    try:
        changed = change(_storage(s, name))
    except KafkastackError as error:
        return f"failed to {verb} {name}", str(error)
    with s.store.transaction() as tx:
        tx.put(s.model().uuid, changed)
    return f"{verb.removesuffix('e')}ing {name}", ""


def _detach(s: Session, storage: Storage, force: bool) -> Storage:
    if not can_be_detached(s.store, s.model().uuid, storage):
        raise ConflictError(
            "storage is not detachable",
            f"what is in pool {storage.pool} goes with its unit; one that can be detached: "
            "kafkastack storage-pools, then deploy --storage NAME=POOL",
        )
    if not storage.unit:
        raise ConflictError("storage is not attached")
    if force:
        return replace(storage, unit="")
    return replace(storage, attachment="dying")


def _remove(storage: Storage, force: bool, destroy: bool) -> Storage:
    if storage.unit and not force:
        raise ConflictError(
            "storage is attached",
            "Use the --force option to remove attached storage, or use\n"
            '"kafkastack detach-storage" to explicitly detach the storage\nbefore removing.',
        )
    return replace(storage, life="dying", released=not destroy)
