"""Contents of this host's machines, compared with what a controller's record knows."""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from kafkastack.clouds.local.layout import MachineFolder
from kafkastack.clouds.local.reaping import all_processes, is_held

_TAG = re.compile(r"unit-(.+)-([0-9]{1,9})")


class FoundUnit(Struct, frozen=True):
    """A unit whose agent has a folder on a machine."""

    name: str
    machine: str  # the name of the machine's folder
    last_hook: float  # when its files were written last, in seconds since the epoch
    services: tuple[str, ...] = ()


class FoundMachine(Struct, frozen=True):
    """A folder of a machine, with what is alive there."""

    name: str
    units: tuple[FoundUnit, ...] = ()
    running: tuple[str, ...] = ()  # services whose lock is held
    processes: int = 0


class Findings(Struct, frozen=True):
    """How a record and a host differ."""

    ahead: tuple[str, ...]  # units whose hooks ran after the record was written
    gone: tuple[str, ...]  # units that have no files on their machine any more
    machines: tuple[FoundMachine, ...]  # machines without a record
    units: tuple[FoundUnit, ...]  # units without a record, on machines that have one


def compare(
    found: Sequence[FoundMachine], recorded: Mapping[str, frozenset[str]], since: float
) -> Findings:
    """Compare what was found with the units of each recorded machine, by its folder's name."""
    known = [machine for machine in found if machine.name in recorded]
    units = [unit for machine in known for unit in machine.units]
    there = {unit.name for unit in units}
    return Findings(
        ahead=tuple(
            unit.name
            for unit in units
            if unit.name in recorded[unit.machine] and unit.last_hook > since
        ),
        gone=tuple(sorted({name for names in recorded.values() for name in names} - there)),
        machines=tuple(machine for machine in found if machine.name not in recorded),
        units=tuple(unit for unit in units if unit.name not in recorded[unit.machine]),
    )


def look(machines: Path) -> list[FoundMachine]:
    """Return what is on the machines of a controller, by their folders."""
    folders = sorted(path for path in machines.glob("*") if path.is_dir())
    return [_look_at(MachineFolder(path)) for path in folders]


def _look_at(folder: MachineFolder) -> FoundMachine:
    name, user = folder.root.name, folder.owner
    running = tuple(
        path.name for path in sorted(folder.services.glob("*")) if is_held(path / "lock")
    )
    return FoundMachine(
        name=name,
        units=tuple(_units(folder)),
        running=running,
        processes=len(all_processes(folder.root, 0 if user == os.geteuid() else user)),
    )


def _units(folder: MachineFolder) -> Iterator[FoundUnit]:
    for agent in sorted(folder.agents.glob("unit-*")):
        if match := _TAG.fullmatch(agent.name):
            services = tuple(sorted(_services_of(folder, agent)))
            name = f"{match[1]}/{match[2]}"
            yield FoundUnit(name, folder.root.name, _last_hook(agent), services)


def _services_of(folder: MachineFolder, agent: Path) -> Iterator[str]:
    for link in folder.units.glob("*.service"):
        with contextlib.suppress(OSError):
            if link.readlink().is_relative_to(agent):
                yield link.name


def _last_hook(agent: Path) -> float:
    """Return when a hook wrote last: its outputs begin with it, ops' own state ends with it."""
    times = [0.0]
    for path in (agent / "run", agent / "charm" / ".unit-state.db"):
        with contextlib.suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times)
