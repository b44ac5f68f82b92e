"""Storage instances as they come into the records, and the pools to make them in."""

from collections.abc import Iterable

from kafkastack.model.records import Model, Storage, StoragePool
from kafkastack.model.storage import ROOTFS, Directive, Pools
from kafkastack.store.numbers import next_number
from kafkastack.store.store import Reader, Transaction

DEFAULT_POOL = "storage-default-filesystem-source"  # a setting of the model


def add_storage(
    tx: Transaction, model: str, unit: str, name: str, directive: Directive, now: float
) -> list[str]:
    """Give a unit the storage instances of a complete directive; returns their ids."""
    names: list[str] = []
    for _ in range(directive.count):
        identity = f"{name}/{next_number(tx, model, 'storage')}"
        pool, size = directive.pool, directive.size
        tx.put(model, Storage(identity, name, unit, pool=pool, size=size, created=now))
        names.append(identity)
    return names


def attached_to(reader: Reader, model: str, unit: str) -> list[Storage]:
    """Return the storage of a unit, what it is about to let go included."""
    return [storage for storage in reader.all(Storage, model) if storage.unit == unit]


def storage_pools(reader: Reader, model: str, cloud: str) -> dict[str, StoragePool]:
    """Return the pools by name: rootfs, the cloud's own, and those that were added.

    What is made in rootfs goes with its unit; the storage of any other pool can be detached.
    """
    built_in: Iterable[StoragePool] = (StoragePool(ROOTFS, ROOTFS), StoragePool(cloud, cloud))
    pools = [*built_in, *reader.all(StoragePool, model)]
    return {pool.name: pool for pool in sorted(pools, key=lambda pool: pool.name)}


def pools_of(reader: Reader, model: str, cloud: str) -> Pools:
    """Return the names of the pools, and the model's own choice among them."""
    return Pools(storage_pools(reader, model, cloud).keys(), default_pool(reader, model))


def default_pool(reader: Reader, model: str) -> str:
    """Return the pool of storage that is asked for without one."""
    return reader.get(Model, model, "model").config.get(DEFAULT_POOL, "") or ROOTFS


def can_be_detached(reader: Reader, model: str, storage: Storage) -> bool:
    """Report whether a storage outlives its unit: its pool is not one of rootfs."""
    added = reader.find(StoragePool, model, storage.pool)
    return (added.provider if added else storage.pool) != ROOTFS
