"""Protocol of a cloud and a machine: the seam under every charm."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from msgspec import Struct, field


class Command(Struct, frozen=True):
    """A program to run on a machine: argv, a complete environment, a folder of that machine."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    stdin: int | IO[bytes] | None = None  # None: /dev/null; else a descriptor or an open file
    stdout: int | IO[bytes] | None = None  # None: asyncio pipe, else a descriptor or an open file
    stderr: int | IO[bytes] | None = None


class Completed(Struct, frozen=True):
    """What a finished program or hook tool left."""

    returncode: int
    stdout: bytes = b""
    stderr: bytes = b""


class MachineSpec(Struct, frozen=True):
    """What the model asks for: ids of Juju's shape ("0"), tags that find the machine again."""

    model_uuid: str
    model_name: str
    machine_id: str
    base: str = ""
    constraints: str = ""
    config: Mapping[str, str] = field(default_factory=dict[str, str])  # what the model is set to


class Opening(Struct, frozen=True):
    """A port that is exposed ("9092/tcp", "8000-8010/udp", "icmp"), and to whom."""

    port: str
    cidr: str = "0.0.0.0/0"


class Instance(Struct, frozen=True):
    """What the cloud gave: everything needed to reach, show and destroy the machine."""

    instance_id: str
    address: str
    hostname: str
    hardware: str = ""
    availability_zone: str = ""
    egress_subnet: str = ""  # where its traffic comes from; "" means address/32
    base: str = ""  # "debian@12"
    public_address: str = ""  # where it is reached from elsewhere, if that is another one


class MachinePaths(Struct, frozen=True):
    """Folders of the machine, as that machine names them."""

    agents: str  # charm folders: {agents}/unit-kafka-0/charm, tools: {agents}/unit-kafka-0/tools
    storage: str  # {storage}/data/0
    home: str  # HOME of hooks and of ssh
    sockets: str  # short enough for a unix socket: forward(…, f"{sockets}/unit-kafka-0")


class Process(Protocol):
    """A started program."""

    pid: int
    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None

    async def wait(self) -> int:
        """Return the exit code when the program itself has ended, whoever holds its stdout.

        ConnectionError if the machine is lost: how it ended is not known.
        """
        ...

    def terminate(self) -> None:
        """Ask the program's whole process group to end (SIGTERM)."""
        ...

    def kill(self) -> None:
        """End the program's whole process group (SIGKILL)."""
        ...


MachineTool = Callable[[Sequence[str], str, bytes], Awaitable[Completed]]
"""A program that the cloud itself answers: (arguments, working folder, stdin) → result."""


class Machine(Protocol):
    """One machine: run, push, pull, forward a socket, restart; the rest of it is data."""

    instance: Instance
    paths: MachinePaths
    user: int  # the uid, on this host, of who comes from there to a socket that was forwarded
    path: str  # PATH of programs on the machine, without the tools folder
    python: str  # the interpreter that runs charms there, 3.10 or newer
    environment: Mapping[str, str]  # HOME, TMPDIR, LANG: what every program there starts from
    tools: Mapping[str, MachineTool]  # programs placed beside the hook tools (systemctl on local)

    async def start(self, command: Command) -> Process:
        """Start a program as the leader of a process group, also as the machine counts them."""
        ...

    def enter(self, command: Command) -> Command:
        """Return the program of this host that runs `command` there, for a terminal (ssh)."""
        ...

    async def push(self, source: Path, target: str) -> None:
        """Copy a file or a folder (modes kept, the target replaced as one) onto the machine."""
        ...

    async def place(self, source: Path, target: str) -> str:
        """Make a file or folder that never changes readable there; return its path there.

        Machines that see this host's files answer `source` itself, others a copy at `target`,
        which names the content: what is there already is not copied again.
        """
        ...

    async def pull(self, source: str, target: Path) -> None:
        """Copy a file or a folder from the machine."""
        ...

    async def read(self, path: str, most: int) -> bytes:
        """Return a regular file of at most so many bytes, as a program of the machine reads it."""
        ...

    async def forward(self, socket: Path, target: str) -> None:
        """Make a unix socket of the controller reachable on the machine at the path `target`."""
        ...

    async def remove(self, target: str) -> None:
        """Remove a file or a folder of the machine, if it is there."""
        ...

    async def restart(self) -> None:
        """Restart the machine (`juju-reboot`): everything on it ends, enabled services start."""
        ...


@runtime_checkable
class Stoppable(Protocol):
    """A machine that can be stopped: its files and its address stay, `restart` brings it back."""

    async def stop(self) -> None:
        """End everything on the machine, in bounded time."""
        ...


class Cloud(Protocol):
    """Where machines come from."""

    name: str
    region: str
    provider: str  # Juju's provider type as show-model prints it
    shares_files: bool  # its machines read this host's caches; others get what needs no other file

    async def create(self, spec: MachineSpec) -> Instance:
        """Make the machine of `spec`, or find the one that an interrupted call has made."""
        ...

    async def attach(self, spec: MachineSpec, instance: Instance) -> Machine:
        """Return the machine of a recorded instance, ready to run programs."""
        ...

    async def destroy(self, spec: MachineSpec, instance: Instance | None) -> None:
        """End and remove the machine with all that runs on it; fine if it is gone already."""
        ...

    async def close(self) -> None:
        """Let go of what this process holds; machines and workloads go on."""
        ...

    async def shutdown(self) -> None:
        """End everything of this controller: it is being destroyed."""
        ...


@runtime_checkable
class Firewalled(Protocol):
    """A cloud whose machines are reached from outside only where they are exposed."""

    async def open_ports(
        self, spec: MachineSpec, instance: Instance, openings: frozenset[Opening]
    ) -> None:
        """Let in what is exposed on the machine, and nothing else."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A cloud whose machines may be ended by others."""

    async def lost(self, instances: Sequence[str]) -> Mapping[str, str]:
        """Return which of these instances do not run, each with what the cloud says of it."""
        ...


class Preflight(Struct, frozen=True):
    """One finding about this host: `ok` False stops, with what to type in `advice`."""

    subject: str
    ok: bool
    message: str
    advice: str = ""
