"""pack."""

import asyncio
import sys
import tempfile
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from kafkastack.agent.package_builder import PackageBuilder
from kafkastack.agent.site import place_of
from kafkastack.artifacts.source_builds import Build, Requires
from kafkastack.cli import catalogue
from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.clouds.protocol import Machine, MachineSpec
from kafkastack.gnuflag import Parsed
from kafkastack.model.base import parse_base
from kafkastack.store.charm_shelf import CharmShelf
from kafkastack.store.packed_charm import pack as pack_tree
from kafkastack.system.files import remove_tree


def pack(parsed: Parsed) -> int:
    """Make a .charm of the charm in a folder, or of one of ours."""
    found = catalogue.find(*parsed.positional or ("./",), channel=parsed["channel"])
    folder = Path(parsed["output"] or ".").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".kafkastack-pack-", dir=folder) as staging:
        shelf = CharmShelf(Path(staging))
        tree = shelf.files(shelf.take_now(found.source))
        build = _builder(Path(staging) / "cloud")
        made = asyncio.run(pack_tree(tree, parse_base(parsed["base"]), folder, build))
    print("Packed ", end="", file=sys.stderr)
    print(made)
    return 0


def _builder(root: Path) -> Build:
    """Return what builds a package without a wheel: its code runs as it would for a unit."""

    async def build(source: Path, requires: Requires, target: Path) -> Path:
        async with _machine(root) as machine:
            place = place_of(machine, "pack/0")
            return await PackageBuilder(place, machine.python).build(source, requires, target)

    return build


@asynccontextmanager
async def _machine(root: Path) -> AsyncGenerator[Machine]:
    """Give a machine of the cloud `local` that lasts as long as it is used."""
    root.mkdir(mode=0o700, exist_ok=True)
    runtime = runtime_folder(root)
    cloud = LocalCloud(root, runtime)
    try:
        spec = MachineSpec(str(uuid.uuid4()), "pack", "0")
        yield await cloud.attach(spec, await cloud.create(spec))
    finally:
        await cloud.shutdown()
        remove_tree(runtime)
