"""An event loop whose clock is put ahead whenever nothing else is left to do."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Never waits for a time: it puts the clock ahead by it."""

    ahead = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self.ahead += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.waiting = _Selector()
        super().__init__(self.waiting)

    def time(self) -> float:
        return self.waiting.ahead


def run_ahead(scenario: Coroutine[Any, Any, T]) -> T:
    """Run what waits for clocks only, in no time; `loop.time()` tells what it would have taken."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(scenario)
