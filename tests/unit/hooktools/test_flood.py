"""A machine that floods the socket of its hook tools costs the controller little."""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from kafkastack.clouds.protocol import Completed
from kafkastack.hooktools.juju_exec import RunCommands
from kafkastack.hooktools.server import ToolServer

MiB = 1 << 20
Scenario = Callable[[Path], Awaitable[None]]


async def _systemctl(_words: Sequence[str], _cwd: str, _stdin: bytes) -> Completed:
    return Completed(0, b"fine")


async def _commands(_commands: RunCommands) -> Completed:
    return Completed(0)


_TOOLS = {"systemctl": _systemctl}


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Scenario], None]:
    async def body(scenario: Scenario) -> None:
        server = ToolServer(tmp_path / "s", "app/0", _TOOLS, _commands)
        await server.start()
        try:
            await asyncio.wait_for(scenario(tmp_path / "s"), 60)
        finally:
            await server.close()

    return lambda scenario: asyncio.run(body(scenario))


def request(tool: bytes, stdin: bytes = b"") -> bytes:
    fields = (tool, b"", b"/", stdin)
    return struct.pack(">I", 4) + b"".join(struct.pack(">I", len(f)) + f for f in fields)


async def ask(socket: Path, data: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(socket)
    writer.write(data)
    answer = await reader.read()
    writer.close()
    return answer


def test_of_thousands_of_connections_most_are_closed_and_it_answers_again(
    play: Callable[[Scenario], None],
):
    async def scenario(socket: Path) -> None:
        idle = [await asyncio.open_unix_connection(socket) for _ in range(1000)]
        assert await asyncio.wait_for(idle[-1][0].read(), 10) == b""
        assert not idle[0][0].at_eof()
        for _, writer in idle:
            writer.close()
        while not (answer := await ask(socket, request(b"systemctl"))):
            await asyncio.sleep(0)
        assert b"fine" in answer

    play(scenario)


def test_one_large_request_is_read_at_a_time_and_small_ones_go_on(
    play: Callable[[Scenario], None],
):
    async def scenario(socket: Path) -> None:
        begun = [await asyncio.open_unix_connection(socket) for _ in range(20)]
        whole = request(b"systemctl", b"x" * (4 * MiB))
        for _, writer in begun:
            writer.write(whole[:-1])
        done, _ = await asyncio.wait(
            [asyncio.create_task(writer.drain()) for _, writer in begun], timeout=1
        )
        assert len(done) <= 1
        assert b"fine" in await ask(socket, request(b"systemctl"))
        for _, writer in begun:
            writer.transport.abort()

    play(scenario)


def test_commands_that_wait_for_their_turn_are_no_large_ones(
    play: Callable[[Scenario], None],
):
    async def scenario(socket: Path) -> None:
        answer = b""
        with suppress(ConnectionError):
            answer = await ask(socket, request(b"juju-exec", b"x" * MiB))
        assert answer == b""
        assert b"fine" in await ask(socket, request(b"systemctl", b"x" * MiB))

    play(scenario)
