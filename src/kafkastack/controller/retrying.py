"""Retries of effects that failed: the next try, and the errors worth another line."""

import traceback
from collections.abc import Hashable
from contextlib import suppress
from typing import NamedTuple

_SOON, _LATER = 2.0, 15.0
_ATTEMPTS = 5  # then whoever can mend it has been told, and a cloud is not asked all the time


class Failed(NamedTuple):
    """An effect that failed again: in how many seconds to try, and whether it says news."""

    seconds: float
    is_news: bool


class Failures:
    """What has failed, how often, and with which words last."""

    def __init__(self) -> None:
        self._counts: dict[Hashable, int] = {}
        self._words: dict[Hashable, str] = {}

    def add(self, effect: Hashable, error: Exception) -> Failed:
        """Note a failure."""
        count = self._counts[effect] = self._counts.get(effect, 0) + 1
        is_news = self._words.get(effect) != str(error)
        self._words[effect] = str(error)
        return Failed(_SOON if count < _ATTEMPTS else _LATER, is_news)

    def forget(self, effect: Hashable) -> None:
        """Forget an effect that came about."""
        self._counts.pop(effect, None)
        self._words.pop(effect, None)


def complain(error: Exception) -> None:
    """Write an error to the controller's log; on a full disk that is not possible either."""
    with suppress(OSError):
        traceback.print_exception(error)
