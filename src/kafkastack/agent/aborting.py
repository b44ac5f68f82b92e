"""End of a running task when somebody cancels it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from kafkastack.model.records import Task
from kafkastack.store.store import Store


@asynccontextmanager
async def ended_when_cancelled(
    store: Store, model: str, task: str, end: Callable[[], None]
) -> AsyncGenerator[None]:
    """Call `end` as soon as the record of the task says that it is to be aborted."""
    watching = asyncio.create_task(_watch(store, model, task, end))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def is_aborting(store: Store, model: str, task: str) -> bool:
    """Report whether somebody has cancelled a task that runs."""
    record = store.find(Task, model, task)
    return record is not None and record.status == "aborting"


async def _watch(store: Store, model: str, task: str, end: Callable[[], None]) -> None:
    with store.watch() as changed:
        while not is_aborting(store, model, task):
            changed.clear()
            await changed.wait()
    end()
