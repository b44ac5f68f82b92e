"""What `status --storage` and `storage` tell of storage instances."""

from kafkastack.controller.documents.facts import Document, Metas, ModelFacts
from kafkastack.controller.documents.infos import status_info
from kafkastack.controller.documents.selection import Selection, select
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.model.charm import StorageMeta
from kafkastack.model.records import StatusInfo, Storage
from kafkastack.store.store import Reader

_POOL = "rootfs"
_DEFAULT_SIZE = 1024  # MiB, what Juju takes when a charm names no minimum


def storage_document(reader: Reader, model_uuid: str, metas: Metas, facts: ModelFacts) -> Document:
    """Return the storage of a model as `juju storage` shows it."""
    snapshot = take_snapshot(reader, model_uuid)
    return storage_part(snapshot, select(snapshot, ()), metas, facts)


def storage_part(
    snapshot: Snapshot, selection: Selection, metas: Metas, facts: ModelFacts
) -> Document:
    """Return the `storage` map of `status`: instances and the filesystems they lie on."""
    shown = [s for s in snapshot.storage.values() if s.unit in selection.units]
    if not shown:
        return {}
    return {
        "storage": {s.id: _instance(snapshot, s, facts) for s in shown},
        "filesystems": {
            f"{_machine(snapshot, s)}/{number}": _filesystem(snapshot, s, metas, facts)
            for number, s in enumerate(shown)
        },
    }


def _instance(snapshot: Snapshot, storage: Storage, facts: ModelFacts) -> Document:
    attachment = _attachment(snapshot, storage)
    return {
        "kind": storage.kind,
        "life": storage.life,
        "status": status_info(_status(snapshot, storage), facts),
        "persistent": False,
        "attachments": {"units": {storage.unit: attachment}},
    }


def _filesystem(snapshot: Snapshot, storage: Storage, metas: Metas, facts: ModelFacts) -> Document:
    machine = _machine(snapshot, storage)
    mount: Document = {"mount-point": storage.location, "read-only": False, "life": storage.life}
    return {
        "provider-id": storage.id.replace("/", "-"),
        "storage": storage.id,
        "attachments": {
            "machines": {machine: mount},
            "units": {storage.unit: _attachment(snapshot, storage)},
        },
        "pool": _POOL,
        "size": _meta(snapshot, storage, metas).minimum_size or _DEFAULT_SIZE,
        "life": storage.life,
        "status": status_info(_status(snapshot, storage), facts),
    }


def _attachment(snapshot: Snapshot, storage: Storage) -> Document:
    return {
        "machine": _machine(snapshot, storage),
        "location": storage.location,
        "life": storage.life,
    }


def _status(snapshot: Snapshot, storage: Storage) -> StatusInfo:
    unit = snapshot.units.get(storage.unit)
    since = unit.created if unit else 0.0
    if storage.life != "alive":
        return StatusInfo("detaching", since=since)
    return StatusInfo("attached" if storage.location else "pending", since=since)


def _machine(snapshot: Snapshot, storage: Storage) -> str:
    unit = snapshot.units.get(storage.unit)
    return snapshot.machine_of(unit) if unit else ""


def _meta(snapshot: Snapshot, storage: Storage, metas: Metas) -> StorageMeta:
    application = snapshot.applications.get(storage.unit.rpartition("/")[0])
    meta = metas.get(application.charm) if application else None
    return (meta.storage if meta else {}).get(storage.name, StorageMeta(storage.name))
