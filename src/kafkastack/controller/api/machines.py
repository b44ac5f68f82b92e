"""What can be asked about machines."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from kafkastack.controller.api.placing import add_machine
from kafkastack.controller.api.session import Session, listing
from kafkastack.controller.documents import show_machine_document
from kafkastack.errors import NotFoundError
from kafkastack.model.bounds import MACHINES, check_number
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.placement import refuse_placement
from kafkastack.model.records import Machine, Unit


async def machines(s: Session, names: list[str]) -> dict[str, Any]:
    """Return the named machines, or all of them."""
    return show_machine_document(s.store, s.model().uuid, s.facts, names)


async def add_machines(
    s: Session, placement: list[str], count: int, base: str, constraints: str
) -> list[str]:
    """Add machines without units; returns their numbers."""
    s.living_model()
    check_number("the number of machines", count, MACHINES, least=1)
    refuse_placement(placement)
    with s.store.transaction() as tx:
        return [add_machine(s, tx, base, constraints, placed=False) for _ in range(count)]


async def remove_machines(
    s: Session, names: list[str], force: bool, keep_instance: bool, dry_run: bool
) -> list[dict[str, Any]]:
    """Begin to remove machines; returns of each the units that go with it, or why it stays."""
    model = s.model().uuid
    answers: list[dict[str, Any]] = []
    with s.store.transaction() as tx:
        for name in names:
            machine = tx.find(Machine, model, name)
            units = [u for u in tx.all(Unit, model) if u.machine == name]
            answer = {"machine": name, "units": naturally_sorted(u.name for u in units)}
            answers.append(answer | {"error": _obstacle(s, machine, name, units, force)})
            if machine is None or answers[-1]["error"] or dry_run:
                continue
            for unit in units:
                tx.put(model, replace(unit, life="dying", forced=True))
            tx.put(model, replace(machine, life="dying", forced=force, kept=keep_instance))
    return answers


def _obstacle(
    s: Session, machine: Machine | None, name: str, units: Sequence[Unit], force: bool
) -> str:
    if machine is None:
        known = [m.id for m in s.store.all(Machine, s.model().uuid)]
        return str(NotFoundError(f"machine {name} not found", listing("machines are", known)))
    if units and not force:
        shown = ", ".join(f'"{name}"' for name in naturally_sorted(u.name for u in units))
        plural = "" if len(units) == 1 else "s"
        return f"machine {name} has unit{plural} {shown} assigned\nremove them with it: --force"
    return ""
