"""Backups of a running controller's database: at its start, then hourly if it changed."""

import asyncio
import itertools
import sys
from collections.abc import Callable
from contextlib import suppress

from kafkastack.errors import KafkastackError
from kafkastack.store.backups import Reason, back_up
from kafkastack.store.store import Store

# Much happens in the first minutes; nobody should lose all of a first hour.
PAUSES = (10.0, 60.0, 300.0, 900.0)
HOUR = 3600.0


async def keep_backups(
    store: Store,
    *,
    is_new: bool,
    make: Callable[[Reason], object] | None = None,
    pauses: tuple[float, ...] = PAUSES,
) -> None:
    """Make backups until cancelled; one that fails is told in the log and tried again."""
    make = make or (lambda reason: back_up(store.path, reason))
    with store.watch() as changed:
        if not is_new:
            await _try(make, "start")
        for pause in itertools.chain(pauses, itertools.repeat(HOUR)):
            await asyncio.sleep(pause)
            await changed.wait()
            changed.clear()
            await _try(make, "hourly")


async def _try(make: Callable[[Reason], object], reason: Reason) -> None:
    try:
        await asyncio.to_thread(make, reason)
    except KafkastackError as error:
        with suppress(OSError):
            print(f"WARNING {error}", file=sys.stderr)  # noqa: T201  # into the log
