"""Effects wanted outside the records: machines to make and end, agents to start."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kafkastack.agent.power import STOPPED
from kafkastack.model.records import ENDED, Machine, Model, Storage, Task, Unit
from kafkastack.store.store import Reader


class Provision(Struct, frozen=True):
    """Make the machine, or find the one an interrupted attempt has made, and attach it."""

    model: str
    machine: str


class Destroy(Struct, frozen=True):
    """End the machine with all that runs on it, and forget it.

    When it is forced that is another effect, which does not wait for the next try of the first.
    """

    model: str
    machine: str
    forced: bool = False


class Restart(Struct, frozen=True):
    """Restart a machine, once none of its units runs a hook."""

    model: str
    machine: str


class Stop(Struct, frozen=True):
    """End everything on a machine, once none of its units runs a hook."""

    model: str
    machine: str


class StartAgent(Struct, frozen=True):
    """Begin to drive a unit."""

    model: str
    unit: str


class StopAgent(Struct, frozen=True):
    """Stop driving a unit that is gone, and end the hook that it runs."""

    model: str
    unit: str


class ForgetModel(Struct, frozen=True):
    """Remove the last records of a model that is empty."""

    model: str


class RunOnMachine(Struct, frozen=True):
    """Run the commands that `exec --machine` has asked for."""

    model: str
    task: str


class TakeStorage(Struct, frozen=True):
    """Fetch or remove the files of a storage that no unit has."""

    model: str
    storage: str


Effect = (
    Restart
    | Stop
    | TakeStorage
    | Provision
    | Destroy
    | StartAgent
    | StopAgent
    | RunOnMachine
    | ForgetModel
)
Place = tuple[str, str]  # (model uuid, machine id or unit name)


def wanted_effects(
    reader: Reader, model: Model, attached: frozenset[Place], agents: frozenset[Place]
) -> list[Effect]:
    """Compare the records of a model with the attached machines and running agents."""
    units = reader.all(Unit, model.uuid)
    machines = reader.all(Machine, model.uuid)
    storage = reader.all(Storage, model.uuid)
    occupied = {unit.machine for unit in units} | {st.machine for st in storage if _is_kept(st)}
    effects: list[Effect] = [
        *_machine_effects(model.uuid, machines, occupied, attached),
        *_storage_effects(model.uuid, storage, machines, attached),
        *_agent_effects(model.uuid, units, attached, agents),
    ]
    effects += _machine_tasks(model.uuid, reader.all(Task, model.uuid), attached)
    if model.life != "alive" and not machines and not units and (model.forced or not storage):
        effects.append(ForgetModel(model.uuid))
    return effects


def _machine_effects(
    model: str, machines: Sequence[Machine], occupied: set[str], attached: frozenset[Place]
) -> Iterator[Effect]:
    for machine in machines:
        is_lost = machine.forced and (model, machine.id) not in attached
        if machine.life != "alive" and (is_lost or machine.id not in occupied):
            yield Destroy(model, machine.id, machine.forced)
        elif (model, machine.id) not in attached:
            yield Provision(model, machine.id)
        elif machine.rebooting:
            yield Restart(model, machine.id)
        elif machine.stopped and machine.status.current != STOPPED:
            yield Stop(model, machine.id)


def _is_kept(storage: Storage) -> bool:
    """Report whether the files of a storage are to be saved before its machine ends."""
    return storage.life == "alive" or storage.released


def _storage_effects(
    model: str,
    storages: Sequence[Storage],
    machines: Sequence[Machine],
    attached: frozenset[Place],
) -> Iterator[Effect]:
    ending = {machine.id for machine in machines if machine.life != "alive"}
    for storage in storages:
        goes_with_it = storage.machine in ending and not _is_kept(storage)
        on_machine = (model, storage.machine) in attached and not goes_with_it
        on_shelf = storage.shelved and storage.life != "alive" and not storage.released
        if not storage.unit and (on_machine or on_shelf):
            yield TakeStorage(model, storage.id)


def _machine_tasks(
    model: str, tasks: Sequence[Task], attached: frozenset[Place]
) -> Iterator[Effect]:
    for task in tasks:
        if task.status not in ENDED and (model, task.unit) in attached:
            yield RunOnMachine(model, task.key)


def _agent_effects(
    model: str, units: Sequence[Unit], attached: frozenset[Place], agents: frozenset[Place]
) -> Iterator[Effect]:
    for unit in units:
        if (model, unit.machine) in attached and (model, unit.name) not in agents:
            yield StartAgent(model, unit.name)
    names = {unit.name for unit in units}
    for uuid, name in agents:
        if uuid == model and name not in names:
            yield StopAgent(uuid, name)
