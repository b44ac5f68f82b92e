"""The test-only cloud: machines with another root filesystem, entered by a command.

It stands where lxd and openstack will: nothing of the controller's files is visible on a machine,
systemd is the real one, and the charms that run on `local` must run here as they are.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import asdict, replace

from kafkastack.clouds.processes import start_process
from kafkastack.clouds.protocol import (
    Command,
    Instance,
    MachinePaths,
    MachineSpec,
    MachineTool,
)
from kafkastack.clouds.reading import read_by_program
from tests.machines.image import image
from tests.machines.nspawn import NUMBERS, Container, Network
from tests.machines.processes import InnerProcess

_NUMBER = "number"  # file of a machine's folder
_SHARED = "/mnt/controller"  # the controller's socket folder, as a machine sees it
_ENTER = 'umask 022; exec "$@"'  # as after any login: the controller's own is stricter
_REPLACE = 'mkdir -p "$(dirname "$2")" && rm -rf "$2" && mv "$1/$3" "$2" && rm -rf "$1"'


class ContainerMachine:
    """One booted Debian."""

    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    python = "/usr/bin/python3"

    def __init__(self, instance: Instance, container: Container, cloud: "ContainerCloud") -> None:
        self.instance = instance
        self.paths = MachinePaths(
            agents="/var/lib/juju/agents",
            storage="/var/lib/juju/storage",
            home="/root",
            sockets="/var/lib/juju/sockets",
        )
        self.environment: Mapping[str, str] = {
            "HOME": "/root",
            "TMPDIR": "/tmp",
            "LANG": "C.UTF-8",
        }
        self.tools: Mapping[str, MachineTool] = {}  # systemctl is the real one here
        self.user = os.getuid()
        self.container = container
        self._cloud = cloud

    async def start(self, command: Command) -> InnerProcess:
        """Start a program as the leader of a process group, also as the machine counts them."""
        entered = self.enter(replace(command, argv=("/usr/bin/setsid", "--", *command.argv)))
        return await InnerProcess.of(start_process(entered))

    def enter(self, command: Command) -> Command:
        """Return the program of this host that runs `command` there, for a terminal (ssh)."""
        prefix = (*self.container.inside(), f"--wdns={command.cwd}", "--", "sh", "-c", _ENTER)
        return replace(command, argv=(*prefix, "sh", *command.argv), cwd="/")

    async def push(self, source: Path, target: str) -> None:
        """Copy a file or a folder through a tar archive, and name it when it is complete."""
        with tempfile.TemporaryFile() as archive:
            await asyncio.to_thread(_pack, source, archive)
            archive.seek(0)
            part = f"{target}.part"
            await self._run("mkdir", "-p", part)
            await self._run("tar", "-x", "-C", part, stdin=archive)
        await self._run("sh", "-ec", _REPLACE, "sh", part, target, source.name)

    async def place(self, source: Path, target: str) -> str:
        """Copy what is not there yet: the machine does not see this host's files."""
        if not await self._has(target):
            await self.push(source, target)
        return target

    async def pull(self, source: str, target: Path) -> None:
        """Copy a file or a folder through a tar archive."""
        folder, _, name = source.rpartition("/")
        with tempfile.TemporaryFile() as archive:
            await self._run("tar", "-c", "-C", folder or "/", name, stdout=archive)
            archive.seek(0)
            await asyncio.to_thread(_unpack, archive, name, target)

    async def read(self, path: str, most: int) -> bytes:
        """Return a file of the machine."""
        return await read_by_program(self.start, {"PATH": self.path}, path, most)

    async def forward(self, socket: Path, target: str) -> None:
        """Link the socket, which lies in the folder that is mounted on the machine."""
        seen = f"{_SHARED}/{socket.relative_to(self._cloud.runtime)}"
        await self._run("mkdir", "-p", str(Path(target).parent))
        await self._run("ln", "-sfn", seen, target)

    async def remove(self, target: str) -> None:
        """Remove a file or a folder of the machine, if it is there."""
        await self._run("rm", "-rf", target)

    async def restart(self) -> None:
        """Boot the machine again."""
        await asyncio.to_thread(self._cloud.reboot, self.container)

    async def _has(self, target: str) -> bool:
        command = Command(("test", "-e", target), {"PATH": self.path}, "/")
        return await (await self.start(command)).wait() == 0

    async def _run(self, *argv: str, **ends: object) -> None:
        env = {**self.environment, "PATH": self.path}
        process = await self.start(Command(argv, env, "/", **ends))  # type: ignore[arg-type]
        assert process.stderr
        message = await process.stderr.read()
        if code := await process.wait():
            raise OSError(f"{' '.join(argv)}: exit code {code}: {message.decode()}")


class ContainerCloud:
    """Containers of this host for one controller; `root` and `runtime` as of LocalCloud."""

    name = "container"
    region = "default"
    provider = "container"
    shares_files = False

    def __init__(
        self, root: Path, runtime: Path, *, path: Sequence[Path] = (), visible: Sequence[Path] = ()
    ) -> None:
        self._root = root.absolute()
        self.runtime = runtime.absolute()
        digest = hashlib.sha256(str(self._root).encode()).hexdigest()[:8]
        self._network = Network(f"ks-{digest}")
        self._digest = digest
        self._changing = asyncio.Lock()

    async def create(self, spec: MachineSpec) -> Instance:
        """Boot the machine of `spec`, or find the one that an interrupted call has booted."""
        async with self._changing:
            self._give_number(spec)
            container = self._container(spec)
            if not container.leader:
                await asyncio.to_thread(self.reboot, container)
            instance = Instance(
                container.name, container.address, container.name, base="debian@12"
            )
            (container.folder / "instance.json").write_text(json.dumps(asdict(instance)))
            return instance

    async def attach(self, spec: MachineSpec, instance: Instance) -> ContainerMachine:
        """Return the machine of a recorded instance; boot it if the host was restarted."""
        container = self._container(spec)
        if not container.leader:
            await asyncio.to_thread(self.reboot, container)
        return ContainerMachine(instance, container, self)

    async def destroy(self, spec: MachineSpec, instance: Instance | None) -> None:
        """End and remove the machine; fine if it is gone already."""
        container = self._container(spec)
        await asyncio.to_thread(container.end)
        await asyncio.to_thread(shutil.rmtree, container.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._machines.rmdir()
        if not self._machines.exists():
            await asyncio.to_thread(self._network.remove)

    async def close(self) -> None:
        """Let go of what this process holds: nothing."""

    async def shutdown(self) -> None:
        """End and remove every machine of this controller, and its network."""
        if self._machines.exists():
            for folder in self._machines.iterdir():
                name = folder.name.removeprefix(f"{self._digest}-")
                await asyncio.to_thread(Container(folder, name, _number(folder)).end)
            await asyncio.to_thread(shutil.rmtree, self._machines)
        await asyncio.to_thread(self._network.remove)

    def outside(self) -> tuple[str, ...]:
        """Return the words before a client's command that let it reach the machines."""
        return ("nsenter", f"--net={self._network.path}")

    def reboot(self, container: Container) -> None:
        """End the machine if it runs, and boot it."""
        container.end()
        self._network.make()
        container.boot(image(), self._network, self.runtime)

    @property
    def _machines(self) -> Path:
        return self._root / "containers"

    def _container(self, spec: MachineSpec) -> Container:
        folder = self._folder(spec)
        return Container(folder, folder.name.removeprefix(f"{self._digest}-"), _number(folder))

    def _folder(self, spec: MachineSpec) -> Path:
        return self._machines / f"{self._digest}-juju-{spec.model_uuid[-6:]}-{spec.machine_id}"

    def _give_number(self, spec: MachineSpec) -> None:
        """Give the machine the first address that no machine of any model has."""
        folder = self._folder(spec)
        if not _number(folder):
            taken = {_number(other) for other in self._machines.glob("*")}
            folder.mkdir(parents=True, exist_ok=True)
            number = next(number for number in NUMBERS if number not in taken)
            (folder / _NUMBER).write_text(str(number))


def _number(folder: Path) -> int:
    """Return the number of a machine; 0 if it has none yet."""
    record = folder / _NUMBER
    return int(record.read_text()) if record.exists() else 0


def _pack(source: Path, archive: "tempfile._TemporaryFileWrapper[bytes]") -> None:
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(source, source.name, filter=_as_root)


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _unpack(archive: "tempfile._TemporaryFileWrapper[bytes]", name: str, target: Path) -> None:
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as part,
        tarfile.open(fileobj=archive) as tar,
    ):
        tar.extractall(part, filter="tar")
        if target.is_dir():
            shutil.rmtree(target)
        (Path(part) / name).replace(target)
