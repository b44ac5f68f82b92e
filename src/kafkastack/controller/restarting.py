"""How a machine is restarted: when none of its units runs a hook, and each is told after it."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

from kafkastack.agent.execution import Execution
from kafkastack.agent.reboots import end_reboot
from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Machine
from kafkastack.model.records import Unit

_SECONDS = 120.0


async def restart(
    site: Site,
    machine: Machine,
    model: str,
    number: str,
    executions: Mapping[tuple[str, str], Execution],
) -> None:
    """Take the turn of every unit on the machine, restart it, and note that it has been."""
    units = [unit.name for unit in site.store.all(Unit, model) if unit.machine == number]
    async with AsyncExitStack() as turns:
        for unit in units:
            if execution := executions.get((model, unit)):
                await turns.enter_async_context(execution.turn)
        async with asyncio.timeout(_SECONDS):  # then it is told, and tried again
            await machine.restart()
        with site.store.transaction() as tx:
            end_reboot(tx, model, number)
