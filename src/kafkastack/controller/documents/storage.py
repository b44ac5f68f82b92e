"""Documents of `storage`, `status --storage` and `storage-pools`."""

from collections.abc import Collection, Iterable

from kafkastack.controller.documents.facts import Document, Metas, ModelFacts
from kafkastack.controller.documents.infos import status_info
from kafkastack.controller.documents.selection import Selection, select
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.model.charm import StorageMeta
from kafkastack.model.records import StatusInfo, Storage, StoragePool
from kafkastack.model.storage import DEFAULT_SIZE, ROOTFS
from kafkastack.store.store import Reader


def storage_document(reader: Reader, model_uuid: str, metas: Metas, facts: ModelFacts) -> Document:
    """Return the storage of a model as `juju storage` shows it."""
    snapshot = take_snapshot(reader, model_uuid)
    return storage_part(snapshot, select(snapshot, ()), metas, facts)


def storage_part(
    snapshot: Snapshot, selection: Selection, metas: Metas, facts: ModelFacts
) -> Document:
    """Return the `storage` map of `status`: instances and the filesystems they lie on."""
    shown = [s for s in snapshot.storage.values() if not s.unit or s.unit in selection.units]
    if not shown:
        return {}
    return {
        "storage": {s.id: _instance(snapshot, s, facts) for s in shown},
        "filesystems": {
            _filesystem_id(snapshot, s): _filesystem(snapshot, s, metas, facts) for s in shown
        },
    }


def pools_document(
    pools: Iterable[StoragePool], names: Collection[str], providers: Collection[str]
) -> Document:
    """Return `storage-pools`; no names or providers are all of them."""
    return {
        pool.name: {"provider": pool.provider, **_attributes(pool)}
        for pool in pools
        if (not names or pool.name in names) and (not providers or pool.provider in providers)
    }


def _attributes(pool: StoragePool) -> Document:
    return {"attrs": dict(sorted(pool.attributes.items()))} if pool.attributes else {}


def _instance(snapshot: Snapshot, storage: Storage, facts: ModelFacts) -> Document:
    shown: Document = {
        "kind": storage.kind,
        "life": storage.life,
        "status": status_info(_status(snapshot, storage), facts),
        "persistent": _is_persistent(snapshot, storage),
    }
    if storage.unit:
        shown["attachments"] = {"units": {storage.unit: _attachment(snapshot, storage)}}
    return shown


def _filesystem_id(snapshot: Snapshot, storage: Storage) -> str:
    """Return "0/3" for one that belongs to machine 0, "3" for one that outlives it."""
    number = storage.id.rpartition("/")[2]
    if _is_persistent(snapshot, storage):
        return number
    return f"{_machine(snapshot, storage)}/{number}"


def _filesystem(snapshot: Snapshot, storage: Storage, metas: Metas, facts: ModelFacts) -> Document:
    machine = _machine(snapshot, storage)
    mount: Document = {
        "mount-point": storage.location,
        "read-only": False,
        "life": storage.attachment,
    }
    shown: Document = {"provider-id": storage.id.replace("/", "-"), "storage": storage.id}
    if storage.unit:
        shown["attachments"] = {
            "machines": {machine: mount},
            "units": {storage.unit: _attachment(snapshot, storage)},
        }
    return shown | {
        "pool": storage.pool,
        "size": storage.size or _meta(snapshot, storage, metas).minimum_size or DEFAULT_SIZE,
        "life": storage.life,
        "status": status_info(_status(snapshot, storage), facts),
    }


def _attachment(snapshot: Snapshot, storage: Storage) -> Document:
    return {
        "machine": _machine(snapshot, storage),
        "location": storage.location,
        "life": storage.attachment,
    }


def _status(snapshot: Snapshot, storage: Storage) -> StatusInfo:
    unit = snapshot.units.get(storage.unit)
    since = storage.created or (unit.created if unit else 0.0)
    return StatusInfo(_word(storage), since=since)


def _word(storage: Storage) -> str:
    if storage.unit and storage.life == storage.attachment == "alive":
        return "attached" if storage.location else "pending"
    is_on_its_way = storage.unit or storage.machine or storage.life != "alive"
    return "detaching" if is_on_its_way else "detached"


def _is_persistent(snapshot: Snapshot, storage: Storage) -> bool:
    pool = snapshot.pools.get(storage.pool)
    return (pool.provider if pool else storage.pool) != ROOTFS


def _machine(snapshot: Snapshot, storage: Storage) -> str:
    unit = snapshot.units.get(storage.unit)
    return snapshot.machine_of(unit) if unit else storage.machine


def _meta(snapshot: Snapshot, storage: Storage, metas: Metas) -> StorageMeta:
    application = snapshot.applications.get(storage.unit.rpartition("/")[0])
    meta = metas.get(application.charm) if application else None
    return (meta.storage if meta else {}).get(storage.name, StorageMeta(storage.name))
