"""What juju-reboot means for the records: the machine restarts, and its units are told."""

from msgspec.structs import replace

from kafkastack.model.records import Machine, Unit
from kafkastack.store.store import Reader, Transaction


def begin_reboot(tx: Transaction, model: str, unit: str) -> None:
    """Ask for the restart of a unit's machine: no hook begins on it until that is done."""
    machine = tx.get(Machine, model, tx.get(Unit, model, unit).machine)
    tx.put(model, replace(machine, rebooting=True))


def is_machine_rebooting(reader: Reader, model: str, unit: str) -> bool:
    """Tell whether a unit waits for the restart of its machine."""
    found = reader.find(Unit, model, unit)
    machine = reader.find(Machine, model, found.machine) if found else None
    return machine is not None and machine.rebooting


def end_reboot(tx: Transaction, model: str, machine: str) -> None:
    """Note that a machine has been restarted: each of its units runs start again."""
    record = tx.find(Machine, model, machine)
    if record is not None:
        tx.put(model, replace(record, rebooting=False, boots=record.boots + 1))
