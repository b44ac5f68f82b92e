"""Reachability of the cloud: since when it cannot be asked, why, and the time anybody waits."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from kafkastack.clouds.protocol import Cloud, Watched
from kafkastack.errors import CloudAwayError, KafkastackError
from kafkastack.model.records import Model

_PROBE_SECONDS = 2.5  # of what is asked before something is ended by force
# A cloud that is busy answers late, too: what waits for it gives up some time after that is seen.
_GIVE_UP_SECONDS = 6.0
_GRACE_SECONDS = 10.0  # what runs on machines of a cloud that is away may end well for so long
_POLL_SECONDS = 0.5
T = TypeVar("T")


class Reach:
    """What is known of the cloud; every wait for it ends, also when it neither answers nor fails.

    Which machines there are is asked all the time (`watching.py`); whoever else waits for the
    cloud gives up as soon as that remains without an answer.
    """

    def __init__(self, cloud: Cloud, changed: Callable[[], None] = lambda: None) -> None:
        self._cloud = cloud
        self._changed = changed
        self.away: CloudAwayError | None = None
        self.is_waited_for = 0
        self._since = 0.0
        self._probing = asyncio.Lock()
        self._dying: dict[str, float] = {}

    def lose(self, error: Exception) -> None:
        """Note that the cloud cannot be asked, and why."""
        before, self.away = self.away, _as_away(self._cloud, error)
        if before is None:
            self._since = asyncio.get_running_loop().time()
        if before is None or str(before) != str(self.away):
            self._changed()

    def find(self) -> None:
        """Note that the cloud has answered."""
        if self.away:
            self.away = None
            self._changed()

    async def ask(self, doing: Coroutine[Any, Any, T], seconds: float) -> T:
        """Wait for the cloud as long as it can be asked, at most so many seconds."""
        if self.away:
            doing.close()
            raise self.away
        gone = asyncio.create_task(self._until_gone())
        self.is_waited_for += 1
        try:
            return await within(seconds, doing, gone)
        except CloudAwayError as error:
            self.lose(error)
            raise
        except TimeoutError as error:
            raise self.away or _late(self._cloud, seconds) from error
        finally:
            self.is_waited_for -= 1
            gone.cancel()

    async def wait(self, seconds: float) -> None:
        """Give a cloud that is away so long to come back."""
        end = asyncio.get_running_loop().time() + seconds
        while self.away and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(_POLL_SECONDS)

    async def _until_gone(self) -> None:
        clock = asyncio.get_running_loop().time
        while self.away is None or clock() - self._since < _GIVE_UP_SECONDS:
            await asyncio.sleep(_POLL_SECONDS)

    async def probe(self, seconds: float = _PROBE_SECONDS) -> None:
        """See quickly whether the cloud answers; CloudAwayError if not."""
        async with self._probing:  # of many at once, one asks
            if self.away:
                raise self.away
            if not isinstance(self._cloud, Watched):
                return
            try:
                await within(seconds, _ask(self._cloud))
            except TimeoutError:
                self.lose(_late(self._cloud, seconds))
            except Exception as error:
                self.lose(error)
            if self.away:
                raise self.away

    def patience_with(self, model: Model) -> float:
        """Return the seconds until a dying model is forced because its cloud is away."""
        if model.life == "alive" or model.forced or self.away is None:
            self._dying.pop(model.uuid, None)
            return math.inf
        now = asyncio.get_running_loop().time()
        return self._dying.setdefault(model.uuid, now) + _GRACE_SECONDS - now


async def within(seconds: float, doing: Coroutine[Any, Any, T], *enough: "asyncio.Task[Any]") -> T:
    """Return what comes in time, and before any of `enough` ends; else TimeoutError.

    Unlike `asyncio.timeout` it waits for nothing that does not let itself be cancelled.
    """
    task = asyncio.create_task(doing)
    task.add_done_callback(_retrieve)
    try:
        await asyncio.wait({task, *enough}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        task.cancel()


async def let_end(seconds: float, doing: Coroutine[Any, Any, None]) -> None:
    """Wait for an end as long as that; what fails then is nobody's any more."""
    with contextlib.suppress(Exception):
        await within(seconds, doing)


async def _ask(cloud: Watched) -> None:
    await cloud.lost([])


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Take an error that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


def _late(cloud: Cloud, seconds: float) -> CloudAwayError:
    return CloudAwayError(
        f'cloud "{cloud.name}" does not answer: it was asked {seconds:g} s ago',
        "is it up, and can it be reached from here?",
    )


def _as_away(cloud: Cloud, error: Exception) -> CloudAwayError:
    if isinstance(error, CloudAwayError):
        return error
    said = error.message if isinstance(error, KafkastackError) else str(error) or repr(error)
    return CloudAwayError(f'cloud "{cloud.name}" cannot be asked: {said.splitlines()[0]}')
