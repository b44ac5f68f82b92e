"""A charm gets what its machine can run: the machine is asked, not guessed."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import cast

import pytest

from kafkastack.agent.installer import install_charm
from kafkastack.agent.site import Site, place_of
from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command, Machine, MachinePaths
from kafkastack.model.records import Charm
from kafkastack.store.charm_shelf import CharmShelf
from tests.fakes.shell_charm import write_charm

PROGRAMS = ("sh", "test", "mkdir")


class Host:
    """A machine that has only some programs of this host."""

    tools = ("systemctl",)
    python = sys.executable
    user = os.getuid()

    def __init__(self, folder: Path, programs: tuple[str, ...]) -> None:
        folders = (str(folder / name) for name in ("agents", "storage", "home", "sockets"))
        self.paths = MachinePaths(*folders)
        self.path = str(folder / "bin")
        self.environment = {"LANG": "C.UTF-8"}
        (folder / "bin").mkdir()
        for name in programs:
            (folder / "bin" / name).symlink_to(str(shutil.which(name)))

    async def start(self, command: Command) -> HostProcess:
        program = str(shutil.which(command.argv[0], path=self.path) or command.argv[0])
        argv = (program, *command.argv[1:])
        return start_process(Command(argv, command.env, command.cwd))

    async def push(self, source: Path, target: str) -> None:
        shutil.copytree(source, target, symlinks=True)


def install_on(machine: Host, folder: Path) -> Path:
    """Install a charm; return the folder of its tools."""
    shelf = CharmShelf(folder / "charms")
    digest = shelf.take_now(write_charm(folder))
    site = Site(*[None] * 2, shelf, folder, folder, None)  # type: ignore[arg-type]
    place = place_of(cast(Machine, machine), "plain/0")
    asyncio.run(install_charm(site, place, Charm(digest, "plain", "local", "", 0, "")))
    return Path(place.tools)


@pytest.mark.parametrize(
    ("programs", "client"),
    [((*PROGRAMS, "perl"), "hook-tool"), (PROGRAMS, "hook_tool.py")],
    ids=["with perl", "without perl"],
)
def test_hook_tools_are_what_the_machine_can_run(
    tmp_path: Path, programs: tuple[str, ...], client: str
):
    tools = install_on(Host(tmp_path, programs), tmp_path)

    assert {str((tools / name).readlink()) for name in ("status-set", "systemctl")} == {client}
