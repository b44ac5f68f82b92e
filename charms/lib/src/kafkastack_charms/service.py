"""Server of a unit as systemd runs it: its unit file, its files, its watcher, and its marks."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from shutil import which
from typing import NamedTuple

from kafkastack_charms import files, systemd, watcher

EXITS = 3  # of a server since it was started: it cannot run as it is


class Change(Enum):
    """How a running server differs from what it should be."""

    NOTHING = auto()
    UPDATE = auto()  # can be made while it runs
    RESTART = auto()


class Running(NamedTuple):
    """What systemd says of a server."""

    is_active: bool
    exits: int

    @property
    def keeps_exiting(self) -> bool:
        """Whether it exits again and again: systemd goes on trying."""
        return not self.is_active and self.exits >= EXITS


class Service(NamedTuple):
    """The server of one charm, and where its files are."""

    name: str
    title: str
    charm: Path

    @property
    def unit(self) -> str:
        """The name of its systemd unit."""
        return f"{self.name}.service"

    @property
    def unit_file(self) -> Path:
        """The unit file of the server."""
        return self.charm / self.unit

    @property
    def watcher_file(self) -> Path:
        """The unit file of its watcher."""
        return self.charm / f"{self.name}-watcher.service"

    @property
    def pending(self) -> Path:
        """A file that exists while the server has yet to be restarted with what was written."""
        return self.charm / ".pending"

    @property
    def updating(self) -> Path:
        """A file that exists while the server has yet to take what was written while it runs."""
        return self.charm / ".updating"

    @property
    def ready(self) -> Path:
        """A file that exists while the charm's last look saw a server that works."""
        return self.charm / watcher.READY

    @property
    def unfinished(self) -> Path:
        """A file that exists while the charm wants to be called again soon."""
        return self.charm / watcher.UNFINISHED

    @property
    def served(self) -> Path:
        """A file that exists once a server has worked since it was started."""
        return self.charm / ".served"

    @property
    def leaving(self) -> Path:
        """A file that exists once the unit is on its way out, even where its hooks fail later."""
        return self.charm / ".leaving"

    @property
    def left(self) -> Path:
        """A file that exists once the unit has done what its leaving asks for."""
        return self.charm / ".left"

    def read(self) -> Running:
        """Ask systemd for the server."""
        is_active = systemd.is_active(self.unit)
        return Running(is_active, 0 if is_active else systemd.restarts(self.unit))


def set_marker(path: Path, exists: bool) -> None:
    """Have a file exist or not."""
    if exists:
        path.touch()
    else:
        path.unlink(missing_ok=True)


def install(service: Service, unit: str, texts: Mapping[Path, str], user: str | None) -> None:
    """Write everything and restart the server; what is interrupted is done again."""
    set_marker(service.pending, True)
    set_marker(service.served, False)
    files.write({service.unit_file: unit}, None)  # root acts on it: it is not the server's own
    files.write(texts, user)
    systemd.enable_and_restart(service.unit_file)
    set_marker(service.pending, False)


def find_change(
    service: Service, unit: str, texts: Mapping[Path, str], live: Mapping[Path, str]
) -> Change:
    """Return what has to be done for files that are read at the start, and for others."""
    if service.pending.exists() or files.outdated({service.unit_file: unit, **texts}):
        return Change.RESTART
    is_due = service.updating.exists() or files.outdated(live)
    return Change.UPDATE if is_due else Change.NOTHING


def keep_watcher(service: Service, place: watcher.Place, ask: watcher.Ask, unit: str) -> None:
    """Run the watcher, where Juju can be called at all; it asks by the module of the question."""
    juju = which("juju-exec") or which("juju-run")
    if juju is None:
        return
    command = (
        str(Path(sys.executable).resolve()),  # not the environment's: it needs no package
        *("-IS", str(Path(watcher.__file__).resolve())),
        *("--juju-exec", juju, "--unit", unit, "--dispatch", str(service.charm / "dispatch")),
        *("--charm", str(service.charm), "--probe", str(Path(inspect.getfile(ask)).resolve())),
        *("--address", place.address, "--port", str(place.port)),
        *(("--ca", place.ca) if place.ca else ()),
        *(("--login", place.login) if place.login else ()),
    )
    # It may call Juju and so keeps Juju's user.
    text = systemd.service_unit(
        f"Tells Juju when {service.title} stops or starts to serve",
        command,
        ("TimeoutStopSec=20",),
    )
    wanted = {service.watcher_file: text}
    if files.outdated(wanted):
        files.write(wanted, None)
        systemd.enable_and_restart(service.watcher_file)


def retire(service: Service, timeout: float | None = None) -> None:
    """Stop the server for good, and first whoever would tell of that."""
    for unit_file in (service.watcher_file, service.unit_file):
        systemd.disable(unit_file, timeout)
