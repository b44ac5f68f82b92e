"""Calls of functions that read what strangers wrote, in a child with bounds.

    meta = await bounded.call(read_charm, path, what=f"the charm {path}")

runs a function of a module in a fork of a small process that is kept warm. Time, memory and sizes
have limits there that the kernel keeps. Arguments and result travel as JSON, by the types that the
function declares. A KafkastackError is raised here as it was raised there; whatever else happens,
up to a crash, is one that names what was read.

The first call starts the warm process as a program: a caller may have threads. One that has none
yet may make it before, of itself (`fork`): it has imported what the caller has. Each call has a
socket of its own, so that the death of the caller, the process or the fork is seen by the others
as its end.
"""

import asyncio
import atexit
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import (
    Any,
    Generic,
    NamedTuple,
    Protocol,
    TypeVar,
    TypeVarTuple,
    Unpack,
    get_type_hints,
)
from weakref import WeakKeyDictionary

import msgspec

from kafkastack import errors
from kafkastack.errors import KafkastackError
from kafkastack.system.bounded_child import (
    END,
    ENDED,
    SIZE,
    STARTED,
    Failure,
    Limits,
    Request,
    decode_path,
    encode_path,
    take_over,
)

__all__ = ["Limits", "call", "call_now", "close", "end_when_idle", "fork"]

R = TypeVar("R")
A = TypeVarTuple("A")

_DEFAULT = Limits()
_IDLE_SECONDS = 60.0
_START_SECONDS = 60.0
_GRACE_SECONDS = 5.0  # for a child that the kernel cannot end at its limit, as it should
_ATTEMPTS = 3
_AT_ONCE = 4
_CHUNK = 1 << 16
_HEAD = len(STARTED) + SIZE.size
_FAILURE_BYTES = 1 << 16
_BY_TIME = (-signal.SIGALRM, -signal.SIGXCPU)
_ADVICE = "it is damaged, or made to do harm: look at it before you use it"
_NO_READER = "see whether there is room for one more process here: ulimit -u, free -m"


async def call(
    function: Callable[[Unpack[A]], R],
    *arguments: Unpack[A],
    what: str,
    limits: Limits = _DEFAULT,
) -> R:
    """Return what a function of a module returns for its arguments; `what` is what it reads."""
    loop = asyncio.get_running_loop()
    exchange = _Exchange(function, arguments, what, limits)
    async with _turns.setdefault(loop, asyncio.Semaphore(_AT_ONCE)):
        while exchange.begin():
            with exchange.connection as connection:
                connection.setblocking(False)
                with suppress(OSError):  # it has ended: its last words may be there
                    sending = loop.sock_sendall(connection, exchange.arguments)
                    await asyncio.wait_for(sending, _START_SECONDS)
                with suppress(OSError):
                    while exchange.wants_more:
                        receiving = loop.sock_recv(connection, _CHUNK)
                        exchange.take(await asyncio.wait_for(receiving, exchange.patience))
    _warm.end_when_idle(loop)
    return exchange.result()


def call_now(
    function: Callable[[Unpack[A]], R],
    *arguments: Unpack[A],
    what: str,
    limits: Limits = _DEFAULT,
) -> R:
    """Do as `call` does, without a loop: for a command line."""
    exchange = _Exchange(function, arguments, what, limits)
    while exchange.begin():
        with exchange.connection as connection:
            connection.settimeout(_START_SECONDS)
            with suppress(OSError):
                connection.sendall(exchange.arguments)
            with suppress(OSError):
                while exchange.wants_more:
                    connection.settimeout(exchange.patience)
                    exchange.take(connection.recv(_CHUNK))
    return exchange.result()


def fork() -> None:
    """Make the warm process a fork of this one, which has no second thread."""
    with suppress(OSError):  # the first call says what is wrong
        _warm.fork()


def end_when_idle() -> None:
    """Let a process that was started end if nobody calls; for a loop that has just begun."""
    _warm.end_when_idle(asyncio.get_running_loop())


def close() -> None:
    """End the warm process; the next call starts another."""
    _warm.close()


class _Exchange(Generic[R]):
    """One call: what is said on its connection, and what was heard so far."""

    connection: socket.socket

    def __init__(
        self, function: Callable[..., R], arguments: tuple[Any, ...], what: str, limits: Limits
    ) -> None:
        self._what = what
        self._limits = limits
        self._result = get_type_hints(function)["return"]
        name = f"{function.__module__}:{function.__qualname__}"
        self._request = msgspec.json.encode(Request(name, limits))
        try:
            given = msgspec.json.encode(arguments, enc_hook=encode_path)
        except UnicodeEncodeError as error:
            raise self._failed("it has characters that are none (surrogates)") from error
        self.arguments = SIZE.pack(len(given)) + given
        self._heard = bytearray()
        self._attempts = 0
        self._ended = False

    def begin(self) -> bool:
        """Ask for a child on a connection of its own, again if the last one never began."""
        if self._has_started or self._attempts == _ATTEMPTS:
            return False
        if self._attempts and not self._ended:
            _warm.close()  # it is stopped or stuck: another may answer
        self._attempts += 1
        self._ended = False
        self._heard.clear()
        self.connection, theirs = socket.socketpair()
        with theirs:
            try:
                _warm.send(self._request, theirs)
            except OSError as error:
                self.connection.close()
                raise self._unstarted(f": {error.strerror}") from error
        return True

    @property
    def patience(self) -> float:
        """Return for how many seconds the child may be silent."""
        bound = self._limits.seconds + _GRACE_SECONDS
        return bound if self._has_started else _START_SECONDS

    @property
    def wants_more(self) -> bool:
        """Report whether the answer is not whole yet."""
        whole = len(self._heard) >= self._end if self._end else False
        return not whole and not self._ended and len(self._heard) <= self._most

    def take(self, chunk: bytes) -> None:
        """Hear the next bytes; none are the end."""
        self._ended = not chunk
        self._heard += chunk

    def result(self) -> R:
        """Return what the child returned, or raise why it did not."""
        if not self._has_started:
            raise self._unstarted()
        if not self._end or len(self._heard) < self._end or self._end > self._most:
            raise self._failed(self._why_not())
        answer = bytes(self._heard[_HEAD : self._end])
        if answer.startswith(b"{"):
            failure = msgspec.json.decode(answer, type=Failure)
            raise self._error(failure)
        try:
            kind: Any = tuple[self._result]
            return msgspec.json.decode(answer, type=kind, dec_hook=decode_path)[0]
        except (msgspec.MsgspecError, RecursionError) as error:
            raise self._failed(f"it is not what it should be ({error})") from error

    @property
    def _has_started(self) -> bool:
        return self._heard.startswith(STARTED)

    @property
    def _end(self) -> int:
        """Return where the answer ends, 0 while that is not known."""
        if len(self._heard) < _HEAD:
            return 0
        return _HEAD + int(SIZE.unpack(self._heard[len(STARTED) : _HEAD])[0])

    @property
    def _most(self) -> int:
        return _HEAD + self._limits.result_bytes + _FAILURE_BYTES

    def _error(self, failure: Failure) -> KafkastackError:
        if not failure.kind:
            return self._failed(failure.message)
        kind: type[KafkastackError] = getattr(errors, failure.kind)
        return kind(failure.message, failure.advice)

    def _why_not(self) -> str:
        code = 0
        with suppress(struct.error):
            mark, code = ENDED.unpack(self._heard[-ENDED.size :])
            code = code if mark == END else 0
        if code in _BY_TIME or not self._ended:
            return f"it takes longer than {self._limits.seconds:g} s"
        return f"its reader was ended by {_named(-code)}" if code < 0 else "its reader has ended"

    def _unstarted(self, why: str = "") -> KafkastackError:
        return KafkastackError(
            f"{self._what} cannot be read: its reader does not start{why}", _NO_READER
        )

    def _failed(self, reason: str) -> KafkastackError:
        return KafkastackError(f"{self._what} cannot be read: {reason}", _ADVICE)


def _named(number: int) -> str:
    try:
        return f"signal {number}, {signal.Signals(number).name}"
    except ValueError:
        return f"signal {number}"


class _Process(Protocol):
    """What is asked of a child of ours."""

    def kill(self) -> None: ...
    def wait(self) -> int: ...


class _Fork(NamedTuple):
    """A fork of this process, as far as it is a child like any other."""

    pid: int

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        return os.waitpid(self.pid, 0)[1]


class _Warm:
    """The process that forks, while there is one."""

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._control: socket.socket | None = None
        self._idle: asyncio.TimerHandle | None = None

    def send(self, request: bytes, caller: socket.socket) -> None:
        """Hand over a call without waiting; a process that has died or takes none is replaced."""
        if self._control:
            with suppress(OSError):
                socket.send_fds(self._control, [request], [caller.fileno()])
                return
        self.start()
        assert self._control  # noqa: S101  # it was just started
        with suppress(OSError):  # it does not live: the call's connection says so
            socket.send_fds(self._control, [request], [caller.fileno()])

    def start(self) -> None:
        """Start it as a program."""
        with self._connect() as theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "kafkastack.system.bounded_child"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self) -> None:
        """Make it of this process: it has imported what we have."""
        with self._connect() as theirs:
            pid = os.fork()
            if pid == 0:
                take_over(theirs.fileno())
            self._process = _Fork(pid)

    def _connect(self) -> socket.socket:
        self.close()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        return theirs

    def end_when_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        """End it unless there is a call within a while."""
        if self._idle:
            self._idle.cancel()
        self._idle = loop.call_later(_IDLE_SECONDS, self.close)

    def close(self) -> None:
        """End it, and what it forked."""
        if self._idle:
            self._idle.cancel()
            self._idle = None
        if self._control:
            self._control.close()
            self._control = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


_warm = _Warm()
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
atexit.register(_warm.close)
