"""A machine that is reached over SSH: the protocol's promises on one connection."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from kafkastack.clouds.protocol import Command, Instance, MachinePaths, MachineTool
from kafkastack.clouds.reading import read_by_program
from kafkastack.clouds.ssh import archives
from kafkastack.clouds.ssh.far_process import FarProcess
from kafkastack.clouds.ssh.link import Link
from kafkastack.clouds.ssh.login import Login
from kafkastack.clouds.ssh.refusals import MachineUnreachableError
from kafkastack.clouds.ssh.trust import trusting
from kafkastack.errors import KafkastackError

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.5
_BOOT_SECONDS = 300.0
_TRUST_SECONDS = 60.0  # a JVM may be started for its store, too
_UNPACK = """\
part=$1.part
trap 'rm -rf "$part"' EXIT
rm -rf "$part" && mkdir -p "$part" && tar -x -C "$part"
rm -rf "$1" && mv "$part/$2" "$1"
"""
# ssh hands on no environment: env begins with nothing, as for each program of ours.
_ENTER = 'umask 022; cd "$1" || exit; shift; exec env -i "$@"'
Reboot = Callable[[], Awaitable[None]]


class SSHMachine:
    """One machine behind one connection, which is made again when it is lost."""

    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    python = "/usr/bin/python3"

    def __init__(self, instance: Instance, login: Login, reboot: Reboot) -> None:
        """`reboot` asks for a restart of the machine; it may return before the machine is up."""
        self.instance = instance
        self.paths = MachinePaths(
            agents="/var/lib/juju/agents",
            storage="/var/lib/juju/storage",
            home="/root",
            sockets="/var/lib/juju/sockets",
        )
        self.environment: Mapping[str, str] = {
            "HOME": "/root",
            "TMPDIR": "/tmp",  # noqa: S108  # the machine's
            "LANG": "C.UTF-8",
        }
        self.tools: Mapping[str, MachineTool] = {}  # systemctl is the real one there
        self.user = os.getuid()  # it is this process that brings what is asked
        self._login = login
        self._reboot = reboot
        self._link: Link | None = None
        self._connecting = asyncio.Lock()
        self._copying: dict[str, asyncio.Lock] = {}
        self._sockets: dict[str, Path] = {}

    async def connect(self, seconds: float = _BOOT_SECONDS) -> Mapping[str, str]:
        """Wait until the machine lets us in; what it says of itself, or why it does not."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return (await self._connected()).about
            except MachineUnreachableError as error:
                if not error.passes or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    async def trust(self, cas: Sequence[str]) -> None:
        """Let the machine trust these certificates (PEM), and no others that we brought before.

        One that cannot be told so works as it is: what is wrong is in the controller's log.
        """
        try:
            async with asyncio.timeout(_TRUST_SECONDS):
                await self._run(*trusting(cas))
        except (KafkastackError, OSError) as error:
            said = str(error) or f"it takes longer than {_TRUST_SECONDS:.0f} s"
            name = self.instance.hostname
            log.warning("machine %s does not trust what this host trusts: %s", name, said)

    async def start(self, command: Command) -> FarProcess:
        """Start a program as the leader of a process group of the machine."""
        return await (await self._connected()).start(command)

    def enter(self, command: Command) -> Command:
        """Return the ssh of this host that runs `command` there, on a terminal."""
        settings = [f"{key}={value}" for key, value in command.env.items()]
        words = ("sh", "-c", _ENTER, "sh", command.cwd, *settings, *command.argv)
        here = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
        here |= {"TERM": command.env["TERM"]} if "TERM" in command.env else {}
        return Command(self._login.terminal(words), here, "/", command.stdin)

    async def push(self, source: Path, target: str) -> None:
        """Copy a file or a folder as an archive, and name it when it is complete."""
        async with self._copying.setdefault(target, asyncio.Lock()):
            with archives.packed(source) as archive:
                words = ("sh", "-ec", _UNPACK, "push", target, source.name)
                await self._run(*words, stdin=archive)

    async def place(self, source: Path, target: str) -> str:
        """Copy what is not there yet: the machine does not see this host's files."""
        async with self._copying.setdefault(f"place {target}", asyncio.Lock()):
            if not await self._has(target):
                await self.push(source, target)
        return target

    async def pull(self, source: str, target: Path) -> None:
        """Copy a file or a folder as an archive."""
        folder, _, name = source.rpartition("/")
        with archives.unpacked(name, target) as archive:
            await self._run("tar", "-c", "-C", folder or "/", name, stdout=archive)
            await archives.arrive(archive, name, target)

    async def read(self, path: str, most: int) -> bytes:
        """Return a file of the machine."""
        return await read_by_program(self.start, {"PATH": self.path}, path, most)

    async def forward(self, socket: Path, target: str) -> None:
        """Make a unix socket of the controller reachable there, also after a lost connection."""
        self._sockets[target] = socket
        await (await self._connected()).listen(target, socket)

    async def remove(self, target: str) -> None:
        """Remove a file or a folder of the machine, if it is there."""
        self._sockets.pop(target, None)
        await self._run("rm", "-rf", target)

    async def restart(self) -> None:
        """Restart the machine and wait until it answers as a new boot."""
        before = (await self._connected()).about["boot"]
        await self._reboot()
        async with asyncio.timeout(_BOOT_SECONDS):
            while (await self.connect())["boot"] == before:
                await self.disconnect()
                await asyncio.sleep(_PAUSE_SECONDS)
        await self._await_services()

    async def disconnect(self) -> None:
        """Let go of the connection; what runs there goes on."""
        async with self._connecting:
            if self._link:
                await self._link.close()
            self._link = None

    async def _connected(self) -> Link:
        async with self._connecting:
            if self._link and self._link.is_up:
                return self._link
            self._link = None
            link = await Link.open(self._login, self.python)
            for target, socket in self._sockets.items():
                await link.listen(target, socket)
            self._link = link
            return link

    async def _await_services(self) -> None:
        """Wait until what is enabled has been started; a failed service is not our affair."""
        command = Command(
            ("systemctl", "is-system-running", "--wait"), {"PATH": self.path}, "/", stdout=-3
        )
        await (await self.start(command)).wait()

    async def _has(self, target: str) -> bool:
        command = Command(("test", "-e", target), {"PATH": self.path}, "/")
        return await (await self.start(command)).wait() == 0

    async def _run(
        self, *argv: str, stdin: IO[bytes] | None = None, stdout: IO[bytes] | int | None = None
    ) -> None:
        env = {**self.environment, "PATH": self.path}
        out = asyncio.subprocess.DEVNULL if stdout is None else stdout
        process = await self.start(Command(argv, env, "/", stdin, out))
        assert process.stderr  # noqa: S101  # started with a pipe
        message = (await process.stderr.read()).decode(errors="replace").strip()
        if code := await process.wait():
            first = message.splitlines()[0] if message else f"exit code {code}"
            raise KafkastackError(
                f"machine {self.instance.hostname}: {first}",
                "look there: kafkastack ssh MACHINE df -h",
            )
