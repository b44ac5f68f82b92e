"""How a charm's questions arrive: a 0600 unix socket for each unit, length-prefixed fields."""

import asyncio
import os
import socket
import struct
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kafkastack.clouds.protocol import Completed, MachineTool
from kafkastack.errors import KafkastackError, PreflightError, UsageError
from kafkastack.gnuflag import Flag, parse
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.tools import TOOLS, Call

_FIELD_BYTES = 64 * 1024 * 1024
_FIELDS = 100_000
SOCKET_PATH_LIMIT = 107  # bytes of sun_path, without its closing NUL
_FREE_TEXT = {"action-fail", "action-log", "application-version-set", "juju-log", "status-set"}


@dataclass(frozen=True)
class RunCommands:
    """What juju-exec asks for: shell commands in a hook context of this unit."""

    commands: str
    relation: str = ""
    remote_unit: str = ""


Runner = Callable[[RunCommands], Awaitable[Completed]]
_JUJU_EXEC = (
    Flag(("u", "unit")),
    Flag(("r", "relation")),
    Flag(("remote-unit",)),
    Flag(("no-context",), takes_value=False),
    Flag(("force-remote-unit",), takes_value=False),
    Flag(("operator",), takes_value=False),
)


class ToolServer:
    """Answers the hook tools of one unit."""

    def __init__(
        self, path: Path, unit: str, machine_tools: Mapping[str, MachineTool], run: Runner
    ) -> None:
        self.contexts: dict[str, HookContext] = {}
        self._path = path
        self._unit = unit
        self._machine_tools = machine_tools
        self._run = run
        self._server: asyncio.Server | None = None

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
        with suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            if _peer_uid(writer) in (os.getuid(), 0):
                done = await self._answer(await _read_fields(reader))
                writer.write(
                    struct.pack(">II", done.returncode & 0xFF, len(done.stdout))
                    + done.stdout
                    + struct.pack(">I", len(done.stderr))
                    + done.stderr
                )
                await writer.drain()
        writer.close()

    async def _answer(self, fields: list[bytes]) -> Completed:
        tool, key, cwd, stdin, *arguments = fields
        name = tool.decode()
        words = [os.fsdecode(word) for word in arguments]
        if name in ("juju-exec", "juju-run"):
            return await self._juju_exec(words, key.decode())
        if name in self._machine_tools:
            return await self._machine_tools[name](words, os.fsdecode(cwd), stdin)
        context = self.contexts.get(key.decode())
        if context is None:
            text = f"ERROR {name}: no hook is running here (JUJU_CONTEXT_ID is not known)\n"
            return Completed(1, b"", text.encode())
        return await call_tool(context, name, Call(words, os.fsdecode(cwd), stdin))

    async def _juju_exec(self, words: list[str], key: str) -> Completed:
        try:
            parsed = parse(_JUJU_EXEC, words, intermixed=False)
        except UsageError as error:
            return _failed(error, 2)
        commands = list(parsed.positional)
        if commands and commands[0] == self._unit and len(commands) > 1 and not parsed["unit"]:
            commands.pop(0)
        if (parsed["unit"] or self._unit) != self._unit:
            return _failed(KafkastackError(f'unit "{parsed["unit"]}" is not on this agent'), 1)
        if key in self.contexts:
            return _failed(KafkastackError("juju-exec cannot be called from within a hook"), 1)
        return await self._run(
            RunCommands(" ".join(commands), parsed["relation"], parsed["remote-unit"])
        )


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
        output = await TOOLS[name](context, call)
        done = Completed(0, output.encode(errors="surrogateescape"))
    except UsageError as error:
        done = _failed(error, 2)
    except KafkastackError as error:
        done = _failed(error, 1)
    except Exception as error:
        traceback.print_exc()  # the controller's log keeps it
        done = _failed(KafkastackError(f"{name} failed: {error!r}"), 1)
    milliseconds = round((time.monotonic() - started) * 1000, 2)
    context.calls.append((name, _without_values(name, call.words), milliseconds))
    return done


def _failed(error: KafkastackError, code: int) -> Completed:
    return Completed(code, b"", f"ERROR {error.message}\n".encode(errors="surrogateescape"))


def _without_values(tool: str, words: list[str]) -> str:
    """Keep the names of what was asked, never a value: it may be a secret."""
    shown = words[: words.index("--")] if "--" in words else words
    if tool in _FREE_TEXT:
        shown = [word for word in shown if word.startswith("-")]
    return " ".join(word.partition("=")[0] for word in shown)[:200]


async def _read_fields(reader: asyncio.StreamReader) -> list[bytes]:
    (count,) = struct.unpack(">I", await reader.readexactly(4))
    if not 4 <= count <= _FIELDS:
        raise ValueError("not a hook tool")
    fields: list[bytes] = []
    for _ in range(count):
        (size,) = struct.unpack(">I", await reader.readexactly(4))
        if size > _FIELD_BYTES:
            raise ValueError("not a hook tool")
        fields.append(await reader.readexactly(size))
    return fields


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    connection: socket.socket = writer.get_extra_info("socket")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("3i", credentials)[1])
