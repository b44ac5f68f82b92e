"""Programs started on this host so that their own end is what one waits for."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

from kafkastack.clouds.protocol import Command

_CHUNK = 65536
_LAST_WORDS = 1 << 20  # what is still read when the program has ended: a pipe holds less
_NOT_FOUND = ("/bin/sh", "-c", 'printf "%s\\n" "$1" >&2; exit 127', "sh")


class HostProcess:
    """A program in a session of its own; its readers end when it ends, whoever holds the pipes."""

    def __init__(self, popen: "subprocess.Popen[bytes]", pipes: "Sequence[_Pipe | None]") -> None:
        self._popen = popen
        self.pid = popen.pid
        self._pipes = [pipe for pipe in pipes if pipe]
        self.stdout = pipes[0].reader if pipes[0] else None
        self.stderr = pipes[1].reader if pipes[1] else None
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._watch()

    async def wait(self) -> int:
        """Return the exit code when the program itself has ended; -N when a signal ended it."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Ask the program's whole process group to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the program's whole process group (SIGKILL)."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # A group outlives its leader: children left behind by a hook are reached, too.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        descriptor = os.pidfd_open(self.pid)

        def ended() -> None:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            code = self._popen.wait()
            for pipe in self._pipes:
                pipe.finish()
            if not self._ended.done():
                self._ended.set_result(code)

        loop.add_reader(descriptor, ended)


class _Pipe(asyncio.ReadTransport):
    """The reading end of a pipe, feeding a StreamReader until the program has ended."""

    def __init__(self) -> None:
        super().__init__()
        self._descriptor, self.writing_end = os.pipe()
        os.set_blocking(self._descriptor, False)
        self.reader = asyncio.StreamReader()
        self.reader.set_transport(self)
        self._open = True
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Read from now on; the writing end belongs to the program alone."""
        os.close(self.writing_end)
        self.resume_reading()

    def pause_reading(self) -> None:
        self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        if self._open:
            self._loop.add_reader(self._descriptor, self._read)

    def finish(self) -> None:
        """Take what is in the pipe, and end the reader."""
        taken = 0
        while self._open and taken < _LAST_WORDS and (size := self._read()):
            taken += size
        self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self.reader.feed_eof()

    def _read(self) -> int:
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return 0
        if data:
            self.reader.feed_data(data)
        else:
            self.close()
        return len(data)


def start_process(command: Command, prefix: Sequence[str] = ()) -> HostProcess:
    """Start `command` behind `prefix`; a program that is not there ends with 127, as in sh."""
    pipes = [_Pipe() if end is None else None for end in (command.stdout, command.stderr)]
    stdout, stderr = (
        pipe.writing_end if pipe else end
        for pipe, end in zip(pipes, (command.stdout, command.stderr), strict=True)
    )
    stdin = subprocess.DEVNULL if command.stdin is None else command.stdin
    try:
        popen = _open([*prefix, *command.argv], command.env, command.cwd, (stdin, stdout, stderr))
    except OSError as error:
        popen = _open([*_NOT_FOUND, str(error)], command.env, "/", (stdin, stdout, stderr))
    for pipe in pipes:
        if pipe:
            pipe.start()
    return HostProcess(popen, pipes)


def _open(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str,
    ends: "Sequence[int | IO[bytes] | None]",
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=ends[0],
        stdout=ends[1],
        stderr=ends[2],
        start_new_session=True,
    )
