"""What can be asked of units: actions, commands, shells, another try."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from kafkastack.agent.resolver import COMMANDS_ACTION
from kafkastack.controller.api.session import Session, listing
from kafkastack.controller.documents import run_document
from kafkastack.errors import ConflictError, NotFoundError, TimeoutExceededError
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.parameters import get_action, validate_parameters
from kafkastack.model.records import Operation, Task, Unit, UnitState
from kafkastack.store.numbers import next_number

_ENDED = ("completed", "failed", "cancelled", "aborted", "error")


async def run(
    s: Session, units: list[str], action: str, parameters: Mapping[str, Any], wait: float
) -> dict[str, Any]:
    """Run an action on units and return their results; `wait` 0 does not wait."""
    records = [s.unit(name) for name in units]
    checked = [_checked(s, unit, action, parameters) for unit in records]
    return await _operate(s, records, action, checked, wait)


async def execute(
    s: Session,
    units: list[str],
    applications: list[str],
    machines: list[str],
    commands: str,
    wait: float,
) -> dict[str, Any]:
    """Run shell commands in a hook context on each of the units named in any way."""
    names = [s.unit(name).name for name in units]
    everything = s.store.all(Unit, s.model().uuid)
    for application in applications:
        s.application(application)
        names += [unit.name for unit in everything if unit.application == application]
    names += [_unit_on(everything, machine) for machine in machines]
    records = [s.unit(name) for name in naturally_sorted(set(names))]
    if not records:
        raise NotFoundError("no unit matches", "name one: kafkastack exec --unit kafka/0 -- ls")
    parameters = [{"command": commands, "timeout": wait} for _ in records]
    return await _operate(s, records, COMMANDS_ACTION, parameters, wait)


async def resolved(s: Session, units: list[str], retry: bool, everything: bool) -> list[str]:
    """Retry or skip the failed hook of units; returns the units it applies to."""
    model = s.model()
    failed = {st.unit for st in s.store.all(UnitState, model.uuid) if st.failed}
    names = sorted(failed) if everything else [s.unit(name).name for name in units]
    for name in names:
        if name not in failed:
            raise ConflictError(
                f'unit "{name}" is not in an error state',
                f"see what it does: kafkastack show-unit {name}",
            )
    with s.store.transaction() as tx:
        for name in names:
            unit = tx.get(Unit, model.uuid, name)
            tx.put(model.uuid, replace(unit, resolved="retry" if retry else "skip"))
    return names


async def shell(s: Session, target: str, command: str, terminal: str) -> dict[str, Any]:
    """Return the program of this host that opens a shell (or runs `command`) at `target`."""
    model, user_target = s.model(), target.rpartition("@")[2]
    if user_target.isdigit():
        user_target = _unit_on(s.store.all(Unit, model.uuid), user_target)
    unit = s.unit(user_target)
    execution = s.service.execution(model.uuid, unit.name)
    if execution is None:
        raise ConflictError(
            f"the machine of {unit.name} is not there yet", "look at: kafkastack status"
        )
    program = execution.shell(command, terminal)
    return {"argv": list(program.argv), "env": dict(program.env), "cwd": program.cwd}


def _checked(
    s: Session, unit: Unit, action: str, parameters: Mapping[str, Any]
) -> dict[str, object]:
    meta = s.meta(s.application(unit.application))
    return validate_parameters(get_action(meta, action), parameters)


def _unit_on(units: Sequence[Unit], machine: str) -> str:
    names = naturally_sorted(unit.name for unit in units if unit.machine == machine)
    if not names:
        known = {unit.machine for unit in units}
        raise NotFoundError(
            f"machine {machine} not found, or no unit is on it",
            listing("machines with units are", known),
        )
    return names[0]


async def _operate(
    s: Session,
    units: Sequence[Unit],
    action: str,
    parameters: Sequence[Mapping[str, Any]],
    wait: float,
) -> dict[str, Any]:
    """Record an operation with one task a unit, and wait for the tasks."""
    model, tasks = s.model().uuid, list[Task]()
    with s.store.transaction() as tx:
        operation = next_number(tx, model, "operation") + 1
        for unit, given in zip(units, parameters, strict=True):
            number = next_number(tx, model, "operation") + 1
            tasks.append(Task(number, operation, unit.name, action, s.now, dict(given)))
            tx.put(model, tasks[-1])
        numbers = tuple(task.id for task in tasks)
        tx.put(
            model, Operation(operation, f"{action} run on {len(tasks)} unit(s)", s.now, numbers)
        )
    await s.progress({"operation": operation, "tasks": [[t.id, t.unit] for t in tasks]})
    if wait > 0:
        await _wait_for(s, model, tasks, wait)
    return run_document([s.store.get(Task, model, task.key) for task in tasks], UTC)


async def _wait_for(s: Session, model: str, tasks: Sequence[Task], seconds: float) -> None:
    def open_tasks() -> list[str]:
        records = [s.store.find(Task, model, task.key) for task in tasks]
        return [r.unit for r in records if r and r.status not in _ENDED]

    try:
        await s.wait(
            lambda: not open_tasks(),
            seconds,
            lambda: f"timed out waiting for results from: {', '.join(map(_of, open_tasks()))}",
        )
    except TimeoutExceededError as error:
        error.advice = "look at: kafkastack status, kafkastack debug-log --replay"
        raise


def _of(unit: str) -> str:
    return f"unit {unit}"
