"""Interpreters of dispatches: a fork of a warm one where it can be, else an exec."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kafkastack.clouds.protocol import Command, Machine, Process

_START_SECONDS = 30.0
_KEPT = ("HOME", "PATH", "LANG", "TMPDIR")
ZYGOTE = Path(__file__).with_name("zygote.py")
Tell = Callable[[Mapping[str, object]], None]


class Dispatch(Struct, frozen=True):
    """One charm program to run: files of output, and whether a warm interpreter may run it."""

    charm_dir: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    stdout: str  # files of the machine; argv appends to them itself
    stderr: str
    note: str  # file of the machine that the started process writes "pid start-time" to
    tools: str  # folder of the machine with the unit's hook tools
    python_path: tuple[str, ...] = ()  # of a dispatch of known shape: it may run warm


class Told(msgspec.Struct, frozen=True):
    """What a warm interpreter says: that it is ready, that a fork began, or how one ended.

    Output is told where it was short, else it lies in the files.
    """

    ready: int | None = None
    id: int = -1
    pid: int | None = None
    code: int = 0
    stdout: str | None = None
    stderr: str | None = None


_DECODER = msgspec.json.Decoder(Told)


class WarmProcess:
    """A fork of a warm interpreter, seen as a Process."""

    def __init__(self, pid: int, ended: asyncio.Future[Told], tell: Tell) -> None:
        self.pid = pid
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self.output: tuple[str, str] | None = None  # once it has ended, if it was short
        self._ended = ended
        self._tell = tell

    async def wait(self) -> int:
        """Return the exit code."""
        ended = await asyncio.shield(self._ended)
        if ended.stdout is not None and ended.stderr is not None:
            self.output = (ended.stdout, ended.stderr)
        return ended.code

    def terminate(self) -> None:
        """Send SIGTERM to the fork's process group."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the fork's process group."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with suppress(ConnectionError):  # the next dispatch ends what is left
            self._tell({"pid": self.pid, "signal": number})


class WarmInterpreter:
    """The agent's end of one zygote."""

    def __init__(self, process: Process, stdin: int) -> None:
        self._process = process
        self._stdin = stdin
        self._next = 0
        self._started: dict[int, asyncio.Future[int]] = {}
        self._ended: dict[int, asyncio.Future[Told]] = {}
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read())

    @property
    def alive(self) -> bool:
        """Report whether it still serves."""
        return not self._reader.done()

    async def run(self, dispatch: Dispatch) -> WarmProcess:
        """Fork a child for `dispatch`; ConnectionError if the interpreter has gone."""
        loop = asyncio.get_running_loop()
        number, self._next = self._next, self._next + 1
        started, ended = loop.create_future(), loop.create_future()
        self._started[number], self._ended[number] = started, ended
        self._tell(_request(number, dispatch))
        return WarmProcess(await started, ended, self._tell)

    def _tell(self, message: Mapping[str, object]) -> None:
        if not self.alive:
            raise ConnectionError("the interpreter has ended")
        line = json.dumps(message).encode() + b"\n"
        try:
            taken = os.write(self._stdin, line)
        except OSError as error:
            raise ConnectionError(str(error)) from error
        if taken < len(line):  # the pipe is full: what it has of the line says nothing
            self._process.kill()
            raise ConnectionError(f"the interpreter took {taken} of {len(line)} bytes")

    async def close(self) -> None:
        """End it; its children go on."""
        self._process.kill()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout  # noqa: S101  # started with a pipe
        # What does not speak our language is ended: a charm can write there what it likes.
        with suppress(ValueError, KeyError, msgspec.MsgspecError, RecursionError):
            while line := await self._process.stdout.readline():
                self._take(_DECODER.decode(line))
        os.close(self._stdin)
        self._stdin = -1
        self._process.kill()
        try:
            code = await self._process.wait()
            error = ConnectionError(f"the charm's interpreter ended with {code}")
        except ConnectionError as lost:
            error = lost
        for future in (self.ready, *self._started.values(), *self._ended.values()):
            if not future.done():
                future.set_exception(error)
                future.exception()  # retrieved: nobody may be waiting

    def _take(self, told: Told) -> None:
        if told.ready is not None:
            _set(self.ready, True)
        elif told.pid is not None:
            _set(self._started.pop(told.id), told.pid)
        else:
            _set(self._ended.pop(told.id), told)


def _set(future: "asyncio.Future[Any]", result: object) -> None:
    if not future.done():  # said twice, or nobody waits any more
        future.set_result(result)


def _request(number: int, dispatch: Dispatch) -> dict[str, object]:
    return {
        "id": number,
        "script": f"{dispatch.charm_dir}/src/charm.py",
        "path": dispatch.python_path,
        "cwd": dispatch.charm_dir,
        "env": {**dispatch.env, "PYTHONPATH": ":".join(dispatch.python_path)},
        "stdout": dispatch.stdout,
        "stderr": dispatch.stderr,
        "note": dispatch.note,
    }


class Interpreters:
    """The warm interpreters of one machine, one per charm environment."""

    def __init__(self, machine: Machine, zygote_path: str, *, enabled: bool = True) -> None:
        self._machine = machine
        self._zygote_path = zygote_path
        self._enabled = enabled
        self._warm: dict[str, WarmInterpreter] = {}
        self._refused: set[str] = set()

    async def start(self, dispatch: Dispatch) -> Process:
        """Start a dispatch; a fork if its environment can be kept warm.

        Raises ConnectionError if the interpreter dies over it: a fork may have begun to run.
        """
        if self._enabled and dispatch.python_path and dispatch.charm_dir not in self._refused:
            try:
                interpreter = await self._interpreter(dispatch)
            except ConnectionError:
                return await self.start_cold(dispatch)
            return await interpreter.run(dispatch)
        return await self.start_cold(dispatch)

    async def warm_up(self, charm_dir: str, tools: str, env: Mapping[str, str]) -> None:
        """Start the interpreter that the next dispatch will ask for; it is not waited for."""
        if self._enabled and charm_dir not in self._warm:
            self._warm[charm_dir] = await self._begin(charm_dir, tools, env)

    async def start_cold(self, dispatch: Dispatch) -> Process:
        """Start a dispatch by exec."""
        null = subprocess.DEVNULL
        return await self._machine.start(
            Command(dispatch.argv, dispatch.env, dispatch.charm_dir, stdout=null, stderr=null)
        )

    async def forget(self, charm_dir: str) -> None:
        """End the interpreter of a charm whose files or environment are about to change."""
        self._refused.discard(charm_dir)
        if interpreter := self._warm.pop(charm_dir, None):
            await interpreter.close()

    async def close(self) -> None:
        """End all of them."""
        for charm_dir in list(self._warm):
            await self.forget(charm_dir)

    async def _interpreter(self, dispatch: Dispatch) -> WarmInterpreter:
        charm_dir = dispatch.charm_dir
        warm = self._warm.get(charm_dir)
        if warm is None or not warm.alive:
            warm = await self._begin(charm_dir, dispatch.tools, dispatch.env)
            self._warm[charm_dir] = warm
        try:
            async with asyncio.timeout(_START_SECONDS):
                await asyncio.shield(warm.ready)
        except (TimeoutError, ConnectionError) as error:
            await self.forget(charm_dir)
            self._refused.add(charm_dir)
            raise ConnectionError(str(error)) from error
        return warm

    async def _begin(self, charm_dir: str, tools: str, env: Mapping[str, str]) -> WarmInterpreter:
        theirs, ours = os.pipe()
        os.set_blocking(ours, False)  # who does not read is gone to us: nobody waits for him
        os.set_inheritable(theirs, True)
        command = Command(
            (f"{charm_dir}/venv/bin/python", self._zygote_path, tools),
            {key: env[key] for key in _KEPT if key in env},
            charm_dir,
            stdin=theirs,
            stderr=subprocess.DEVNULL,
        )
        try:
            process = await self._machine.start(command)
        finally:
            os.close(theirs)
        return WarmInterpreter(process, ours)
