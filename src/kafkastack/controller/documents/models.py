"""Documents of `models`, `show-model` and `controllers`."""

from collections.abc import Sequence

from kafkastack.controller.documents.facts import ControllerFacts, Document, ModelFacts
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.controller.documents.status import model_status
from kafkastack.controller.documents.times import ago_text
from kafkastack.model.records import Machine, Secret
from kafkastack.store.store import Reader

_JUJU = {"name": "juju", "description": "the version of Juju used by the model"}


def show_model_document(reader: Reader, model_uuid: str, facts: ModelFacts) -> Document:
    """Return one model under its short name."""
    snapshot = take_snapshot(reader, model_uuid)
    shown = _model(snapshot, facts)
    backend: Document = {
        "num-secrets": len(reader.all(Secret, model_uuid)),
        "status": "active",
    }
    return {snapshot.model.name: shown | {"secret-backends": {"internal": backend}}}


def models_document(
    reader: Reader, model_uuids: Sequence[str], facts: ModelFacts, current: str = ""
) -> Document:
    """Return all models of the controller by name; `current` is the current one's short name."""
    snapshots = [take_snapshot(reader, uuid) for uuid in model_uuids]
    snapshots.sort(key=lambda snapshot: snapshot.model.name)
    document: Document = {"models": [_model(snapshot, facts) for snapshot in snapshots]}
    if current:
        document["current-model"] = current
    counts = {snapshot.model.uuid: len(snapshot.units) for snapshot in snapshots}
    return document | {"_controller": facts.controller, "_units": counts}


def controllers_document(entries: Sequence[ControllerFacts], current: str) -> Document:
    """Return this user's controllers by name."""
    ordered = sorted(entries, key=lambda entry: entry.name)
    return {
        "controllers": {entry.name: _controller(entry) for entry in ordered},
        "current-controller": current,
    }


def _model(snapshot: Snapshot, facts: ModelFacts) -> Document:
    model = snapshot.model
    shown: Document = {
        "name": f"{model.owner}/{model.name}",
        "short-name": model.name,
        "model-uuid": model.uuid,
        "model-type": "iaas",
        "controller-uuid": facts.controller_uuid,
        "controller-name": facts.controller,
        "is-controller": False,
        "owner": model.owner,
        "cloud": model.cloud,
        "region": model.region,
        "type": facts.provider(model.cloud),
        "life": model.life,
        "status": _status(snapshot, facts),
        "users": {model.owner: _user(model.owner)},
        "machines": {m.id: {"cores": cores_of(m)} for m in snapshot.machines.values()},
        "sla": "unsupported",
        "agent-version": facts.version,
        "credential": {
            "name": model.credential,
            "owner": model.owner,
            "cloud": model.cloud,
            "validity-check": "valid",
        },
        "supported-features": [{**_JUJU, "version": facts.version}],
    }
    return shown


def _status(snapshot: Snapshot, facts: ModelFacts) -> Document:
    status = model_status(snapshot)
    shown: Document = {"current": status.current, "message": status.message}
    shown["since"] = ago_text(status.since, facts.now, facts.timezone)
    return {key: value for key, value in shown.items() if value}


def _user(name: str) -> Document:
    return {"display-name": name, "access": "admin", "last-connection": "just now"}


def cores_of(machine: Machine) -> int:
    """Return how many cores the cloud says that a machine has."""
    words = (word.partition("=") for word in machine.instance.get("hardware", "").split())
    cores = {key: value for key, _, value in words}.get("cores", "0")
    return int(cores) if cores.isdigit() else 0


def show_controller_document(told: Document, current_model: str) -> Document:
    """Return one controller, of what it tells of itself."""
    details: Document = {
        "controller-uuid": told["uuid"],
        "cloud": told["cloud"],
        "region": told["region"],
        "agent-version": told["version"],
        "controller-model-version": told["version"],
        "kafkastack-version": told["kafkastack"],
    }
    shown: Document = {"details": details, "models": told["models"]}
    if current_model:
        shown["current-model"] = f"admin/{current_model}"
    return {**shown, "account": {"user": "admin", "access": "superuser"}}


def _controller(entry: ControllerFacts) -> Document:
    known = _known(entry)
    if entry.trouble:
        return known | {"error": entry.trouble}
    return known | {
        "model-count": entry.models,
        "machine-count": entry.machines,
        "controller-machines": {"Active": 1, "Total": 1},
    }


def _known(entry: ControllerFacts) -> Document:
    shown: Document = {
        "current-model": entry.current_model,
        "user": "admin",
        "access": "superuser",
        "recent-server": entry.endpoint,
        "uuid": entry.uuid,
        "api-endpoints": [entry.endpoint] if entry.endpoint else [],
        "cloud": entry.cloud,
        "region": entry.region,
        "agent-version": entry.version,
    }
    return {key: value for key, value in shown.items() if value != ""}
