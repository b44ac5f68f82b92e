"""Status changes of a commit: the source of `show-status-log`."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from kafkastack.model.derived_status import workload_status
from kafkastack.model.records import Application, Machine, Model, StatusInfo, Unit, UnitState
from kafkastack.store.store import Place, Reader


class Change(Struct, frozen=True):
    """A status that something has now."""

    model: str
    entity: str
    kind: str  # "juju-unit", "workload", "application", "juju-machine", "machine", "model"
    current: str
    message: str


def changes(before: Reader, after: Reader, places: Collection[Place]) -> list[Change]:
    """Return the statuses that are others than before, of the records that were written."""
    seen = {_entity(place) for place in places} - {None}
    return [change for entity in seen if entity for change in _changes(before, after, *entity)]


def _entity(place: Place) -> tuple[str, type, str] | None:
    model, kind, key = place
    if kind is UnitState:
        return model, Unit, key
    return (model, kind, key) if kind in (Unit, Machine, Application, Model) else None


def _changes(before: Reader, after: Reader, model: str, kind: type, key: str) -> Iterator[Change]:
    was, now = (_statuses(reader, model, kind, key) for reader in (before, after))
    for name, status in now.items():
        old = was.get(name)
        if old is None or (old.current, old.message) != (status.current, status.message):
            yield Change(model, key, name, status.current, status.message)


def _statuses(reader: Reader, model: str, kind: type, key: str) -> dict[str, StatusInfo]:
    if kind is Unit:
        unit = reader.find(Unit, model, key)
        state = reader.find(UnitState, model, key)
        return {"workload": workload_status(unit, state), "juju-unit": unit.agent} if unit else {}
    if kind is Machine:
        machine = reader.find(Machine, model, key)
        return {"machine": machine.status, "juju-machine": machine.agent} if machine else {}
    if kind is Model:
        record = reader.find(Model, model, key)
        return {"model": _model_status(record)} if record else {}
    application = reader.find(Application, model, key)
    if application is None or application.status is None:
        return {}
    return {"application": application.status}


def _model_status(model: Model) -> StatusInfo:
    return StatusInfo("available" if model.life == "alive" else "destroying")
