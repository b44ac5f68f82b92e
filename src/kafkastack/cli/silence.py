"""Silence of a controller: what is said while it does not answer, and the time to give up."""

import select
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kafkastack.errors import ControllerError

TOLD_SECONDS = 5.0  # of silence, then it is told
READER_SECONDS = 30.0  # then whoever only reads gives up
_ASKED_SECONDS = (
    2.0  # of silence within a call that may last, then it is asked whether it is there
)
_PAUSE = 0.01
_STATES = {
    "T": ("it is stopped", "to let it go on: kill -CONT {pid}"),
    "t": ("a debugger holds it", "to let it go on: end the debugger"),
}
_BUSY = ("it is busy or blocked", "to start it anew: kill -9 {pid}; its workloads run on")

Knock = Callable[[], socket.socket | None]
"""Connects without waiting; None where nobody listens, BlockingIOError where nobody accepts."""


class Patience:
    """Says once, after some seconds, what is waited for."""

    def __init__(self, says: Callable[[], str]) -> None:
        self._says = says
        self._since = time.monotonic()
        self._is_told = False

    @property
    def seconds(self) -> float:
        """How long it has been waited."""
        return time.monotonic() - self._since

    def pause(self) -> None:
        """Let a moment pass."""
        time.sleep(_PAUSE)
        if self.seconds >= TOLD_SECONDS and not self._is_told:
            self._is_told = True
            print(self._says(), file=sys.stderr, flush=True)


class Silence:
    """The silence of one controller during one call; it ends with each word of it."""

    def __init__(
        self,
        controller: str,
        folder: Path,
        knock: Knock,
        *,
        reads: bool,
        patience: float | None = None,
    ) -> None:
        self._controller = controller
        self._lock = folder / "controller.lock"
        self._knock = knock
        self._reads = reads  # only: nothing is lost when it is given up
        self._patience = READER_SECONDS if patience is None else patience
        self._since = time.monotonic()
        self._is_told = False
        self.has_begun = False

    def end(self) -> None:
        """Note a word of the controller."""
        self._since = time.monotonic()
        self._is_told = False

    def wait(self, connection: socket.socket, event: int) -> None:
        """Wait until the connection can be read or written; tell that it takes long."""
        poll = select.poll()
        poll.register(connection, event)
        while not poll.poll(1000 * (_ASKED_SECONDS if self.has_begun else TOLD_SECONDS)):
            if self.has_begun and self._answers_a_knock():
                self.end()
            self.tell()

    def pause(self) -> None:
        """Let a moment pass in which nobody accepts a connection."""
        time.sleep(_PAUSE)
        self.tell()

    def tell(self) -> None:
        """Say once that it is silent; ControllerError when it is given up."""
        silent = time.monotonic() - self._since
        if self._reads and silent >= self._patience:
            raise ControllerError(*self._words(silent))
        if silent >= TOLD_SECONDS and not self._is_told:
            self._is_told = True
            print("\n".join(self._words(silent)), file=sys.stderr, flush=True)

    def _answers_a_knock(self) -> bool:
        """Report whether it answers somebody else: a verb that lasts says nothing meanwhile."""
        try:
            connection = self._knock()
        except BlockingIOError:
            return False
        if connection is None:
            return True  # it ends: the call hears of that
        with connection:
            connection.send(b"\n")  # is no call, and is answered as such
            return bool(select.select([connection], [], [], TOLD_SECONDS - _ASKED_SECONDS)[0])

    def _words(self, silent: float) -> tuple[str, str]:
        pid = holder(self._lock)
        why, advice = _STATES.get(_state(pid), _BUSY)
        named = f"controller {self._controller}" + (f" (process {pid})" if pid else "")
        if not pid:
            advice = f"its log is {self._lock.with_name('controller.log')}"
        return f"{named} has not answered for {silent:.0f} s: {why}", advice.format(pid=pid)


class Haste:
    """A call that is given up after some seconds, without a word."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self.has_begun = False

    def end(self) -> None:
        """Note a word of the controller: the time of the whole call is what counts."""

    def wait(self, connection: socket.socket, event: int) -> None:
        """Wait until the connection can be read or written; TimeoutError when it is too late."""
        poll = select.poll()
        poll.register(connection, event)
        if not poll.poll(1000 * max(0.0, self._until - time.monotonic())):
            raise TimeoutError


def holder(lock: Path) -> str:
    """Return the process id that a controller has written into its lock; "" for none."""
    try:
        return lock.read_text().strip()
    except OSError:
        return ""


def is_stopped(lock: Path) -> bool:
    """Report whether a controller cannot answer until somebody lets it go on."""
    return _state(holder(lock)) in _STATES


def _state(pid: str) -> str:
    """Return the letter that the kernel has for what a process does."""
    try:
        return Path(f"/proc/{int(pid)}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return ""
