"""Restart and stop of a machine: at a time when none of its units runs a hook."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from kafkastack.agent.execution import Execution
from kafkastack.agent.power import end_reboot, end_stop
from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Machine, Stoppable
from kafkastack.errors import UnsupportedError
from kafkastack.model.records import Unit

_SECONDS = 120.0
Executions = Mapping[tuple[str, str], Execution]
Switch = Callable[[Site, Machine, str, str, Executions], Coroutine[Any, Any, None]]


async def restart(
    site: Site, machine: Machine, model: str, number: str, executions: Executions
) -> None:
    """Restart the machine, and note it: each of its units is told."""
    async with _quiet(site, model, number, executions):
        await machine.restart()
        with site.store.transaction() as tx:
            end_reboot(tx, model, number, site.now())


async def stop(
    site: Site, machine: Machine, model: str, number: str, executions: Executions
) -> None:
    """End everything on the machine, and note that it is stopped."""
    if not isinstance(machine, Stoppable):
        raise UnsupportedError(f"machine {number} cannot be stopped: its cloud does not do that")
    async with _quiet(site, model, number, executions):
        await machine.stop()
        with site.store.transaction() as tx:
            end_stop(tx, model, number, site.now())


@asynccontextmanager
async def _quiet(
    site: Site, model: str, number: str, executions: Executions
) -> AsyncGenerator[None]:
    """Take the turn of every unit on the machine; who takes too long is told, and tried again."""
    units = [unit.name for unit in site.store.all(Unit, model) if unit.machine == number]
    async with AsyncExitStack() as turns:
        for unit in units:
            if execution := executions.get((model, unit)):
                await turns.enter_async_context(execution.turn)
        async with asyncio.timeout(_SECONDS):
            yield
