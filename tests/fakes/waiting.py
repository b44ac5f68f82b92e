"""Wait of a test: for a condition, never for a time."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from kafkastack.store.store import Store

T = TypeVar("T")
_PAUSE = 0.03
_COMMIT = 200.0  # seconds of the loop's clock


def wait_until(condition: Callable[[], T], seconds: float = 30, what: str = "") -> T:
    """Return the first true answer of `condition`; the last one is in the failure's text."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or 'it'} did not become true in {seconds} s: {answer!r}")
        time.sleep(_PAUSE)
    return answer


async def until_recorded(store: Store, condition: Callable[[], object]) -> None:
    """Wait for a condition of the records: it is looked at after each commit."""
    with store.watch() as changed:
        while not condition():
            changed.clear()
            await asyncio.wait_for(changed.wait(), _COMMIT)
