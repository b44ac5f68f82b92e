"""Server of the hook tools: a 0600 unix socket for each unit, length-prefixed fields."""

import asyncio
import os
import posixpath
import socket
import struct
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from kafkastack.clouds.protocol import Completed, MachineTool
from kafkastack.errors import KafkastackError, PreflightError, UsageError
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.juju_exec import NAMES, RunCommands, read_words
from kafkastack.hooktools.summaries import help_text
from kafkastack.hooktools.tools import TOOLS, Call
from kafkastack.hooktools.tools.call import HelpAskedError

_REQUEST_BYTES = 64 * 1024 * 1024
_REQUEST_SECONDS = 60.0  # a client sends all it has at once
_FIELDS = 100_000
_FIELD_BYTES = 64  # what each costs beside its content
_SMALL_BYTES = 256 * 1024  # one larger request is read at a time, and no larger juju-exec waits
_CONNECTIONS = 256  # of one unit: more are closed
_AT_ONCE = 32  # requests of one unit that are read or answered; the others wait
_MORE_FOLLOW = 1 << 31  # beside the number of fields: the client will ask again on the connection
SOCKET_PATH_LIMIT = 107  # bytes of sun_path, without its closing NUL
_FREE_TEXT = {"action-fail", "action-log", "application-version-set", "juju-log", "status-set"}
_ASSIGNING = {"action-set", "leader-set", "relation-set", "state-set"}

Runner = Callable[[RunCommands], Awaitable[Completed]]


class ToolServer:
    """Answers the hook tools of one unit."""

    def __init__(
        self,
        path: Path,
        unit: str,
        machine_tools: Mapping[str, MachineTool],
        run: Runner,
        user: int | None = None,
    ) -> None:
        """`user` runs the unit's programs, and is answered beside root; it is ours if not said."""
        self.contexts: dict[str, HookContext] = {}
        self._path = path
        self._unit = unit
        self._machine_tools = machine_tools
        self._run = run
        self._admitted = (os.getuid() if user is None else user, 0)
        self._server: asyncio.Server | None = None
        self._open = 0
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._large = asyncio.Lock()

    async def start(self) -> None:
        """Listen; a socket that an agent before left is replaced."""
        _refuse_long(self._path)
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        self._path.chmod(0o600)
        listener.listen(128)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener)

    async def close(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError, ValueError):
                if self._open <= _CONNECTIONS and _peer_uid(writer) in self._admitted:
                    while await self._serve_one(reader, writer):
                        pass
        finally:
            self._open -= 1
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer a request; tell whether another may follow on this connection."""
        count = await _read_number(reader)
        async with self._turns:
            async with asyncio.timeout(_REQUEST_SECONDS):
                fields = await _read_fields(reader, count & ~_MORE_FOLLOW, self._large)
            if not _waits(fields):
                await _write(writer, await self._answer(fields))
        if _waits(fields):  # for commands, which call tools themselves
            await _write(writer, await self._answer(fields))
        return bool(count & _MORE_FOLLOW)

    async def _answer(self, fields: list[bytes]) -> Completed:
        name, key = (field.decode(errors="replace") for field in fields[:2])
        cwd, stdin, words = os.fsdecode(fields[2]), fields[3], [_word(f) for f in fields[4:]]
        call = Call(words, cwd, stdin)
        if name not in NAMES and name not in self._machine_tools:
            return await self._call(name, key, call)
        try:
            call.check_words()
            if name in NAMES:
                return await self._juju_exec(words, key)
            return await self._machine_tools[name](words, cwd, stdin)
        except Exception as error:
            return _error_response(name, error)

    async def _call(self, name: str, key: str, call: Call) -> Completed:
        context = self.contexts.get(key)
        if context is None:
            text = f"{name}: no hook is running here (JUJU_CONTEXT_ID is not known)"
            return _failed(KafkastackError(text), 1)
        return await call_tool(context, name, call)

    async def _juju_exec(self, words: list[str], key: str) -> Completed:
        if key in self.contexts:
            raise KafkastackError("juju-exec cannot be called from within a hook")
        return await self._run(read_words(words, self._unit))


def _word(field: bytes) -> str:
    return field.decode(errors="surrogateescape")


def _refuse_long(path: Path) -> None:
    if len(os.fsencode(path)) > SOCKET_PATH_LIMIT:
        raise PreflightError(
            f"{path} is too long for a socket: more than {SOCKET_PATH_LIMIT} bytes",
            "set XDG_RUNTIME_DIR to a shorter folder that only you can enter",
        )


async def call_tool(context: HookContext, name: str, call: Call) -> Completed:
    """Answer one call of a tool; whatever goes wrong is told to the charm."""
    started = time.monotonic()
    try:
        if name not in TOOLS:
            raise UsageError(f'there is no hook tool "{name}"')
        call.check_words()
        output = (await TOOLS[name](context, call)).encode(errors="surrogateescape")
        if call.output:
            target = posixpath.join(call.cwd, call.output)
            await context.environment.write_file(target, output)
        done = Completed(0, b"" if call.output else output)
    except HelpAskedError as asked:
        done = Completed(0, help_text(name, asked.flags).encode())
    except Exception as error:
        done = _error_response(name, error)
    milliseconds = round((time.monotonic() - started) * 1000, 2)
    shown = _without_values(name, call.before_dashes)
    context.calls.append((name, shown, milliseconds, done.returncode))
    return done


def _error_response(name: str, error: Exception) -> Completed:
    if isinstance(error, KafkastackError):
        return _failed(error, 2 if isinstance(error, UsageError) else 1)
    traceback.print_exception(error)  # the controller's log keeps it
    return _failed(KafkastackError(f"{name} failed: {type(error).__name__}: {error}"), 1)


def _failed(error: KafkastackError, code: int) -> Completed:
    return Completed(code, b"", f"ERROR {error.message}\n".encode(errors="surrogateescape"))


def _without_values(tool: str, words: list[str]) -> str:
    """Keep the names of what was asked, never a value: it may be a secret."""
    shown = words
    if tool in _FREE_TEXT:
        shown = [word for word in shown if word.startswith("-")]
    elif tool in _ASSIGNING:
        shown = [word for word in shown if word.startswith("-") or "=" in word]
    described = zip(("", *shown), shown, strict=False)
    kept = (word for before, word in described if before != "--description")
    text = " ".join(word.partition("=")[0] for word in kept)[:200]
    return text.encode(errors="backslashreplace").decode()


async def _write(writer: asyncio.StreamWriter, done: Completed) -> None:
    writer.write(
        struct.pack(">II", done.returncode & 0xFF, len(done.stdout))
        + done.stdout
        + struct.pack(">I", len(done.stderr))
        + done.stderr
    )
    async with asyncio.timeout(_REQUEST_SECONDS):
        await writer.drain()


async def _read_fields(
    reader: asyncio.StreamReader, count: int, large: asyncio.Lock
) -> list[bytes]:
    if not 4 <= count <= _FIELDS:
        raise ValueError("not a hook tool")
    fields: list[bytes] = []
    read = 0
    async with AsyncExitStack() as held:
        for _ in range(count):
            size = await _read_number(reader)
            before, read = read, read + size + _FIELD_BYTES
            if read > _REQUEST_BYTES or (read > _SMALL_BYTES and _waits(fields)):
                raise ValueError("not a hook tool")
            if before <= _SMALL_BYTES < read:
                await held.enter_async_context(large)
            fields.append(await reader.readexactly(size))
    return fields


def _waits(fields: list[bytes]) -> bool:
    """Report whether a request is answered when the unit's turn has come, however late."""
    return bool(fields) and fields[0].decode(errors="replace") in NAMES


async def _read_number(reader: asyncio.StreamReader) -> int:
    return int.from_bytes(await reader.readexactly(4))


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    connection: socket.socket = writer.get_extra_info("socket")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("3i", credentials)[1])
