"""File of what was left on a cloud that could not be asked, for a later try."""

import contextlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from kafkastack.clouds.protocol import Instance, MachineSpec
from kafkastack.errors import KafkastackError
from kafkastack.model.natural import natural_key
from kafkastack.model.records import Machine, Model
from kafkastack.store.store import Store
from kafkastack.system.files import write_atomically

FILE = "left.json"


class LeftMachine(Struct, frozen=True):
    """A machine that is forgotten here, and may be there still; `instance` as in its record."""

    model_uuid: str
    model_name: str
    machine: str
    instance: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """What a person finds it by."""
        found = self.instance
        if not found:
            return f"what was made of machine {self.machine} in model {self.model_name}"
        return f"{found['hostname']} ({found['instance_id']})"

    @property
    def spec(self) -> MachineSpec:
        """What the cloud finds it by."""
        return MachineSpec(self.model_uuid, self.model_name, self.machine)

    @property
    def known(self) -> Instance | None:
        """What the cloud gave."""
        return Instance(**self.instance) if self.instance else None


class Left(Struct, frozen=True):
    """All that a controller has left, and why."""

    machines: Sequence[LeftMachine] = ()
    reason: str = ""

    def describe(self, model: str = "") -> dict[str, Any]:
        """Return the names of what was left, of one model or of all, and why."""
        names = [each.name for each in self.machines if model in ("", each.model_uuid)]
        return {"left": names, "reason": self.reason if names else ""}


class LeftFile:
    """The record in the folder of a controller, or of one that is no more."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def read(self) -> Left:
        """Return what is recorded; nothing if nothing was left."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Left)
        except FileNotFoundError:
            return Left()

    def add(self, machines: Sequence[LeftMachine], reason: str) -> None:
        """Record machines more, with the last reason."""
        known = {(each.model_uuid, each.machine): each for each in self.read().machines}
        known |= {(each.model_uuid, each.machine): each for each in machines}
        keys = sorted(known, key=lambda key: (key[0], natural_key(key[1])))
        self._write(Left([known[key] for key in keys], reason))

    def remove(self, machine: LeftMachine) -> None:
        """Forget one that has gone from there."""
        left = self.read()
        rest = [each for each in left.machines if each != machine]
        self._write(Left(rest, left.reason))

    def _write(self, left: Left) -> None:
        if not left.machines:
            self._path.unlink(missing_ok=True)
            return
        document: Any = msgspec.to_builtins(left)
        write_atomically(self._path, json.dumps(document, indent=1).encode(), 0o600)


def note_machines(folder: Path, reason: str) -> Left:
    """Record every machine of a controller that was killed as left on its cloud."""
    file = LeftFile(folder)
    file.add(recorded_machines(folder), reason)
    return file.read()


def recorded_machines(folder: Path) -> list[LeftMachine]:
    """Return the machines of a controller that does not run; a damaged record names none."""
    with contextlib.suppress(KafkastackError, sqlite3.Error):
        return _machines(folder)
    return []


def _machines(folder: Path) -> list[LeftMachine]:
    if not (folder / "state.db").exists():
        return []
    store = Store(folder / "state.db")
    try:
        models = [store.get(Model, uuid, "model") for uuid in store.models()]
        return [
            LeftMachine(model.uuid, model.name, machine.id, machine.instance)
            for model in models
            for machine in store.all(Machine, model.uuid)
        ]
    finally:
        store.close()
