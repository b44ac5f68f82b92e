"""Units of the greeter with real servers, and databags carried as Juju does."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from kafkastack_charms.testing.machine import Machine
from ops import testing

from tests.charms.zookeeper.unit import network
from tests.charms.zookeeper.world import World

CHARM = Path(__file__).parent / "charm"
_NAMES = ("charm", "probe")


@contextmanager
def as_dispatched() -> Iterator[Any]:
    """Import the charm's modules under their own names, as long as the block lasts."""
    others = {name: sys.modules.pop(name) for name in _NAMES if name in sys.modules}
    sys.path.insert(0, str(CHARM / "src"))
    try:
        yield importlib.import_module("charm")
    finally:
        sys.path.remove(str(CHARM / "src"))
        for name in _NAMES:
            sys.modules.pop(name, None)
        sys.modules.update(others)


with as_dispatched() as _charm:
    GreeterCharm = _charm.GreeterCharm


class Unit:
    """One unit: its machine, and how its hooks are run."""

    def __init__(self, folder: Path, machine: Machine, number: int, address: str) -> None:
        self.machine, self.address = machine, address
        self.root = folder / "charm"
        shutil.copytree(CHARM, self.root)
        self.storage = testing.Storage("data")
        self.context = testing.Context(
            GreeterCharm,
            meta=_yaml("metadata.yaml"),
            config=_yaml("config.yaml"),
            actions=_yaml("actions.yaml"),
            charm_root=self.root,
            app_name="greeter",
            unit_id=number,
        )

    def state(self, *relations: Any, **more: Any) -> testing.State:
        networks = {network(name, self.address) for name in ("cluster", "greeter")}
        return testing.State(
            storages=[self.storage], networks=networks, relations=relations, **more
        )

    def run(self, event: Any, state: testing.State) -> testing.State:
        return self.context.run(event, state)


class Greeters(World):
    """What Juju knows of one application greeter."""

    def make_unit(self, folder: Path, number: int, address: str) -> Any:
        return Unit(folder, Machine(folder / "machine"), number, address)


def _yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((CHARM / name).read_text())
