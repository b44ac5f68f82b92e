"""Connections that were made to a socket of the machine, each ending at a socket of this host."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

_CHUNK = 1 << 16


class Tunnels:
    """The tunnels of one connection; `targets` says where those of a listener end."""

    def __init__(self, send: Callable[[int, bytes], None]) -> None:
        self.targets: dict[int, Path] = {}
        self._send = send
        self._inputs: dict[int, asyncio.Queue[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, tunnel: int, listener: int) -> None:
        """Connect a tunnel that somebody has opened on the machine."""
        self._inputs[tunnel] = asyncio.Queue()
        task = asyncio.create_task(self._serve(tunnel, self.targets[listener]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def take(self, tunnel: int, data: bytes) -> None:
        """Take what was said on the machine; nothing is the end."""
        if tunnel in self._inputs:
            self._inputs[tunnel].put_nowait(data)

    def close(self) -> None:
        """End all of them."""
        for task in self._tasks:
            task.cancel()

    async def _serve(self, tunnel: int, target: Path) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(target)
        except OSError:
            self._send(tunnel, b"")  # who asks is told so by the end, as by any closed socket
            self._inputs.pop(tunnel)
            return
        answering = asyncio.create_task(self._answer(tunnel, reader))
        try:
            with contextlib.suppress(OSError):
                while data := await self._inputs[tunnel].get():
                    writer.write(data)
                writer.write_eof()
            await answering
        finally:
            answering.cancel()
            writer.close()
            self._inputs.pop(tunnel, None)

    async def _answer(self, tunnel: int, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                self._send(tunnel, data)
        self._send(tunnel, b"")
