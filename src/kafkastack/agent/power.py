"""Restarts and stops of a machine in the records: until it runs, its units run no hook."""

from msgspec.structs import replace

from kafkastack.model.records import Machine, StatusInfo, Unit
from kafkastack.store.store import Reader, Transaction

STOPPED = "stopped"


def begin_reboot(tx: Transaction, model: str, unit: str) -> None:
    """Ask for the restart of a unit's machine: no hook begins on it until that is done."""
    machine = tx.get(Machine, model, tx.get(Unit, model, unit).machine)
    tx.put(model, replace(machine, rebooting=True))


def is_machine_rebooting(reader: Reader, model: str, unit: str) -> bool:
    """Report whether a unit waits for the restart of its machine."""
    machine = _machine_of(reader, model, unit)
    return machine is not None and machine.rebooting


def is_out_of_use(machine: Machine, unit: Unit) -> bool:
    """Report whether a unit is to run no hook; one that leaves runs its last in any case."""
    return machine.rebooting or (machine.stopped and unit.life == "alive")


def is_machine_stopped(reader: Reader, model: str, unit: str) -> bool:
    """Report whether nothing is to run on a unit's machine until a person starts it."""
    machine = _machine_of(reader, model, unit)
    return machine is not None and machine.stopped


def end_reboot(tx: Transaction, model: str, machine: str, now: float) -> None:
    """Note that a machine has been restarted: each of its units runs start again."""
    record = tx.find(Machine, model, machine)
    if record is None:
        return
    up = replace(record, rebooting=False, boots=record.boots + 1)
    if record.status.current == STOPPED:
        running, started = StatusInfo("running", "Running", now), StatusInfo("started", "", now)
        up = replace(up, status=running, agent=started)
    tx.put(model, up)


def ask_to_stop(tx: Transaction, model: str, machine: Machine) -> None:
    """Ask that everything on a machine ends, and nothing begins on it."""
    tx.put(model, replace(machine, stopped=True, rebooting=False))


def ask_to_start(tx: Transaction, model: str, machine: Machine) -> None:
    """Ask that a stopped machine comes back as one that has been restarted."""
    tx.put(model, replace(machine, stopped=False, rebooting=True))


def end_stop(tx: Transaction, model: str, machine: str, now: float) -> None:
    """Note that nothing runs on a machine any more: whoever asks is told that it is down."""
    record = tx.find(Machine, model, machine)
    if record is not None and record.stopped:
        status, agent = StatusInfo(STOPPED, "Stopped", now), StatusInfo("down", STOPPED, now)
        tx.put(model, replace(record, status=status, agent=agent))


def _machine_of(reader: Reader, model: str, unit: str) -> Machine | None:
    found = reader.find(Unit, model, unit)
    return reader.find(Machine, model, found.machine) if found else None
