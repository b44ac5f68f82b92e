"""Snapshot of the records for a document, read once and in the order people expect."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from kafkastack.model.natural import natural_key
from kafkastack.model.records import (
    Application,
    Charm,
    Databag,
    Machine,
    Model,
    Offer,
    Relation,
    Saas,
    Storage,
    StoragePool,
    Unit,
    UnitState,
)
from kafkastack.store.store import Reader, Record

R = TypeVar("R", bound=Record)


def public_address(instance: Mapping[str, str]) -> str:
    """Return where a machine is reached from elsewhere."""
    return instance.get("public_address") or instance.get("address", "")


class Snapshot(Struct, frozen=True):
    """The records of one model by key, naturally sorted."""

    model: Model
    machines: dict[str, Machine]
    charms: dict[str, Charm]
    applications: dict[str, Application]
    units: dict[str, Unit]
    states: dict[str, UnitState]
    relations: dict[str, Relation]
    storage: dict[str, Storage]
    pools: dict[str, StoragePool]
    databags: dict[str, Databag]
    offers: dict[str, Offer]
    saas: dict[str, Saas]

    def units_of(self, application: str) -> list[Unit]:
        """Return the units of an application."""
        return [unit for unit in self.units.values() if unit.application == application]

    def subordinates_of(self, principal: str) -> list[Unit]:
        """Return the subordinate units that live with a unit."""
        return [unit for unit in self.units.values() if unit.principal == principal]

    def relations_of(self, application: str) -> list[Relation]:
        """Return the relations that an application takes part in, peers included."""
        return [r for r in self.relations.values() if r.endpoint_of(application)]

    def charm_of(self, application: Application) -> Charm:
        """Return the charm; one that says so when its record is gone."""
        unknown = Charm("", application.name, "local", "", 0, "")
        return self.charms.get(application.charm, unknown)

    def address_of(self, unit: Unit) -> str:
        """Return the address of a unit's machine, "" while there is none."""
        machine = self.machines.get(self.machine_of(unit))
        return public_address(machine.instance) if machine else ""

    def is_lost(self, unit: Unit) -> bool:
        """Report whether a unit's machine does not answer any more."""
        machine = self.machines.get(self.machine_of(unit))
        return machine is not None and machine.agent.current == "down"

    def machine_of(self, unit: Unit) -> str:
        """Return a unit's machine, a subordinate's being its principal's."""
        principal = self.units.get(unit.principal)
        return unit.machine or (principal.machine if principal else "")

    def leads(self, unit: Unit) -> bool:
        """Report whether a unit is its application's leader."""
        application = self.applications.get(unit.application)
        return application is not None and application.leader == unit.name


def take_snapshot(reader: Reader, model: str) -> Snapshot:
    """Read a model; NotFoundError if there is none."""
    return Snapshot(
        model=reader.get(Model, model, "model"),
        machines=_by_key(reader.all(Machine, model)),
        charms=_by_key(reader.all(Charm, model)),
        applications=_by_key(reader.all(Application, model)),
        units=_by_key(reader.all(Unit, model)),
        states=_by_key(reader.all(UnitState, model)),
        relations=_by_key(reader.all(Relation, model)),
        storage=_by_key(reader.all(Storage, model)),
        pools=_by_key(reader.all(StoragePool, model)),
        databags=_by_key(reader.all(Databag, model)),
        offers=_by_key(reader.all(Offer, model)),
        saas=_by_key(reader.all(Saas, model)),
    )


def _by_key(records: Iterable[R]) -> dict[str, R]:
    return {r.key: r for r in sorted(records, key=lambda record: natural_key(record.key))}
