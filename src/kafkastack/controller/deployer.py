"""Deployer of unit agents: which ones run, and their start and end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from kafkastack.agent.execution import Execution
from kafkastack.agent.site import Site, place_of
from kafkastack.agent.unit_agent import UnitAgent
from kafkastack.controller.effects import Place, StartAgent, StopAgent
from kafkastack.controller.provisioner import Provisioner
from kafkastack.controller.retrying import complain
from kafkastack.model.records import Unit

_RETRY_SECONDS = 2.0


class Deployer:
    """The agents of all units whose machines are attached; `ended` is told when one ends."""

    def __init__(self, site: Site, provisioner: Provisioner, ended: Callable[[], None]) -> None:
        self._site = site
        self._provisioner = provisioner
        self._ended = ended
        self.agents: dict[Place, asyncio.Task[None]] = {}
        self.executions: dict[Place, Execution] = {}

    async def start(self, effect: StartAgent) -> None:
        """Start the agent of a unit."""
        place = (effect.model, effect.unit)
        unit = self._site.store.get(Unit, *place)
        machine = self._provisioner.machines[effect.model, unit.machine]
        interpreters = self._provisioner.interpreters[effect.model, unit.machine]
        on_machine = place_of(machine, unit.name)
        site = self._site.at(effect.model)
        execution = Execution(site, on_machine, effect.model, interpreters)
        await execution.open()
        agent = UnitAgent(site, on_machine, effect.model, execution)
        self.executions[place] = execution
        self.agents[place] = asyncio.create_task(self._drive(agent, place))

    async def _drive(self, agent: UnitAgent, place: Place) -> None:
        try:
            await agent.run()
        except Exception as error:
            complain(error)  # the agent is started again
            await asyncio.sleep(_RETRY_SECONDS)
        unit = self._site.store.find(Unit, *place)
        if unit and unit.life != "dead":  # one that is dead has its files removed by StopAgent
            self.agents.pop(place, None)
            await self.executions.pop(place).close()
        self._ended()

    async def stop(self, effect: StopAgent) -> None:
        """End the agent of a unit that has gone, and remove its files."""
        place = (effect.model, effect.unit)
        task = self.agents[place]
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if execution := self.executions.pop(place, None):
            await execution.close()
            await execution.remove_files()
        del self.agents[place]

    async def let_go(self, machine: Place) -> None:
        """End the agents of a machine that is lost; their files stay."""
        for unit in self._site.store.all(Unit, machine[0]):
            place = (machine[0], unit.name)
            if unit.machine == machine[1] and (task := self.agents.pop(place, None)):
                task.cancel()
                await asyncio.wait([task])
                await self.executions.pop(place).close()

    async def close(self) -> None:
        """End the agents; workloads and hooks run on."""
        for task in self.agents.values():
            task.cancel()
        await asyncio.gather(*self.agents.values(), return_exceptions=True)
        for execution in self.executions.values():
            await execution.close()
