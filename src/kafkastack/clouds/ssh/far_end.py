"""The far end of a connection: starts programs and listens on sockets, as frames on stdin ask.

It is sent over SSH and run by the machine's own Python (3.10), which has nothing of ours.
A frame is a kind, a length, a number (of a program, a listener or a tunnel) and so many bytes.
"""

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

HEADER = struct.Struct("!BIQ")
# From the controller: start a program, its input (nothing: its end), a signal to a group.
START, INPUT, SIGNAL, LISTEN = 1, 2, 3, 4
DATA = 5  # both ways: bytes of a tunnel (nothing: their end)
# To the controller; TAKEN says how many bytes of input a program has taken.
HELLO, STARTED, TAKEN, OUT, ERR, EXIT, LISTENING, OPENED = 10, 11, 12, 13, 14, 15, 16, 17

_CHUNK = 1 << 16
_LAST_WORDS = 1 << 20  # what is still read of a pipe when its program has ended
_NOT_FOUND = ("/bin/sh", "-c", 'printf "%s\\n" "$1" >&2; exit 127', "sh")


def frame(kind: int, number: int, payload: bytes = b"") -> bytes:
    """Return a frame as it is sent."""
    return HEADER.pack(kind, len(payload), number) + payload


def send(kind: int, number: int, payload: bytes = b"") -> None:
    """Send a frame to the controller, which always reads."""
    rest = memoryview(frame(kind, number, payload))
    while rest:
        rest = rest[os.write(1, rest) :]


def tell(kind: int, number: int, value: object) -> None:
    """Send a frame that says a value."""
    send(kind, number, json.dumps(value).encode())


class Program:
    """A program in a session of its own; what it says ends with it, whoever holds its pipes."""

    def __init__(self, number: int, wanted: dict[str, Any], ended: Callable[[], object]) -> None:
        self._number = number
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._popen = self._start(wanted)
        self._input = bytearray()
        self._input_ends = False
        self._outputs: dict[int, int] = {}
        for kind, pipe in ((OUT, self._popen.stdout), (ERR, self._popen.stderr)):
            if pipe:
                os.set_blocking(pipe.fileno(), False)
                self._outputs[kind] = pipe.fileno()
        if self._popen.stdin:
            os.set_blocking(self._popen.stdin.fileno(), False)
        tell(STARTED, number, self._popen.pid)
        for kind, descriptor in self._outputs.items():
            self._loop.add_reader(descriptor, self._read, kind, descriptor)
        self._watched = os.pidfd_open(self._popen.pid)
        self._loop.add_reader(self._watched, self._end)

    @staticmethod
    def _start(wanted: dict[str, Any]) -> "subprocess.Popen[bytes]":
        def start(argv: Sequence[str], cwd: str) -> "subprocess.Popen[bytes]":
            stdin, stdout, stderr = (
                subprocess.PIPE if wanted[end] else subprocess.DEVNULL
                for end in ("stdin", "stdout", "stderr")
            )
            return subprocess.Popen(
                argv,
                env=wanted["env"],
                cwd=cwd,
                bufsize=0,
                start_new_session=True,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )

        try:
            return start(wanted["argv"], wanted["cwd"])
        except OSError as error:
            return start((*_NOT_FOUND, str(error)), "/")

    def take(self, data: bytes) -> None:
        """Hand on input as the program reads it; nothing is its end."""
        self._input += data
        self._input_ends |= not data
        self._write()

    def _write(self) -> None:
        stdin = self._popen.stdin
        if not stdin or stdin.closed:
            tell(TAKEN, self._number, len(self._input))
            self._input.clear()
            return
        taken = self._give(stdin.fileno())
        if taken:
            del self._input[:taken]
            tell(TAKEN, self._number, taken)
        if self._input:
            self._loop.add_writer(stdin.fileno(), self._write)
            return
        self._loop.remove_writer(stdin.fileno())
        if self._input_ends:
            stdin.close()

    def _give(self, descriptor: int) -> int:
        try:
            return os.write(descriptor, self._input) if self._input else 0
        except BlockingIOError:
            return 0
        except OSError:
            self._input_ends = True
            return len(self._input)  # it reads no more

    def _read(self, kind: int, descriptor: int) -> int:
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return 0
        if data:
            send(kind, self._number, data)
        else:
            self._close(kind)
        return len(data)

    def _close(self, kind: int) -> None:
        self._loop.remove_reader(self._outputs.pop(kind))
        send(kind, self._number)

    def _end(self) -> None:
        self._loop.remove_reader(self._watched)
        os.close(self._watched)
        code = self._popen.wait()
        for kind, descriptor in list(self._outputs.items()):
            taken = 0
            while kind in self._outputs and taken < _LAST_WORDS:
                size = self._read(kind, descriptor)
                if not size:
                    break
                taken += size
            if kind in self._outputs:
                self._close(kind)
        stdin = self._popen.stdin
        if stdin and not stdin.closed:
            self._loop.remove_writer(stdin.fileno())
        for pipe in (stdin, self._popen.stdout, self._popen.stderr):
            if pipe:
                pipe.close()
        tell(EXIT, self._number, code)
        self._ended()


class Tunnels:
    """Sockets of this machine whose connections end at the controller."""

    def __init__(self) -> None:
        self._next = 1
        self._writers: dict[int, tuple[asyncio.StreamWriter, asyncio.Event]] = {}
        self._servers: dict[str, asyncio.AbstractServer] = {}

    async def listen(self, number: int, path: str) -> None:
        """Listen at `path`, on which only root may call, and say how it went."""
        try:
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path in self._servers:
                self._servers.pop(path).close()
            with suppress(FileNotFoundError):
                Path(path).unlink()

            async def connected(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter
            ) -> None:
                await self._serve(number, reader, writer)

            self._servers[path] = await asyncio.start_unix_server(connected, path)
            Path(path).chmod(0o600)
        except OSError as error:
            tell(LISTENING, number, str(error))
        else:
            tell(LISTENING, number, "")

    def take(self, tunnel: int, data: bytes) -> None:
        """Hand on what the controller says; nothing is its end."""
        if tunnel not in self._writers:
            return
        writer, ended = self._writers[tunnel]
        if data:
            writer.write(data)
            return
        ended.set()
        with suppress(OSError):
            writer.write_eof()

    async def _serve(
        self, listener: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tunnel, self._next = self._next, self._next + 1
        self._writers[tunnel] = writer, (ended := asyncio.Event())
        tell(OPENED, tunnel, listener)
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                send(DATA, tunnel, data)
        send(DATA, tunnel)
        await ended.wait()
        del self._writers[tunnel]
        writer.close()


class FarEnd:
    """What the frames of one controller ask for."""

    def __init__(self) -> None:
        self._programs: dict[int, Program] = {}
        self._tunnels = Tunnels()
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, kind: int, number: int, payload: bytes) -> None:
        """Do what a frame asks for."""
        if kind == START:
            wanted = json.loads(payload)
            self._programs[number] = Program(
                number, wanted, lambda: self._programs.pop(number, None)
            )
        elif kind == INPUT and number in self._programs:
            self._programs[number].take(payload)
        elif kind == SIGNAL:
            group, wanted = json.loads(payload)
            with suppress(ProcessLookupError):
                os.killpg(group, wanted)
        elif kind == LISTEN:
            task = asyncio.ensure_future(self._tunnels.listen(number, payload.decode()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif kind == DATA:
            self._tunnels.take(number, payload)


async def serve() -> None:
    """Do what the frames on stdin ask for until there are no more."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    far_end, buffer = FarEnd(), bytearray()

    def read() -> None:
        data = os.read(0, 1 << 18)
        if not data:
            loop.remove_reader(0)
            ended.set()
        buffer.extend(data)
        while len(buffer) >= HEADER.size:
            kind, length, number = HEADER.unpack_from(buffer)
            end = HEADER.size + length
            if len(buffer) < end:
                break
            payload = bytes(buffer[HEADER.size : end])
            del buffer[:end]
            far_end.take(kind, number, payload)

    tell(HELLO, 0, _about())
    loop.add_reader(0, read)
    await ended.wait()


def _about() -> dict[str, str]:
    """Return what the controller wants to know of the machine."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return {
        "hostname": socket.gethostname(),
        "python": "{}.{}".format(*sys.version_info),
        "boot": f"{boot} {Path('/proc/1/stat').read_text().rsplit(') ', 1)[1].split()[19]}",
        "user": str(os.geteuid()),
    }


def main() -> None:
    """Be the far end until the connection ends; what was started goes on."""
    os.umask(0o022)
    os.chdir("/")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asyncio.run(serve())
    os._exit(0)  # what is under way waits for nobody


if __name__ == "__main__":
    main()
