"""Program on a container, and its end: its process group is another one than nsenter's."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from kafkastack.clouds.processes import HostProcess

_PAUSE = 0.001


class InnerProcess:
    """A program behind nsenter, which only hands on how it ended."""

    def __init__(self, outer: HostProcess, inner: int) -> None:
        self.pid = inner or outer.pid
        self.stdout = outer.stdout
        self.stderr = outer.stderr
        self._outer = outer

    @classmethod
    async def of(cls, outer: HostProcess) -> "InnerProcess":
        """Wait until the program leads its group, or is over."""
        ended = asyncio.create_task(outer.wait())
        while not (ended.done() or (inner := _leader_behind(outer.pid))):
            await asyncio.sleep(_PAUSE)
        return cls(outer, 0 if ended.done() else inner)

    async def wait(self) -> int:
        """Return the exit code when the program itself has ended."""
        return await self._outer.wait()

    def terminate(self) -> None:
        """Ask the program's whole process group to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the program's whole process group (SIGKILL)."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def _leader_behind(outer: int) -> int:
    """Return the only child of nsenter once it has called setsid; else 0."""
    try:
        child = int(Path(f"/proc/{outer}/task/{outer}/children").read_text() or 0)
        return child if child and os.getpgid(child) == child else 0
    except OSError:
        return 0
