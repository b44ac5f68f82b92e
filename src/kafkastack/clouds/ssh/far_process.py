"""A program at the far end of a connection, seen as a Process."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import IO

from kafkastack.clouds.protocol import Command

_CHUNK = 1 << 16
_WINDOW = 1 << 20  # bytes of input that are under way: nothing else waits long behind them
Signal = Callable[[int, int], None]
"""(process group, number of a signal)"""
SendInput = Callable[[bytes], None]


class FarProcess:
    """A program of another machine; its readers end when it ends, whoever holds its pipes."""

    def __init__(self, command: Command, signal_group: Signal, send_input: SendInput) -> None:
        loop = asyncio.get_running_loop()
        self.pid = 0
        self.started: asyncio.Future[None] = loop.create_future()
        self.stdout = asyncio.StreamReader() if command.stdout is None else None
        self.stderr = asyncio.StreamReader() if command.stderr is None else None
        self._outputs = (
            _Output(self.stdout, command.stdout),
            _Output(self.stderr, command.stderr),
        )
        self._signal_group = signal_group
        self._ended: asyncio.Future[int] = loop.create_future()
        self._input = _Input(command.stdin, send_input) if _is_source(command.stdin) else None

    @property
    def has_input(self) -> bool:
        """Report whether the program has a stdin that is not empty."""
        return self._input is not None

    async def wait(self) -> int:
        """Return the exit code, -N for a signal; ConnectionError if the connection is lost."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Ask the program's whole process group to end (SIGTERM)."""
        self._signal_group(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the program's whole process group (SIGKILL)."""
        self._signal_group(self.pid, signal.SIGKILL)

    def begin(self, pid: int) -> None:
        """Note that it runs, and let its input flow."""
        self.pid = pid
        if not self.started.done():
            self.started.set_result(None)
        if self._input:
            self._input.flow()

    def take_output(self, which: int, data: bytes) -> None:
        """Take what it has said (0: stdout, 1: stderr); nothing is the end."""
        self._outputs[which].take(data)

    def taken(self, size: int) -> None:
        """Note that it has taken so many bytes of its input."""
        if self._input:
            self._input.taken(size)

    def end(self, code: int) -> None:
        """Note how it ended."""
        self._close()
        if not self._ended.done():
            self._ended.set_result(code)

    def lose(self, error: ConnectionError) -> None:
        """Note that nobody will know how it ends."""
        self._close()
        for future in (self.started, self._ended):
            if not future.done():
                future.set_exception(error)
                future.exception()  # retrieved: nobody may be waiting

    def _close(self) -> None:
        for output in self._outputs:
            output.take(b"")
        if self._input:
            self._input.close()


def _is_source(stdin: int | IO[bytes] | None) -> bool:
    return stdin is not None and stdin != asyncio.subprocess.DEVNULL


class _Output:
    """Where what a program says goes: a reader, or a file of this host."""

    def __init__(self, reader: asyncio.StreamReader | None, end: int | IO[bytes] | None) -> None:
        self._reader = reader
        number = end if isinstance(end, int) or end is None else end.fileno()
        # The caller closes its own once the program is started, as with a child process.
        self._file = os.dup(number) if number is not None and number >= 0 else None

    def take(self, data: bytes) -> None:
        if self._reader:
            self._feed(self._reader, data)
        elif self._file is not None:
            self._write(self._file, data)

    @staticmethod
    def _feed(reader: asyncio.StreamReader, data: bytes) -> None:
        if data:
            reader.feed_data(data)
        else:
            reader.feed_eof()

    def _write(self, file: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        if not data:
            os.close(file)
            self._file = None


class _Input:
    """What a program reads: a file or a pipe of this host, never more than it can take."""

    def __init__(self, source: int | IO[bytes] | None, send: SendInput) -> None:
        assert source is not None  # noqa: S101  # see _is_source
        number = source if isinstance(source, int) else source.fileno()
        self._source = os.dup(number)
        self._send = send
        self._under_way = 0
        self._room = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    def flow(self) -> None:
        self._pump = asyncio.create_task(self._run())

    def taken(self, size: int) -> None:
        self._under_way -= size
        if self._under_way < _WINDOW:
            self._room.set()

    def close(self) -> None:
        if self._pump:
            self._pump.cancel()
        else:
            self._forget()

    async def _run(self) -> None:
        try:
            while data := await self._read():
                self._under_way += len(data)
                self._send(data)
                while self._under_way >= _WINDOW:
                    self._room.clear()
                    await self._room.wait()
            self._send(b"")
        finally:
            self._forget()

    async def _read(self) -> bytes:
        """Return what there is; a file is always ready and epoll refuses it."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._source, _wake, ready)
        except PermissionError:
            return await asyncio.to_thread(os.read, self._source, _CHUNK)
        try:
            await ready
        finally:
            loop.remove_reader(self._source)
        return os.read(self._source, _CHUNK)

    def _forget(self) -> None:
        if self._source >= 0:
            with contextlib.suppress(OSError):
                os.close(self._source)
            self._source = -1


def _wake(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
