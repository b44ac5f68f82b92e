"""Selection of `status kafka 'zoo*' 0 error`: the selected entities, and what belongs to them."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from kafkastack.controller.documents.snapshot import Snapshot
from kafkastack.model.derived_status import workload_status
from kafkastack.model.ports import opened_ports
from kafkastack.model.records import Application, Machine, Unit


class Selection(Struct, frozen=True):
    """Names of what is shown."""

    applications: frozenset[str]
    units: frozenset[str]
    machines: frozenset[str]


def select(snapshot: Snapshot, selectors: Sequence[str]) -> Selection:
    """Return what the selectors (names, globs, machines, status words, ports) leave; none: all."""
    if not selectors:
        return Selection(
            frozenset(snapshot.applications),
            frozenset(snapshot.units),
            frozenset(snapshot.machines),
        )
    units = _with_company(
        snapshot, {u.name for u in snapshot.units.values() if _unit_fits(snapshot, u, selectors)}
    )
    applications = {
        a.name for a in snapshot.applications.values() if _application_fits(a, selectors)
    }
    machines = {m.id for m in snapshot.machines.values() if _machine_fits(m, selectors)}
    shown = [snapshot.units[name] for name in units]
    return Selection(
        frozenset(applications | {unit.application for unit in shown}),
        frozenset(units),
        frozenset(machines | {snapshot.machine_of(unit) for unit in shown}),
    )


def _with_company(snapshot: Snapshot, units: set[str]) -> set[str]:
    """Add the principals of selected subordinates and the subordinates of selected units."""
    principals = {snapshot.units[name].principal for name in units} - {""}
    everyone = units | (principals & set(snapshot.units))
    return everyone | {u.name for u in snapshot.units.values() if u.principal in units}


def _unit_fits(snapshot: Snapshot, unit: Unit, selectors: Sequence[str]) -> bool:
    workload = workload_status(unit, snapshot.states.get(unit.name))
    place = (snapshot.machine_of(unit), snapshot.address_of(unit), *opened_ports(unit.ports))
    exact = (workload.current, unit.agent.current, *place)
    return any(
        selector in exact or _matches(selector, unit.name, unit.application)
        for selector in selectors
    )


def _application_fits(application: Application, selectors: Sequence[str]) -> bool:
    status = application.status.current if application.status else ""
    exposed = "exposed" if application.exposed else "not exposed"
    return any(
        selector in (status, exposed) or _matches(selector, application.name)
        for selector in selectors
    )


def _machine_fits(machine: Machine, selectors: Sequence[str]) -> bool:
    exact = (machine.id, machine.agent.current, machine.instance.get("address", ""))
    return any(selector in exact for selector in selectors if selector)


def _matches(selector: str, *names: str) -> bool:
    return any(fnmatchcase(name, selector) for name in names)
