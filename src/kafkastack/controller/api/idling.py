"""API of `wait-idle`: the end of all work, told by the records and the agents."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from kafkastack.controller.api.kinds import Seconds
from kafkastack.controller.api.session import Session
from kafkastack.controller.settled import Selection, blocked, failures, left_to_do
from kafkastack.errors import KafkastackError, TimeoutExceededError

_TOGETHER = 0.02  # seconds in which several commits are looked at once
_LOOK_AGAIN = 0.5  # what ends without a commit: a program's turn, an effect


async def wait_idle(
    s: Session, applications: list[str], timeout: Seconds, allow_blocked: bool
) -> None:
    """Wait until no hook, change or task is left of applications and what they depend on.

    What cannot go on by itself, or is blocked in the end, is an error; tells what it waits for.
    """
    named, told = frozenset(s.application(name).name for name in applications), ""
    with s.store.watch() as changed:
        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed.clear()
                    part = Selection(s.service, s.model(), named)
                    _refuse(failures(part))
                    left = next(left_to_do(part), "")
                    if not left:
                        return None if allow_blocked else _refuse(blocked(part))
                    if left != told:
                        told = left
                        await s.progress(left)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK_AGAIN):
                            await changed.wait()
                    await asyncio.sleep(_TOGETHER)
        except TimeoutError as error:
            raise TimeoutExceededError(
                f'timed out waiting for model "{s.model_name}" to be idle',
                f"{told}; look at: kafkastack status",
            ) from error


def _refuse(reasons: Iterator[str]) -> None:
    reason = next(reasons, "")
    if reason:
        raise KafkastackError(reason, "look at: kafkastack status")
