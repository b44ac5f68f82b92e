"""Client of supervisord: XML-RPC over its unix socket, on the event loop."""

import asyncio
import xmlrpc.client  # nosec B411  # of our own supervisord
from pathlib import Path
from typing import cast

# What the supervisor answers comes from our own child over a 0600 socket: trusted XML.
Fault = xmlrpc.client.Fault
ALREADY_STARTED, ALREADY_ADDED = 60, 90


class RpcError(OSError):
    """The answer is not one of a supervisor."""


async def call(socket: Path, method: str, *arguments: object, timeout: float = 30) -> object:
    """Call `supervisor.METHOD`; raise Fault as answered, OSError when nobody answers in time."""
    body = xmlrpc.client.dumps(cast("tuple[str, ...]", arguments), f"supervisor.{method}")
    async with asyncio.timeout(timeout):
        answer = await _post(socket, body.encode())
    head, _, document = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0] + b" ":
        raise RpcError(f"supervisord answered {head[:80]!r}")
    values, _ = xmlrpc.client.loads(document)
    return values[0]


async def _post(socket: Path, body: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        head = f"POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}"
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()
