"""Local machine: a folder, a loopback address, processes of this host."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kafkastack.clouds.local import placement, reaping
from kafkastack.clouds.local.journalctl import Journalctl
from kafkastack.clouds.local.layout import MARKER, MachineFolder
from kafkastack.clouds.local.services import Services, Surroundings
from kafkastack.clouds.local.supervision import Supervisor
from kafkastack.clouds.local.systemctl import Systemctl
from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command, Instance, MachinePaths, MachineTool
from kafkastack.clouds.reading import read_by_program
from kafkastack.errors import KafkastackError
from kafkastack.system import beneath
from kafkastack.system.modes import open_to_others
from kafkastack.system.reading import MOST_OF_CHARM, read_of_owner, read_regular

_OWN_PROGRAMS = Path(__file__).with_name("bin")
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _base_interpreter() -> str:
    """Return the interpreter below our own venv: charms bring packages of their own."""
    found = getattr(sys, "_base_executable", sys.executable)
    return str(Path(found).resolve())


class Site(Struct, frozen=True):
    """Where a machine stands on this host."""

    folder: MachineFolder
    sockets: Path
    programs: tuple[Path, ...]  # first on PATH
    prefix: tuple[str, ...]  # makes a program the machine's user's, where that is not ours
    uid: int = 0  # of that user; 0 where programs run as who runs us
    visible: tuple[Path, ...] = ()  # what machines see of this host


class LocalMachine:
    """One machine of the local cloud."""

    def __init__(self, instance: Instance, site: Site, supervisor: Supervisor) -> None:
        folder = site.folder
        self.instance = instance
        self.paths = MachinePaths(
            agents=str(folder.agents),
            storage=str(folder.storage),
            home=str(folder.home),
            sockets=str(site.sockets),
        )
        self.path = ":".join([*map(str, (*site.programs, _OWN_PROGRAMS)), _SYSTEM_PATH])
        self.python = _base_interpreter()
        self.user = site.uid or os.getuid()
        self.environment: Mapping[str, str] = {
            "HOME": str(folder.home),
            "TMPDIR": str(folder.tmp),
            "LANG": "C.UTF-8",
            MARKER: str(folder.root),  # whatever begins here, however it is started, ends with it
        }
        self.prefix = site.prefix
        self._site = site
        environment = {**self.environment, "PATH": self.path}
        around = Surroundings(environment, site.prefix, site.uid, self._read_unit)
        self.services = Services(folder, supervisor, around)
        self.tools: Mapping[str, MachineTool] = {
            "systemctl": Systemctl(self.services),
            "journalctl": Journalctl(self.services),
        }

    async def start(self, command: Command) -> HostProcess:
        """Start a program in a process group of its own."""
        return start_process(self.enter(command))

    def enter(self, command: Command) -> Command:
        """Return the program of this host that runs `command` in the machine's view of it."""
        argv = (*self._site.prefix, *command.argv)
        return replace(command, argv=argv, env={**command.env, MARKER: self.environment[MARKER]})

    async def push(self, source: Path, target: str) -> None:
        """Copy a file or a folder (modes kept, the target replaced as one) onto the machine."""
        root, staging, uid = self._root_of(target), self._site.folder.staging, self._site.uid
        if not staging.is_relative_to(root):
            staging = root
        owner = (uid, uid) if uid else None
        await asyncio.to_thread(
            placement.push, source, Path(target), root=root, staging=staging, owner=owner
        )

    async def place(self, source: Path, target: str) -> str:
        """Return `source` where the machine sees it, else a copy: `target` names the content."""
        if not self._site.uid:
            return str(source)
        for folder in self._site.visible:
            if source.is_relative_to(folder):
                await asyncio.to_thread(open_to_others, source, folder)
                return str(source)
        if not await self._has(target):
            await self.push(source, target)
        return target

    async def pull(self, source: str, target: Path) -> None:
        """Copy a file or a folder from the machine."""
        root = self._root_of(source)
        await asyncio.to_thread(placement.pull, Path(source), target, root=root)

    async def read(self, path: str, most: int) -> bytes:
        """Return a file as a program of the machine reads it, and only what that may read."""
        if not self._site.prefix:
            return await asyncio.to_thread(read_regular, path, most)
        own = await asyncio.to_thread(self._read_own, Path(path), most)
        if own is not None:
            return own
        return await read_by_program(self.start, {"PATH": self.path}, path, most)

    def _read_own(self, path: Path, most: int) -> bytes | None:
        """Return a file of the machine's user that no link leads to; None for any other."""
        try:
            with beneath.opened(self._root_of(str(path)), path.parent) as folder:
                return read_of_owner(path.name, self._site.uid, most, folder=folder)
        except (OSError, KafkastackError):
            return None  # what is wrong with it, a program of the machine says

    async def forward(self, socket: Path, target: str) -> None:
        """Make a unix socket of the controller reachable on the machine at the path `target`."""
        self._root_of(target)
        link = Path(target)
        if link.absolute() == socket.absolute():
            return
        link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        if self._site.uid:
            # A machine does not see the folder where the sockets of all of them are.
            os.chown(socket, self._site.uid, self._site.uid, follow_symlinks=False)
            link.hardlink_to(socket)
        else:
            link.symlink_to(socket.absolute())

    async def remove(self, target: str) -> None:
        """Remove a file or a folder of the machine, if it is there."""
        await asyncio.to_thread(placement.remove, Path(target), root=self._root_of(target))

    async def restart(self) -> None:
        """End everything on the machine, then start its enabled services."""
        await self.stop()
        await self.services.start_enabled()

    async def stop(self) -> None:
        """End everything on the machine, in bounded time."""
        await self.services.stop_all()
        await reaping.end_machine(self._site.folder.root, self._site.uid)

    async def _has(self, target: str) -> bool:
        command = Command(("test", "-e", target), {"PATH": self.path}, "/")
        return await (await self.start(command)).wait() == 0

    async def _read_unit(self, path: str) -> bytes:
        return await self.read(path, MOST_OF_CHARM)

    def _root_of(self, target: str) -> Path:
        """Return the folder of ours that a path of the machine lies in."""
        path = Path(target)
        ours: Sequence[Path] = (self._site.folder.root, self._site.sockets)
        found = next((folder for folder in ours if path.is_relative_to(folder)), None)
        if ".." in path.parts or found is None:
            raise KafkastackError(
                f"{target} is not on machine {self.instance.instance_id}: "
                f"what belongs to it is below {ours[0]}"
            )
        return found
