"""Provisioner of machines: the attached ones, made, reached, let go of and destroyed."""

import asyncio
from typing import Any

from msgspec.structs import asdict, replace

from kafkastack.agent.installer import place_zygote
from kafkastack.agent.interpreters import Interpreters
from kafkastack.agent.power import STOPPED
from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Cloud, Instance, MachineSpec
from kafkastack.clouds.protocol import Machine as CloudMachine
from kafkastack.controller.effects import Destroy, Place, Provision
from kafkastack.controller.firewall import Firewall, OpenPorts
from kafkastack.controller.leaving import Leaving
from kafkastack.controller.reach import Reach, let_end
from kafkastack.controller.watching import not_attached
from kafkastack.model.records import Machine, Model, StatusInfo

_CLOSE_SECONDS = 1.0  # of what runs there, for which nobody waits


class Provisioner:
    """The machines of every model, as far as this controller has reached them."""

    def __init__(self, site: Site, cloud: Cloud, reach: Reach) -> None:
        self._site = site
        self._cloud = cloud
        self._reach = reach
        self.leaving = Leaving(site, cloud, reach)
        self.firewall = Firewall(cloud)
        self.machines: dict[Place, CloudMachine] = {}
        self.interpreters: dict[Place, Interpreters] = {}

    async def provision(self, effect: Provision) -> None:
        """Make a machine unless it was made before, and reach it."""
        record = self._site.store.get(Machine, effect.model, effect.machine)
        spec = self._spec(record, effect.model)
        if record.instance:
            instance = Instance(**record.instance)
        else:
            instance = await self._cloud.create(spec)
            self._record(effect.model, effect.machine, instance=asdict(instance))
        machine = await self._cloud.attach(spec, instance)
        zygote = await place_zygote(machine)
        if record.status.current != STOPPED:
            now = self._site.at(effect.model).now()
            self._record(
                effect.model,
                effect.machine,
                status=StatusInfo("running", "Running", now),
                agent=StatusInfo("started", "", now),
            )
        place = (effect.model, effect.machine)  # reached once that is recorded, else tried again
        warm = self._site.warm_interpreters
        self.interpreters[place] = Interpreters(machine, zygote, enabled=warm)
        self.machines[place] = machine

    def tell(self, effect: Provision, error: Exception) -> None:
        """Record that a machine could not be made, or not be reached."""
        if record := self._site.store.find(Machine, effect.model, effect.machine):
            now = self._site.at(effect.model).now()
            self._record(effect.model, effect.machine, **not_attached(record, error, now))

    async def destroy(self, effect: Destroy) -> None:
        """End a machine unless its instance is kept, and forget it."""
        place = (effect.model, effect.machine)
        record = self._site.store.find(Machine, *place)
        if record is None:
            return
        if interpreters := self.interpreters.pop(place, None):
            await let_end(_CLOSE_SECONDS, interpreters.close())
        if not record.kept:
            await self.leaving.end(record, self._spec(record, effect.model))
        self.machines.pop(place, None)
        self.firewall.forget(*place)
        with self._site.store.transaction() as tx:
            tx.delete(effect.model, record)

    async def open_ports(self, effect: OpenPorts) -> None:
        """Let in what is exposed on a machine."""
        record = self._site.store.find(Machine, effect.model, effect.machine)
        if record and record.instance:
            spec = self._spec(record, effect.model)
            await self.firewall.open(effect, spec, Instance(**record.instance))

    def let_go(self, machine: Place) -> None:
        """Forget the way to a machine that is lost: it is attached again, or told."""
        self.machines.pop(machine, None)
        self.interpreters.pop(machine, None)

    def attached(self) -> frozenset[Place]:
        """Return the machines that are reached, without those that are given up."""
        if self._reach.away is None:
            return frozenset(self.machines)
        return frozenset(place for place in self.machines if not self._is_given_up(place))

    def _is_given_up(self, place: Place) -> bool:
        record = self._site.store.find(Machine, *place)
        return record is not None and record.forced and record.life != "alive"

    async def close(self) -> None:
        """End the interpreters; the machines run on."""
        closing = (each.close() for each in self.interpreters.values())
        await asyncio.gather(*(let_end(_CLOSE_SECONDS, each) for each in closing))

    def _spec(self, record: Machine, uuid: str) -> MachineSpec:
        model = self._site.store.get(Model, uuid, "model")
        words = (record.base, record.constraints, model.config)
        return MachineSpec(uuid, model.name, record.id, *words)

    def _record(self, model: str, machine: str, **changes: Any) -> None:
        with self._site.store.transaction() as tx:
            tx.put(model, replace(tx.get(Machine, model, machine), **changes))
