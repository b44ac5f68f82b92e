"""API of the hooks that the units of an application have run."""

from typing import Any

from kafkastack.controller.api.kinds import Count, Zone
from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import hooks_document
from kafkastack.controller.documents.times import zone_of
from kafkastack.model.records import Hook, Unit, UnitState


async def hooks(s: Session, name: str, newest: Count, zone: Zone) -> list[dict[str, Any]]:
    """Return what a unit or an application's units have run, oldest first, and run now.

    What has been removed is remembered, as long as its model lives.
    """
    model, journal = s.model().uuid, s.service.site.journal
    if name.endswith("/leader"):
        name = s.unit(name).name
    records = journal.read_hooks(model, name, newest)
    if not records:
        name = s.unit(name).name if "/" in name else s.application(name).name
    return hooks_document(records, _running(s, model, name), zone_of(*zone))


def _running(s: Session, model: str, name: str) -> list[tuple[Unit, Hook]]:
    states = {state.unit: state for state in s.store.all(UnitState, model)}
    units = [u for u in s.store.all(Unit, model) if name in (u.name, u.application)]
    return [
        (unit, hook)
        for unit in units
        if (state := states.get(unit.name)) and (hook := state.running)
    ]
