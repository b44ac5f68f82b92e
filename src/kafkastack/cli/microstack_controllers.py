"""Controllers with machines on the cloud of this host, and the notice to them of its end."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kafkastack.cli.connection import ask_running
from kafkastack.clouds.openstack.entries import Entry
from kafkastack.microstack.access import Person
from kafkastack.system.places import data_dir

_SECONDS = 5.0  # of one that answers at all
_LOOK_SECONDS = 10.0
_DATA = ".local/share/kafkastack"


class Occupant(NamedTuple):
    """A controller with machines on the cloud."""

    name: str
    folder: Path
    machines: int

    def describe(self) -> str:
        """Return it as a person is told of it."""
        plural = "" if self.machines == 1 else "s"
        return f"{self.name}: {self.machines} machine{plural} ({self.folder})"


def occupants(cloud: str, persons: Sequence[Person]) -> list[Occupant]:
    """Return the controllers that have machines there, of everybody who was given access."""
    files = {str(person.clouds) for person in persons}
    found = list[Occupant]()
    for folder in _folders(persons):
        entry = _entry(folder)
        is_there = entry.name in (cloud, f"{cloud}-admin") and entry.file in files
        if is_there and (machines := _machines_of(folder)):
            found.append(Occupant(folder.name, folder, machines))
    return found


def _entry(folder: Path) -> Entry:
    """Return what a controller is on; what another user has put there instead is nothing."""
    note = folder / "openstack.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        if note.is_file():
            return Entry(**json.loads(note.read_bytes()))
    return Entry("", "")


def tell(found: Iterable[Occupant]) -> None:
    """Let those that run look at their cloud at once; the others will when they start."""
    for each in found:
        ask_running(each.folder, "look-at-cloud", _LOOK_SECONDS)


def _folders(persons: Sequence[Person]) -> Iterator[Path]:
    places = {data_dir(), *(person.home / _DATA for person in persons)}
    for place in sorted(places):
        yield from sorted(path.parent for path in place.glob("controllers/*/openstack.json"))


def _machines_of(folder: Path) -> int:
    told: Any = ask_running(folder, "show-controller", _SECONDS)
    if told:
        return sum(model["machine-count"] for model in told["models"].values())
    return _recorded(folder)


def _recorded(folder: Path) -> int:
    """Return how many machines the records of a controller name that does not run.

    They are read as a copy: opened in place by root, they would have files that their owner
    could not use.
    """
    from kafkastack.controller.left import recorded_machines

    with tempfile.TemporaryDirectory(prefix="kfs-") as copy:
        for path in folder.glob("state.db*"):
            if path.is_file():
                shutil.copy(path, copy)
        return len(recorded_machines(Path(copy)))
