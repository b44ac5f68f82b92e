"""The openstack cloud of one controller: its machines are instances, by their metadata."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kafkastack.clouds.openstack import naming, selection
from kafkastack.clouds.openstack.api import Api
from kafkastack.clouds.openstack.entries import Entry, find_entry, remembered
from kafkastack.clouds.openstack.groups import Groups
from kafkastack.clouds.openstack.refusals import translated_errors
from kafkastack.clouds.openstack.resources import Order, Server
from kafkastack.clouds.protocol import Instance, MachineSpec, Opening
from kafkastack.clouds.ssh import Login, Reboot, SSHMachine
from kafkastack.clouds.ssh.keys import private_key, public_key
from kafkastack.clouds.threads import in_thread
from kafkastack.errors import (
    CloudAwayError,
    KafkastackError,
    NotFoundError,
    TimeoutExceededError,
)
from kafkastack.model.constraints import parse_constraints
from kafkastack.system.ca_store import added_cas
from kafkastack.system.controller_file import FILE, read_settings

_PAUSE_SECONDS = 1.0
_CHECK_SECONDS = 30.0
_ACTIVE_SECONDS = 600.0
_GONE_SECONDS = 60.0
_RESTING = ("SHUTOFF", "STOPPED")
Connect = Callable[[Entry], Api]
T = TypeVar("T")


def _sdk(entry: Entry) -> Api:
    from kafkastack.clouds.openstack.sdk import Sdk  # a second of imports

    return Sdk(entry)


class OpenStackCloud:
    """Instances of one entry of clouds.yaml; `root` as of LocalCloud."""

    provider = "openstack"
    shares_files = False

    def __init__(
        self,
        root: Path,
        runtime: Path,
        *,
        path: Sequence[Path] = (),
        visible: Sequence[Path] = (),
        entry: str = "openstack",
        connect: Connect = _sdk,
        pause_seconds: float = _PAUSE_SECONDS,
        cas: Callable[[], Sequence[str]] = added_cas,
        reach: Callable[[Instance, Login, Reboot], SSHMachine] = SSHMachine,
    ) -> None:
        self._entry = remembered(root) or find_entry(entry)
        self.name = self._entry.name
        self.region = self._entry.region or "default"
        self._keys = root.absolute() / "ssh"
        self._controller = _controller_uuid(root)
        self._connect = connect
        self._pause = pause_seconds
        self._cas = cas
        self._reach = reach
        self._api: Api | None = None
        self._connecting = asyncio.Lock()
        self._groups = Groups(self._ask, self._controller)
        self._machines: dict[str, SSHMachine] = {}

    async def check(self) -> None:
        """See that the cloud lets us in and has what machines are made of."""
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await self._ask(lambda api: (api.flavors(), api.images(), api.networks()))
        except TimeoutError as error:
            raise CloudAwayError(
                f'cloud "{self.name}" does not answer: it was asked {_CHECK_SECONDS:.0f} s ago',
                f"is it up, and can auth_url in {self._entry.file} be reached from here?",
            ) from error

    async def create(self, spec: MachineSpec) -> Instance:
        """Make the instance of `spec`, or find the one that an interrupted call has made."""
        wanted = parse_constraints([spec.constraints])
        flavors, images, networks = (
            await self._ask(lambda api: api.flavors()),
            await self._ask(lambda api: api.images()),
            await self._ask(lambda api: api.networks()),
        )
        image = selection.choose_image(images, wanted, spec.base)
        flavor = selection.choose_flavor(flavors, wanted, image)
        way = selection.choose_way(networks, spec.config, wanted)
        server = await self._find(spec)
        if server is None:
            groups = await self._groups.make(spec)
            order = Order(
                naming.server_name(spec),
                flavor.id,
                image.id,
                way.network.id,
                groups,
                next(iter(wanted.get("zones", ())), ""),
                naming.server_tags(self._controller, spec),
                naming.user_data(naming.server_name(spec), self._public_key()),
            )
            await self._ask(lambda api: api.make_server(order))
        server = await self._active(spec)
        floating = server.floating
        if way.floating and not floating:
            floating = await self._ask(lambda api: api.change_address(server.id, way.floating))
        return Instance(
            instance_id=server.id,
            address=server.fixed,
            hostname=server.name,
            hardware=selection.hardware_of(flavor, image),
            availability_zone=server.zone,
            base=selection.base_of(image, spec.base),
            public_address=floating,
        )

    async def attach(self, spec: MachineSpec, instance: Instance) -> SSHMachine:
        """Return the machine of a recorded instance, once it lets us in."""
        server = await self._server(instance.instance_id)
        if server is None or server.status == "DELETED":
            raise _lost(spec, instance)
        if server.status in _RESTING:
            await self._ask(lambda api: api.act(server.id, "start"))
            await self._active(spec)
        machine = self._machines.get(server.id) or self._machine(instance)
        await machine.connect()
        await machine.trust(await asyncio.to_thread(self._cas))
        self._machines[server.id] = machine
        return machine

    async def destroy(self, spec: MachineSpec, instance: Instance | None) -> None:
        """End and remove the machine with its address and group; fine if it is gone already."""
        servers = await self._ours(spec)
        await self._end(servers)
        if instance:
            await self._forget(instance.instance_id)
            if address := instance.public_address:
                await self._ask(lambda api: api.release_address(address))
        others = [
            server
            for server in await self._ask(lambda api: api.servers())
            if server.tags.get(naming.MODEL) == spec.model_uuid
        ]
        await self._groups.remove(spec, with_model=not others)

    async def open_ports(
        self, spec: MachineSpec, instance: Instance, openings: frozenset[Opening]
    ) -> None:
        """Let in what is exposed on the machine, and nothing else."""
        await self._groups.open(spec, openings)

    async def lost(self, instances: Sequence[str]) -> Mapping[str, str]:
        """Return which of these instances do not run, each with what the cloud says of it."""
        there = {server.id: server for server in await self._ask(lambda api: api.servers())}
        states = {name: there[name].status if name in there else "DELETED" for name in instances}
        lost = {name: state for name, state in states.items() if state in _NOT_RUNNING}
        for name in lost:
            if machine := self._machines.pop(name, None):
                await machine.disconnect()
        return lost

    async def close(self) -> None:
        """Let go of the connections; machines go on."""
        for machine in self._machines.values():
            await machine.disconnect()
        self._machines.clear()

    async def shutdown(self) -> None:
        """End every instance of this controller, and what was made around them."""
        await self.close()
        servers = await self._ask(lambda api: api.servers())
        ours = [s for s in servers if s.tags.get(naming.CONTROLLER) == self._controller]
        await self._end(ours)
        await self._groups.remove_all()

    def _machine(self, instance: Instance) -> SSHMachine:
        async def reboot() -> None:
            await self._ask(lambda api: api.act(instance.instance_id, "reboot"))

        login = Login(
            host=instance.public_address or instance.address,
            user="root",  # cloud-init was told to let the key in
            key=private_key(self._keys),
            known_hosts=self._known_hosts(instance.instance_id),
            alias=instance.hostname,
        )
        return self._reach(instance, login, reboot)

    async def _end(self, servers: Sequence[Server]) -> None:
        for server in servers:
            await self._forget(server.id)
            if server.floating:
                await self._ask(lambda api, server=server: api.change_address(server.id, ""))
            await self._ask(lambda api, server=server: api.delete_server(server.id))
        ending = {server.id for server in servers}
        async with self._limited(_GONE_SECONDS, "instances do not end"):
            while ending & {s.id for s in await self._ask(lambda api: api.servers())}:
                await asyncio.sleep(self._pause)

    async def _forget(self, server: str) -> None:
        if machine := self._machines.pop(server, None):
            await machine.disconnect()
        self._known_hosts(server).unlink(missing_ok=True)

    async def _active(self, spec: MachineSpec) -> Server:
        async with self._limited(_ACTIVE_SECONDS, f"machine {spec.machine_id} is not ACTIVE"):
            while True:
                server = await self._find(spec)
                if server is None:
                    raise NotFoundError(
                        f"the instance of machine {spec.machine_id} was deleted while it was made"
                    )
                if server.status == "ACTIVE" and server.fixed:
                    return server
                if server.status == "ERROR":
                    await self._end([server])
                    raise _failed(server, self.name)
                await asyncio.sleep(self._pause)

    async def _find(self, spec: MachineSpec) -> Server | None:
        return next(iter(await self._ours(spec)), None)

    async def _ours(self, spec: MachineSpec) -> list[Server]:
        wanted = naming.server_tags(self._controller, spec).items()
        servers = await self._ask(lambda api: api.servers())
        return [server for server in servers if wanted <= server.tags.items()]

    async def _server(self, number: str) -> Server | None:
        servers = await self._ask(lambda api: api.servers())
        return next((server for server in servers if server.id == number), None)

    async def _ask(self, question: Callable[[Api], T]) -> T:
        """Ask the API in a thread; what it refuses is said in one sentence."""
        async with self._connecting:
            if self._api is None:
                self._api = await in_thread(self._translated, self._connect, self._entry)
        asked = self._api
        try:
            return await in_thread(self._translated, question, asked)
        except CloudAwayError:
            if self._api is asked:
                self._api = None  # clouds.yaml may say by now where it is, and who we are there
            raise

    def _translated(self, call: Callable[[Any], T], argument: Any) -> T:
        with translated_errors(self._entry):
            return call(argument)

    @contextlib.asynccontextmanager
    async def _limited(self, seconds: float, what: str) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise TimeoutExceededError(
                f"{what} after {seconds:.0f} s", f"openstack --os-cloud {self.name} server list"
            ) from error

    def _known_hosts(self, server: str) -> Path:
        return self._keys / f"known_hosts.{server}"

    def _public_key(self) -> str:
        return public_key(private_key(self._keys), f"juju-controller-{self._controller}")


_NOT_RUNNING = ("DELETED", "ERROR", "SHUTOFF", "STOPPED", "SUSPENDED", "PAUSED")


def _controller_uuid(root: Path) -> str:
    """Return what a controller's instances are tagged with."""
    if (root / FILE).exists():
        return str(read_settings(root)["uuid"])
    return hashlib.sha256(str(root.absolute()).encode()).hexdigest()[:32]


def _lost(spec: MachineSpec, instance: Instance) -> NotFoundError:
    return NotFoundError(
        f"machine {spec.machine_id} is lost: the cloud has no instance {instance.instance_id}",
        f"replace it: kafkastack remove-machine {spec.machine_id} --force, "
        "then kafkastack add-unit APPLICATION",
    )


def _failed(server: Server, cloud: str) -> KafkastackError:
    advice = f"see: openstack --os-cloud {cloud} hypervisor stats show, and flavor list"
    return KafkastackError(f"instance {server.name} was not made: {server.fault}", advice)
