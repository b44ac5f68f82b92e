"""The controller's end of one connection: an ssh process, and the frames on its pipes."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafkastack.clouds.protocol import Command
from kafkastack.clouds.ssh import far_end
from kafkastack.clouds.ssh.far_process import FarProcess
from kafkastack.clouds.ssh.login import Login
from kafkastack.clouds.ssh.refusals import refusal
from kafkastack.clouds.ssh.tunnels import Tunnels
from kafkastack.errors import KafkastackError

_PROGRAM = Path(far_end.__file__).read_bytes()
_FIRST_WORD_SECONDS = 30.0
_LAST_WORDS = 4000
_MOST_BYTES = 1 << 20  # of one frame


class Link:
    """One connection: programs and tunnels by number; it is lost once, then another is made."""

    def __init__(self, login: Login, ssh: asyncio.subprocess.Process) -> None:
        loop = asyncio.get_running_loop()
        assert ssh.stdin and ssh.stdout and ssh.stderr  # noqa: S101  # started with pipes
        self.about: Mapping[str, str] = {}
        self._login = login
        self._ssh = ssh
        self._pidfd = _pidfd(ssh.pid)
        self._stdin, self._stdout, self._stderr = ssh.stdin, ssh.stdout, ssh.stderr
        self._numbers = itertools.count(1)
        self._programs: dict[int, FarProcess] = {}
        self._listening: dict[int, asyncio.Future[str]] = {}
        self._tunnels = Tunnels(lambda tunnel, data: self._send(far_end.DATA, tunnel, data))
        self._greeted: asyncio.Future[Mapping[str, str]] = loop.create_future()
        self._words = asyncio.create_task(self._last_words())
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, login: Login, python: str) -> "Link":
        """Connect and start the far end; MachineUnreachableError with why it cannot be."""
        try:
            ssh = await asyncio.create_subprocess_exec(
                *login.far_end(len(_PROGRAM), python),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise KafkastackError(
                f"the program {error.filename} is not there: it reaches the machines",
                "sudo apt-get install openssh-client",
            ) from error
        link = cls(login, ssh)
        link._stdin.write(_PROGRAM)
        try:
            async with asyncio.timeout(_FIRST_WORD_SECONDS):
                link.about = await asyncio.shield(link._greeted)
        except TimeoutError:
            await link.close()
            raise refusal(login, "Connection timed out") from None
        except BaseException:
            await link.close()
            raise
        return link

    @property
    def is_up(self) -> bool:
        """Report whether it still connects."""
        return not self._reader.done()

    async def start(self, command: Command) -> FarProcess:
        """Start a program there."""
        number = next(self._numbers)
        process = FarProcess(
            command, self._signal, lambda data: self._send(far_end.INPUT, number, data)
        )
        self._programs[number] = process
        wanted = {
            "argv": [*command.argv],
            "env": dict(command.env),
            "cwd": command.cwd,
            "stdin": process.has_input,
            "stdout": command.stdout != DEVNULL,
            "stderr": command.stderr != DEVNULL,
        }
        self._send(far_end.START, number, json.dumps(wanted).encode())
        if not self.is_up:
            process.lose(self._lost())
        await process.started
        return process

    async def listen(self, path: str, target: Path) -> None:
        """Bring the unix socket `target` of this host to a path of the machine."""
        number = next(self._numbers)
        answer = self._listening[number] = asyncio.get_running_loop().create_future()
        self._tunnels.targets[number] = target
        self._send(far_end.LISTEN, number, path.encode())
        if not self.is_up:
            raise self._lost()
        if message := await answer:
            raise KafkastackError(f"{self._login.alias}: no socket at {path}: {message}")

    async def close(self) -> None:
        """End the connection; what runs there goes on."""
        self._stdin.close()
        self._kill()
        await self.ended()

    async def ended(self) -> None:
        """Wait until the connection is lost."""
        await asyncio.wait([self._reader])
        await self._ssh.wait()

    def _kill(self) -> None:
        """End ssh, unless it has ended: asyncio's own way would reap it, and miss it later."""
        descriptor, self._pidfd = self._pidfd, -1
        if descriptor >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            os.close(descriptor)

    def _signal(self, group: int, number: int) -> None:
        if group:
            self._send(far_end.SIGNAL, 0, json.dumps([group, number]).encode())

    def _send(self, kind: int, number: int, payload: bytes = b"") -> None:
        if self.is_up:
            self._stdin.write(far_end.frame(kind, number, payload))

    async def _read(self) -> None:
        try:
            while True:
                header = await self._stdout.readexactly(far_end.HEADER.size)
                kind, length, number = far_end.HEADER.unpack(header)
                if length > _MOST_BYTES:
                    break  # no far end of ours says so much at once
                self._take(kind, number, await self._stdout.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._kill()
            self._end(refusal(self._login, await self._words))

    def _take(self, kind: int, number: int, payload: bytes) -> None:
        if kind in (far_end.OUT, far_end.ERR):
            self._programs[number].take_output(kind - far_end.OUT, payload)
        elif kind == far_end.DATA:
            self._tunnels.take(number, payload)
        else:
            self._hear(kind, number, json.loads(payload))

    def _hear(self, kind: int, number: int, value: Any) -> None:
        if kind == far_end.HELLO:
            self._greeted.set_result(value)
        elif kind == far_end.STARTED:
            self._programs[number].begin(value)
        elif kind == far_end.TAKEN:
            if number in self._programs:
                self._programs[number].taken(value)
        elif kind == far_end.EXIT:
            self._programs.pop(number).end(value)
        elif kind == far_end.LISTENING:
            self._listening.pop(number).set_result(value)
        elif kind == far_end.OPENED:
            self._tunnels.open(number, value)

    def _end(self, error: ConnectionError) -> None:
        for process in self._programs.values():
            process.lose(error)
        self._programs.clear()
        self._tunnels.close()
        for future in (self._greeted, *self._listening.values()):
            if not future.done():
                future.set_exception(error)
                future.exception()  # retrieved: nobody may be waiting

    def _lost(self) -> ConnectionError:
        return refusal(self._login, "")

    async def _last_words(self) -> str:
        words = b""
        while data := await self._stderr.read(1024):
            words = (words + data)[-_LAST_WORDS:]
        return words.decode(errors="replace")


def _pidfd(pid: int) -> int:
    """Return a descriptor of a process; -1 if it has ended and is reaped already."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return -1
