"""Wait of a test: for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_PAUSE = 0.03


def wait_until(condition: Callable[[], T], seconds: float = 30, what: str = "") -> T:
    """Return the first true answer of `condition`; the last one is in the failure's text."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or 'it'} did not become true in {seconds} s: {answer!r}")
        time.sleep(_PAUSE)
    return answer
