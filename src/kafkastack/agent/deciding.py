"""Next operation of a unit, decided from the records as they are at this moment."""

from kafkastack.agent.operations import Operation, Retire
from kafkastack.agent.resolver import next_operation
from kafkastack.agent.site import Place, Site
from kafkastack.agent.view import UnitView, observe
from kafkastack.hooktools.secret_rules import due_hooks
from kafkastack.model.config import config_hash, effective_values
from kafkastack.model.records import Application, Charm, Model, Unit, UnitState


def decide(site: Site, place: Place, model: str) -> Operation:
    """Return the next operation of a unit; it is to be retired when it is not there any more."""
    view = _observe(site, place, model)
    return next_operation(state_of(site, place, model), view) if view else Retire()


def state_of(site: Site, place: Place, model: str) -> UnitState:
    """Return what the unit's charm has been told."""
    return site.store.find(UnitState, model, place.unit) or UnitState(place.unit)


def _observe(site: Site, place: Place, uuid: str) -> UnitView | None:
    store, now = site.store, site.now()
    unit = store.find(Unit, uuid, place.unit)
    model = store.find(Model, uuid, "model")
    if unit is None or model is None:
        return None
    application = store.get(Application, uuid, unit.application)
    charm = store.get(Charm, uuid, application.charm)
    options = site.shelf.meta(charm.digest).options
    return observe(
        store,
        model,
        unit,
        config_hash=config_hash(
            effective_values(options, application.config),
            str(application.trust),
            place.machine.instance.address,
        ),
        secret_hooks=tuple(due_hooks(store, uuid, unit.name, now)),
        now=now,
    )
