"""Work left before a model, or a part of it, is settled; and what keeps it from being settled.

It is exact: whatever a commit makes a unit do is left to do from that very commit on.
"""

from collections.abc import Iterator

from msgspec import Struct

from kafkastack.agent.deciding import decide
from kafkastack.agent.operations import Operation, RunHook, RunTask, Wait
from kafkastack.agent.site import place_of
from kafkastack.controller.service import Service
from kafkastack.model.natural import natural_key
from kafkastack.model.records import ENDED, Machine, Model, Relation, Task, Unit, UnitState
from kafkastack.store.store import Reader


class Selection(Struct, frozen=True):
    """What is looked at: applications of a model, all of it where none is named."""

    service: Service
    model: Model
    applications: frozenset[str]

    @property
    def reader(self) -> Reader:
        """The records."""
        return self.service.site.store

    @property
    def units(self) -> list[Unit]:
        """The units of these applications."""
        return self._of(self.applications)

    @property
    def connected(self) -> list[Unit]:
        """Their units, and those of all that they are integrated with, however far."""
        found, relations = set(self.applications), self.reader.all(Relation, self.model.uuid)
        while True:
            ends = [{end.application for end in relation.endpoints} for relation in relations]
            more = set[str]().union(*(end for end in ends if end & found)) - found
            if not more:
                return self._of(frozenset(found))
            found |= more

    def _of(self, applications: frozenset[str]) -> list[Unit]:
        units = self.reader.all(Unit, self.model.uuid)
        chosen = [u for u in units if not applications or u.application in applications]
        return sorted(chosen, key=lambda unit: natural_key(unit.name))


def left_to_do(part: Selection) -> Iterator[str]:
    """Yield what is left to do, by these units and all that can make them do more.

    What is looked up quickly comes first: most often one such thing is all that is asked for.
    """
    yield from _left_here(part)
    for other in _reached(part):
        yield from (f"{left} in model {other.model.name}" for left in _left_here(other))


def _reached(part: Selection) -> list[Selection]:
    """Return the models that relations reach from this one, however far."""
    store = part.service.site.store
    found, uuids = dict[str, Model](), [part.model.uuid]
    while uuids:
        reached = (r.far.partition("/")[0] for r in store.all(Relation, uuids.pop()) if r.far)
        models = (store.find(Model, uuid, "model") for uuid in reached)
        new = {model.uuid: model for model in models if model and model.uuid not in found}
        found |= new
        uuids += new
    found.pop(part.model.uuid, None)
    return [Selection(part.service, model, frozenset()) for model in found.values()]


def _left_here(part: Selection) -> Iterator[str]:
    units = part.connected
    yield from (left for unit in units if (left := _at_first_sight(part, unit)))
    yield from _tasks(part, units)
    yield from _machines(part) if not part.applications else ()
    if part.service.has_consequences(part.model.uuid):
        yield "the last change has consequences"
    yield from (left for unit in units if (left := _by_its_next_step(part, unit)))
    effects = part.service.effects_of(part.model) if not part.applications else ()
    yield from (_describe(effect) for effect in effects)


def failures(part: Selection) -> Iterator[str]:
    """Yield the machines and units that do not go on without help."""
    for machine in part.reader.all(Machine, part.model.uuid) if not part.applications else ():
        if machine.status.current == "provisioning error":
            yield f"machine {machine.id} cannot be made: {machine.status.message}"
        elif machine.stopped:
            yield f"machine {machine.id} is stopped"
    for unit in part.units:
        state = part.reader.find(UnitState, part.model.uuid, unit.name)
        if unit.agent.current == "failed":
            yield f"{unit.name} cannot go on: {unit.agent.message}"
        elif state and state.failed and not _by_its_next_step(part, unit):
            last = state.failed.traceback.strip().rpartition("\n")[2]
            yield f'{unit.name} hook failed: "{state.failed.hook.name}"{last and f": {last}"}'


def blocked(part: Selection) -> Iterator[str]:
    """Yield the units that say they need a person."""
    for unit in part.units:
        if unit.workload.current == "blocked":
            yield f"{unit.name} is blocked: {unit.workload.message}"


def _machines(part: Selection) -> Iterator[str]:
    for machine in part.reader.all(Machine, part.model.uuid):
        if machine.life != "alive":
            yield f"machine {machine.id} is being removed"
        elif machine.rebooting or part.service.machine(part.model.uuid, machine.id) is None:
            yield f"machine {machine.id} is being started"
        elif machine.agent.current == "down":
            yield f"machine {machine.id} is down: {machine.status.message}"


def _tasks(part: Selection, units: list[Unit]) -> Iterator[str]:
    names = {unit.name for unit in units}
    for task in part.reader.all(Task, part.model.uuid):
        if task.status not in ENDED and (not part.applications or task.unit in names):
            yield f"task {task.id} of {task.unit} ({task.action}) is {task.status}"


def _at_first_sight(part: Selection, unit: Unit) -> str:
    """Return what a unit does at this moment."""
    execution = part.service.execution(part.model.uuid, unit.name)
    if unit.life != "alive":
        return f"{unit.name} is being removed"
    if execution is None:
        return f"{unit.name} has no agent yet"
    if unit.agent.current != "idle":
        return f"{unit.name} is {unit.agent.current} {unit.agent.message}".rstrip()
    return f"{unit.name} is running commands" if execution.turn.locked() else ""


def _by_its_next_step(part: Selection, unit: Unit) -> str:
    """Return what a unit is to do next."""
    machine = part.service.machine(part.model.uuid, unit.machine)
    if machine is None:
        return f"{unit.name} has no machine yet"
    step = decide(
        part.service.site.at(part.model.uuid), place_of(machine, unit.name), part.model.uuid
    )
    return "" if isinstance(step, Wait) else f"{unit.name} is to {_words(step)}"


def _words(step: Operation) -> str:
    if isinstance(step, RunHook):
        return f"run {step.hook.name}"
    return f"run task {step.task}" if isinstance(step, RunTask) else _describe(step)


def _describe(step: object) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in type(step).__name__).strip()
