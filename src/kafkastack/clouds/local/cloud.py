"""Local cloud: the machines of this host, as folders, addresses, and their upkeep."""

import asyncio
import contextlib
import logging
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from kafkastack.clouds.local import belonging, host, logs
from kafkastack.clouds.local.addresses import EGRESS_SUBNET, Blocks, pick_host
from kafkastack.clouds.local.layout import MachineFolder, machine_name
from kafkastack.clouds.local.machine import LocalMachine, Site
from kafkastack.clouds.local.supervision import Supervisor
from kafkastack.clouds.local.users import pick_uid
from kafkastack.clouds.local.view import first_in_tmp, view_of_this_host
from kafkastack.clouds.protocol import Instance, Machine, MachineSpec
from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system.files import remove_tree, write_atomically

_NOBODY = 65534  # for a machine on which nothing is to be started any more

log = logging.getLogger(__name__)


class LocalCloud:
    """The local cloud of one controller: data in `root`, sockets in the short `runtime` folder."""

    name = "local"
    region = "localhost"
    provider = "local"
    shares_files = True

    def __init__(
        self,
        root: Path,
        runtime: Path,
        *,
        path: Sequence[Path] = (),
        visible: Sequence[Path] = (),
        upkeep_seconds: float = 5.0,
    ) -> None:
        self._root = root.absolute()
        self._runtime = runtime.absolute()
        self._programs = tuple(path)
        self._visible = tuple(visible)
        self._view = view_of_this_host((*_with_their_homes(path), *visible))
        self._is_view_checked = False
        self._blocks = Blocks(self._root / "networks")
        self._supervisor = Supervisor(self._root / "supervisor", self._runtime / "supervisor.sock")
        self._machines: dict[str, LocalMachine] = {}
        self._creating = asyncio.Lock()
        self._upkeep_seconds = upkeep_seconds
        self._upkeep: asyncio.Task[None] | None = None
        self._waking: asyncio.Task[None] | None = None

    async def create(self, spec: MachineSpec) -> Instance:
        """Make the machine of `spec`, or find the one that an interrupted call has made."""
        self._waking = self._waking or asyncio.create_task(self._wake_supervisor())
        async with self._creating:
            folder = self._folder(spec)
            if folder.record.exists():
                return _read(folder)
            folder.make()
            instance = self._new_instance(spec)
            if self._view.needed:
                await asyncio.to_thread(self._give, spec, folder, instance.address)
                await self._check_view(machine_name(spec), folder)
            part = folder.record.with_suffix(".part")
            part.touch(0o600)
            part.write_bytes(msgspec.json.encode(instance))
            part.replace(folder.record)
            return instance

    def _give(self, spec: MachineSpec, folder: MachineFolder, address: str) -> None:
        """Give the machine to a user of its own, whom nobody else on this host is."""
        shown = (folder.root, self._sockets(machine_name(spec)), *self._view.visible)
        belonging.give_machine(folder, pick_uid(address, spec.model_uuid), first_in_tmp(shown))

    async def _check_view(self, name: str, folder: MachineFolder) -> None:
        """Refuse a machine that could harm this host; what was possible once is so again."""
        if not self._is_view_checked:
            machine = self._machine(name, folder, None)
            await asyncio.to_thread(self._view.check, folder.root, machine.prefix, machine.python)
            self._is_view_checked = True

    async def attach(self, spec: MachineSpec, instance: Instance) -> Machine:
        """Return the machine of a recorded instance; its services are supervised from here on."""
        name = machine_name(spec)
        if name not in self._machines:
            folder = self._folder(spec)
            if not folder.record.exists():
                raise _lost(spec, folder)
            self._blocks.block_of(spec.model_uuid)
            if self._view.needed and (not folder.owner or folder.moving.exists()):
                await self._move(spec, folder, instance)
            self._machines[name] = self._machine(name, folder, instance)
        if any(self._supervisor.wanted()):
            await self._supervisor.ensure()
        self._upkeep = self._upkeep or asyncio.create_task(self._keep_up())
        return self._machines[name]

    async def _move(self, spec: MachineSpec, folder: MachineFolder, instance: Instance) -> None:
        """Give a machine that was made before there were users to one: it restarts, this once."""
        name = machine_name(spec)
        before = self._machine(name, folder, instance)
        if not folder.moving.exists():
            write_atomically(folder.moving, msgspec.json.encode(before.services.wanted()), 0o600)
        await before.stop()
        if not folder.owner:
            await asyncio.to_thread(self._give, spec, folder, instance.address)
        after = self._machine(name, folder, instance)
        for service in msgspec.json.decode(folder.moving.read_bytes(), type=list[str]):
            try:
                await after.services.start(service)
            except (KafkastackError, OSError) as error:
                log.warning("%s of machine %s is not started again: %s", service, name, error)
        folder.moving.unlink()

    async def destroy(self, spec: MachineSpec, instance: Instance | None) -> None:
        """End and remove the machine with all that runs on it; fine if it is gone already."""
        name, folder = machine_name(spec), self._folder(spec)
        machine = self._machines.pop(name, None) or self._machine(name, folder, instance)
        if folder.root.exists():
            await machine.stop()
            await asyncio.to_thread(remove_tree, folder.root)
        await asyncio.to_thread(remove_tree, self._sockets(name))
        if not any(self._folders_of(spec.model_uuid)):
            self._blocks.release(spec.model_uuid)

    async def close(self) -> None:
        """Let go of what this process holds; machines and workloads go on."""
        if self._waking:
            await self._waking  # nobody could end what is not there yet
            self._waking = None
        if self._upkeep:
            self._upkeep.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._upkeep
            self._upkeep = None
        self._blocks.close()

    async def shutdown(self) -> None:
        """End supervisord and everything on every machine: the controller is being destroyed."""
        await self.close()
        machines = [self._machine(path.name, MachineFolder(path), None) for path in self._all()]
        await asyncio.gather(*(machine.stop() for machine in machines))
        await self._supervisor.shutdown()

    async def end_on(self, name: str, services: Sequence[str] = ()) -> None:
        """End some services of a machine, or all that runs on it, by its folder; files stay."""
        machine = self._machine(name, MachineFolder(self._root / "machines" / name), None)
        if not services:
            await machine.stop()
        for service in services:
            machine.services.disable(service)
            await machine.services.stop(service)

    def _new_instance(self, spec: MachineSpec) -> Instance:
        block = self._blocks.block_of(spec.model_uuid)
        taken = [
            int(_read(folder).address.rpartition(".")[2])
            for folder in self._folders_of(spec.model_uuid)
            if folder.record.exists()
        ]
        name = f"juju-{spec.model_uuid[-6:]}-{spec.machine_id.replace('/', '-')}"
        return Instance(
            instance_id=name,
            address=f"{block}.{pick_host(spec.machine_id, taken)}",
            hostname=name,
            hardware=host.read_hardware(),
            egress_subnet=EGRESS_SUBNET,
            base=host.read_base(),
        )

    def _machine(
        self, name: str, folder: MachineFolder, instance: Instance | None
    ) -> LocalMachine:
        sockets = self._sockets(name)
        sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._view.needed:
            sockets.chmod(0o711)  # the machine's user comes to it, in the machine's view alone
        uid = folder.owner if self._view.needed else 0
        prefix = self._view.prefix(folder.root, sockets, uid or _NOBODY)
        site = Site(folder, sockets, self._programs, prefix, uid, self._visible)
        known = instance or Instance(name, address="", hostname=name)
        return LocalMachine(known, site, self._supervisor)

    async def _wake_supervisor(self) -> None:
        """Start supervisord while the machine is made: the first service would wait for it."""
        with contextlib.suppress(KafkastackError, OSError, subprocess.SubprocessError):
            await self._supervisor.ensure()  # what is wrong is told to who needs it

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(self._upkeep_seconds)
            try:
                await asyncio.to_thread(logs.trim, self._all())
                if any(self._supervisor.wanted()):
                    await self._supervisor.ensure()
            except (KafkastackError, OSError) as error:
                log.warning("services of the local cloud are not looked after: %s", error)

    def _folder(self, spec: MachineSpec) -> MachineFolder:
        return MachineFolder(self._root / "machines" / machine_name(spec))

    def _folders_of(self, model_uuid: str) -> list[MachineFolder]:
        return [MachineFolder(path) for path in self._all() if path.name[:8] == model_uuid[:8]]

    def _all(self) -> list[Path]:
        machines = self._root / "machines"
        return sorted(machines.iterdir()) if machines.exists() else []

    def _sockets(self, name: str) -> Path:
        return self._runtime / name


def _with_their_homes(programs: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders of programs, and those of the Javas that they lead to."""
    for folder in programs:
        yield folder
        home = (folder / "java").resolve().parent.parent
        if (home / "release").is_file():
            yield home


def _read(folder: MachineFolder) -> Instance:
    return msgspec.json.decode(folder.record.read_bytes(), type=Instance)


def _lost(spec: MachineSpec, folder: MachineFolder) -> NotFoundError:
    return NotFoundError(
        f"machine {spec.machine_id} of model {spec.model_name} is gone: no {folder.root}",
        "remove the units on it: kafkastack remove-unit UNIT --force",
    )
