"""API of machines."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from kafkastack.agent.power import STOPPED, ask_to_start, ask_to_stop
from kafkastack.clouds.protocol import Stoppable
from kafkastack.controller.api.placing import add_machine
from kafkastack.controller.api.session import Session, listing
from kafkastack.controller.documents import show_machine_document
from kafkastack.errors import NotFoundError, UnsupportedError
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


async def stop_machines(s: Session) -> list[str]:
    """Stop the machines of the model, and wait until nothing runs on them; returns which.

    Their files and addresses stay.
    """
    model = s.living_model().uuid
    records = [m for m in s.store.all(Machine, model) if m.life == "alive"]
    for record in records:
        _refuse_what_cannot_stop(s, model, record)
    with s.store.transaction() as tx:
        for record in records:
            ask_to_stop(tx, model, record)
    with s.store.watch() as changed:
        while left := [m.id for m in s.store.all(Machine, model) if _is_stopping(m)]:
            changed.clear()  # first: one may stop while the others are being told
            await s.progress(f"machines that have not ended yet: {', '.join(left)}")
            await changed.wait()
    return naturally_sorted(record.id for record in records)


async def start_machines(s: Session) -> list[str]:
    """Ask for the stopped machines of the model to come back; returns which."""
    model = s.living_model().uuid
    with s.store.transaction() as tx:
        records = [m for m in tx.all(Machine, model) if m.stopped]
        for record in records:
            ask_to_start(tx, model, record)
    return naturally_sorted(record.id for record in records)


def _refuse_what_cannot_stop(s: Session, model: str, record: Machine) -> None:
    machine = s.service.machine(model, record.id)
    if machine is not None and not isinstance(machine, Stoppable):
        raise UnsupportedError(
            f'machines of cloud "{s.service.cloud.name}" cannot be stopped from here',
            f"stop its instance there: {machine.instance.instance_id}",
        )


def _is_stopping(record: Machine) -> bool:
    return record.stopped and record.status.current != STOPPED


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
