"""Survey after a restore: differences between the record and the machines of this host."""

import re
from collections import defaultdict
from pathlib import Path

from kafkastack.clouds.local.layout import machine_name
from kafkastack.clouds.local.unrecorded import Findings, compare, look
from kafkastack.clouds.protocol import MachineSpec
from kafkastack.model.records import Machine, Unit
from kafkastack.store.loading import load_unopened
from kafkastack.store.numbers import skip_numbers
from kafkastack.store.store import Reader, Store
from kafkastack.system.controller_file import read_settings

_MACHINE = re.compile(r"([0-9a-f]{8})-([0-9]{1,9})")


def survey(database: Path, since: float) -> Findings | None:
    """Compare a record as of `since` with the machines; None for a cloud that is not this host."""
    settings = read_settings(database.parent)
    tables = load_unopened(database)
    if settings["cloud"] != "local" or tables is None:
        return None
    models = {model for model, _ in tables}
    return compare(look(database.parent / "machines"), _recorded(Reader(tables), models), since)


def _recorded(reader: Reader, models: set[str]) -> dict[str, frozenset[str]]:
    """Return the units of each machine that the record has, by the name of its folder."""
    return {
        machine_name(MachineSpec(model, "", machine.id)): frozenset(
            unit.name for unit in reader.all(Unit, model) if unit.machine == machine.id
        )
        for model in models
        for machine in reader.all(Machine, model)
    }


def keep_numbers(database: Path, findings: Findings) -> None:
    """Let nothing new get the number of a machine or a unit that is there without a record."""
    store = Store(database)
    try:
        for model in store.models():
            if taken := _taken(findings, model[:8]):
                with store.transaction() as tx:
                    skip_numbers(tx, model, taken)
    finally:
        store.close()


def _taken(findings: Findings, model: str) -> dict[str, int]:
    taken = defaultdict[str, int](lambda: -1)
    units = [*findings.units, *(unit for machine in findings.machines for unit in machine.units)]
    for machine in findings.machines:
        match = _MACHINE.fullmatch(machine.name)
        if match and match[1] == model:
            taken["machine"] = max(taken["machine"], int(match[2]))
    for unit in units:
        application, _, number = unit.name.rpartition("/")
        if unit.machine.startswith(model):
            sequence = f"unit-{application}"
            taken[sequence] = max(taken[sequence], int(number))
    return dict(taken)
