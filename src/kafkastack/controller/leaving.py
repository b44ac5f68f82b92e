"""End of a machine on its cloud, and the point at which it is put off for a later try."""

import asyncio

from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Cloud, Instance, MachineSpec, Watched
from kafkastack.controller.left import Left, LeftFile, LeftMachine
from kafkastack.controller.reach import Reach
from kafkastack.errors import CloudAwayError
from kafkastack.model.records import Machine

_DESTROY_SECONDS = 30.0
_SHUTDOWN_SECONDS = 120.0
_LAST_CHANCE_SECONDS = 4.0  # for one that is away when the controller ends
_PATIENCE_SECONDS = 12.0  # with a cloud that is away, when nothing was forced
_RETRY_SECONDS = 15.0


class Leaving:
    """What ends on the cloud, and what had to be left there."""

    def __init__(self, site: Site, cloud: Cloud, reach: Reach) -> None:
        self._site = site
        self._cloud = cloud
        self._reach = reach
        self._first: dict[tuple[str, str], float] = {}
        self.left = LeftFile(site.store.folder)

    async def end(self, record: Machine, spec: MachineSpec) -> None:
        """End a machine, or note that it was left; raises what is worth another try."""
        place = (spec.model_uuid, spec.machine_id)
        now = asyncio.get_running_loop().time()
        tried_for = now - self._first.setdefault(place, now)
        instance = Instance(**record.instance) if record.instance else None
        try:
            if record.forced:
                await self._reach.probe()
            await self._reach.ask(self._cloud.destroy(spec, instance), _DESTROY_SECONDS)
        except Exception as error:
            if not gives_up(error, tried_for, forced=self._is_forced(place)):
                raise
            self._leave(record, spec, error)
        self._first.pop(place, None)

    async def shut_down(self, *, forced: bool) -> Left:
        """End all of the controller on its cloud; returns what was left there, and why."""
        try:
            if forced:
                await self._reach.probe()
            else:
                await self._reach.wait(_LAST_CHANCE_SECONDS)
            await self._reach.ask(self._cloud.shutdown(), _SHUTDOWN_SECONDS)
        except CloudAwayError as error:
            if not isinstance(self._cloud, Watched):
                raise  # of this host: whatever runs there is seen, and another try ends it
            self.left.add((), _sentence(error))
            return Left(self.left.read().machines, _sentence(error))
        for machine in self.left.read().machines:
            self.left.remove(machine)
        return Left()

    async def try_again(self) -> None:
        """End what was left, now and then, once the cloud can be asked."""
        if self._reach.away:
            return
        for machine in self.left.read().machines:
            ending = self._cloud.destroy(machine.spec, machine.known)
            await self._reach.ask(ending, _DESTROY_SECONDS)
            self.left.remove(machine)
            text = f"ended what was left on the cloud: {machine.name}"
            self._log(machine.model_uuid, "INFO", text)

    async def keep_trying(self) -> None:
        """Try now and then, until cancelled."""
        while True:
            await asyncio.sleep(_RETRY_SECONDS)
            try:
                await self.try_again()
            except Exception as error:
                self._log("", "WARNING", f"what was left on the cloud is still there: {error}")

    def _leave(self, record: Machine, spec: MachineSpec, error: Exception) -> None:
        words = (spec.model_uuid, spec.model_name, spec.machine_id)
        machine = LeftMachine(*words, record.instance)
        self.left.add([machine], _sentence(error))
        text = f"left on the cloud, to be ended later: {machine.name}: {error}"
        self._log(spec.model_uuid, "WARNING", text)

    def _is_forced(self, place: tuple[str, str]) -> bool:
        record = self._site.store.find(Machine, *place)  # as it is now
        return record is not None and record.forced

    def _log(self, model: str, level: str, text: str) -> None:
        self._site.journal.log(model, "controller", level, "kafkastack.cloud", text)


def gives_up(error: Exception, tried_for: float, *, forced: bool) -> bool:
    """Report whether a machine that could not be ended is left where it is."""
    return forced or (isinstance(error, CloudAwayError) and tried_for >= _PATIENCE_SECONDS)


def _sentence(error: Exception) -> str:
    return (str(error) or repr(error)).splitlines()[0]
