"""Surroundings that every agent of a controller works with, passed in by the controller."""

import hashlib
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from kafkastack.clouds.protocol import Machine
from kafkastack.hooktools.server import SOCKET_PATH_LIMIT
from kafkastack.model.records import Model
from kafkastack.store.charm_shelf import CharmShelf
from kafkastack.store.journal import Journal
from kafkastack.store.store import Store

FetchResource = Callable[[str, str, str, Callable[[str], None]], Awaitable[Path]]
"""(model uuid, application, resource name, tell how far it is) → file on this host."""


class Site(Struct, frozen=True):
    """The controller's store, charms and caches; one for all agents."""

    store: Store
    journal: Journal
    shelf: CharmShelf
    sockets: Path  # short folder for the agents' sockets
    cache: Path
    fetch_resource: FetchResource
    warm_interpreters: bool = True
    provider: str = "lxd"  # of the cloud, in Juju's word
    now: Callable[[], float] = field(default=time.time)

    def at(self, model: str) -> "Site":
        """Return the same with the time of a model, which may have been put ahead."""
        return replace(self, now=lambda: self.now() + self._ahead(model))

    def _ahead(self, model: str) -> float:
        record = self.store.find(Model, model, "model")
        return record.ahead if record else 0.0

    def find_credential(self, cloud: str, name: str) -> Mapping[str, str]:
        """Return a credential that the controller holds; nothing if it does not."""
        path = self.store.folder / "credentials.json"
        kept: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
        return kept.get(cloud, {}).get("cloud-credentials", {}).get(name, {})

    def storage_shelf(self, model: str, storage: str) -> Path:
        """Return where the files of a detached storage are kept."""
        return self.store.folder / "storage" / model / storage.replace("/", "-")


class Place(Struct, frozen=True):
    """Where one unit's files are on its machine."""

    machine: Machine
    unit: str
    charm: str
    tools: str
    run: str  # output files of the hook that runs
    socket: str


def place_of(machine: Machine, unit: str) -> Place:
    """Return the folders of a unit on its machine."""
    tag = "unit-" + unit.replace("/", "-")
    agent = f"{machine.paths.agents}/{tag}"
    return Place(
        machine,
        unit,
        f"{agent}/charm",
        f"{agent}/tools",
        f"{agent}/run",
        socket_path(machine.paths.sockets, tag),
    )


def socket_path(folder: str | Path, name: str) -> str:
    """Return a path for a socket; a name that would make it too long becomes a digest."""
    path = f"{folder}/{name}"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    return f"{folder}/{hashlib.sha256(name.encode()).hexdigest()[:12]}"
