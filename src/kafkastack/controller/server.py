"""Server of a controller's API: JSON lines on a 0600 unix socket of its own folder."""

import asyncio
import errno
import json
import os
import socket
import struct
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict

import msgspec

from kafkastack import __version__
from kafkastack.errors import ControllerError, KafkastackError, PreflightError, UsageError

SOCKET = "api.sock"
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_LINE = 64 * 1024 * 1024
_VERSION_LENGTH = 100
_HEARD_OUT_SECONDS = 5.0

Progress = Callable[[Any], Awaitable[None]]
Handler = Callable[[str, str, Mapping[str, Any], Progress], Awaitable[Any]]
"""(verb, model, parameters, progress) → result as JSON."""


class _Request(TypedDict):
    version: str
    verb: str
    model: str
    params: dict[str, Any]


class Server:
    """The API socket of one controller."""

    def __init__(self, folder: Path, handle: Handler, outdated: Callable[[], None]) -> None:
        self._folder = folder
        self._handle = handle
        self._outdated = outdated  # called when a newer client asks: this process should end
        self._calls: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a stale socket is replaced (the controller's lock says that it is stale)."""
        descriptor = os.open(self._folder, os.O_PATH | os.O_DIRECTORY)
        listener = socket.socket(socket.AF_UNIX)
        staging = f"/proc/self/fd/{descriptor}/.{SOCKET}"
        try:
            Path(staging).unlink(missing_ok=True)
            listener.bind(staging)
            Path(staging).chmod(0o600)
            listener.listen(128)
            Path(staging).replace(f"/proc/self/fd/{descriptor}/{SOCKET}")
        finally:
            os.close(descriptor)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=_LINE)

    async def close(self) -> None:
        """Stop listening, and cancel the calls that wait."""
        if self._server:
            self._server.close()
        (self._folder / SOCKET).unlink(missing_ok=True)
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task  # noqa: S101  # asyncio runs it as one
        self._calls.add(task)
        try:
            if _peer_uid(writer) in (os.getuid(), 0):
                await self._answer(reader, writer)
        except KafkastackError as error:
            await _send_last(reader, writer, {"error": _error(type(error).__name__, error)})
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client has gone, or the server goes: nobody is left to tell
        finally:
            self._calls.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await _read_line(reader)
        if not line:
            return
        request = _read_request(line)
        if request["version"] != __version__:
            await self._hand_over(request["version"], writer)
            return
        await _send(writer, {"begun": True})  # from here on the client does not ask again
        call = asyncio.ensure_future(self._call(request, writer))
        gone = asyncio.ensure_future(reader.read(1))
        await asyncio.wait((call, gone), return_when=asyncio.FIRST_COMPLETED)
        for future in (call, gone):
            future.cancel()
        await asyncio.gather(call, gone, return_exceptions=True)

    async def _hand_over(self, version: str, writer: asyncio.StreamWriter) -> None:
        """Make way for a newer program; refuse an older one, which could not read our records."""
        if _numbers(version) > _numbers(__version__):
            await _send(writer, {"stale": True})
            self._outdated()
            return
        older = ControllerError(
            f"the controller runs kafkastack {__version__}, this command is {version}",
            "use the newer kafkastack",
        )
        await _send(writer, {"error": _error("ControllerError", older)})

    async def _call(self, request: Mapping[str, Any], writer: asyncio.StreamWriter) -> None:
        async def progress(message: Any) -> None:
            await _send(writer, {"progress": message})

        try:
            result = await self._handle(
                request["verb"], request["model"], request["params"], progress
            )
            await _send(writer, {"result": result})
        except KafkastackError as error:
            await _send(writer, {"error": _error(type(error).__name__, error)})
        except Exception as error:
            wrapped = self._unexpected(error)
            await _send(writer, {"error": _error(type(wrapped).__name__, wrapped)})

    def _unexpected(self, error: Exception) -> KafkastackError:
        if isinstance(error, OSError) and error.errno in _DISK:
            return PreflightError(
                f"the controller cannot write {error.filename or self._folder}: {error.strerror}",
                "make room or make it writable again, then type the command again",
            )
        with suppress(OSError):
            traceback.print_exception(error)  # the controller's log keeps it
        return KafkastackError(
            f"the controller failed: {error!r}", f"its log is {self._folder / 'controller.log'}"
        )


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError as error:  # there is no end within the limit
        raise UsageError(f"a call has more than {_LINE >> 20} MiB, on one line") from error


def _read_request(line: bytes) -> Mapping[str, Any]:
    try:
        return msgspec.to_builtins(msgspec.json.decode(line, type=_Request))
    except RecursionError as error:
        raise UsageError("a call is nested too deep") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(
            f"this is no call of the controller: {error}",
            "a line of JSON has version, verb, model and params",
        ) from error


async def _send_last(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: Mapping[str, Any]
) -> None:
    """Send what ends a connection; who is still sending is heard out, so that he can read it."""
    with suppress(ConnectionError, TimeoutError, ValueError):
        await _send(writer, message)
        writer.write_eof()
        async with asyncio.timeout(_HEARD_OUT_SECONDS):
            while await reader.read(1 << 20):
                pass


def _numbers(version: str) -> tuple[int, ...]:
    parts = version[:_VERSION_LENGTH].split(".")
    return tuple(int(part) for part in parts if part.isascii() and part.isdecimal())


def _error(kind: str, error: KafkastackError) -> dict[str, str]:
    return {"type": kind, "message": error.message, "advice": error.advice}


async def _send(writer: asyncio.StreamWriter, message: Mapping[str, Any]) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
    await writer.drain()


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    connection: socket.socket = writer.get_extra_info("socket")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("3i", credentials)[1])
