"""Traffic of one connection: programs and sockets of the far end, until it is lost."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from kafkastack.clouds.protocol import Command
from kafkastack.clouds.ssh import Login, MachineUnreachableError
from kafkastack.clouds.ssh.far_process import FarProcess
from kafkastack.clouds.ssh.link import Link
from kafkastack.clouds.ssh.login import Login as AnyLogin

ENV = {"PATH": "/usr/bin:/bin"}
Scenario = Callable[[Link], Awaitable[Any]]


class WithoutSSH(AnyLogin, frozen=True):
    """A far end on this host, reached by a pipe."""

    def far_end(self, size: int, python: str) -> tuple[str, ...]:
        words = super().far_end(size, python)
        return ("sh", "-c", words[-1])


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Scenario], Any]:
    login = WithoutSSH("here", "root", tmp_path / "key", tmp_path / "hosts", "m-0")

    async def body(scenario: Scenario) -> Any:
        link = await Link.open(login, "python3")
        try:
            return await asyncio.wait_for(scenario(link), 30)
        finally:
            await link.close()

    return lambda scenario: asyncio.run(body(scenario))


async def sh(link: Link, script: str, **ends: Any) -> FarProcess:
    return await link.start(Command(("sh", "-c", script), ENV, "/", **ends))


async def read(process: FarProcess) -> bytes:
    assert process.stdout
    return await process.stdout.read()


def test_many_programs_run_side_by_side(play: Callable[[Scenario], Any]):
    async def scenario(link: Link) -> list[bytes]:
        started = [await sh(link, f"sleep 0.{9 - n}; echo {n}") for n in range(9)]
        return await asyncio.gather(*map(read, started))

    assert play(scenario) == [b"%d\n" % n for n in range(9)]


def test_output_of_any_size_arrives_before_the_end(play: Callable[[Scenario], Any]):
    async def scenario(link: Link) -> tuple[int, int]:
        process = await sh(link, "head -c 5000000 /dev/zero; exit 3")
        return len(await read(process)), await process.wait()

    assert play(scenario) == (5_000_000, 3)


def test_input_of_any_size_is_taken_as_fast_as_it_is_read(
    play: Callable[[Scenario], Any], tmp_path: Path
):
    (tmp_path / "input").write_bytes(bytes(range(256)) * 20_000)

    async def scenario(link: Link) -> bytes:
        with (tmp_path / "input").open("rb") as stdin:
            process = await sh(link, "sleep 0.2; cat", stdin=stdin)
        return await read(process)

    assert play(scenario) == (tmp_path / "input").read_bytes()


def test_a_program_need_not_read_its_input(play: Callable[[Scenario], Any], tmp_path: Path):
    (tmp_path / "input").write_bytes(b"x" * 5_000_000)

    async def scenario(link: Link) -> int:
        with (tmp_path / "input").open("rb") as stdin:
            process = await sh(link, "exec <&-; exit 4", stdin=stdin)
        return await process.wait()

    assert play(scenario) == 4


def test_a_socket_talks_both_ways_and_knows_each_end(
    play: Callable[[Scenario], Any], tmp_path: Path
):
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())  # until the other side has said all
        await writer.drain()
        writer.close()

    async def scenario(link: Link) -> list[bytes]:
        async with await asyncio.start_unix_server(shout, tmp_path / "here"):
            await link.listen(str(tmp_path / "there"), tmp_path / "here")
            return await asyncio.gather(*(call(f"call {n}".encode()) for n in range(20)))

    async def call(words: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(tmp_path / "there")
        writer.write(words)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    assert play(scenario) == [b"CALL %d" % n for n in range(20)]


def test_a_socket_that_nobody_answers_is_closed(play: Callable[[Scenario], Any], tmp_path: Path):
    async def scenario(link: Link) -> bytes:
        await link.listen(str(tmp_path / "there"), tmp_path / "nobody")
        reader, writer = await asyncio.open_unix_connection(tmp_path / "there")
        answer = await reader.read()
        writer.close()
        return answer

    assert play(scenario) == b""


def test_how_a_program_ends_is_not_known_when_the_connection_is_lost(
    play: Callable[[Scenario], Any],
):
    async def scenario(link: Link) -> None:
        process = await sh(link, "echo $PPID; sleep 1000")
        assert process.stdout
        os.kill(int(await process.stdout.readline()), signal.SIGKILL)
        with pytest.raises(MachineUnreachableError, match="the connection to m-0"):
            await process.wait()
        process.kill()  # nobody is there to hear it
        assert not link.is_up

    play(scenario)


def test_nothing_is_started_on_a_lost_connection(play: Callable[[Scenario], Any]):
    async def scenario(link: Link) -> None:
        await link.close()
        with pytest.raises(ConnectionError):
            await sh(link, "true")

    play(scenario)


def test_a_login_that_may_become_root_does():
    login = Login("h", "debian", Path("/k"), Path("/hosts"), "m-0", through=("ip", "netns"))

    words = login.terminal(("id", "a b"))

    assert words[:3] == ("ip", "netns", "ssh")
    assert words[-2:] == ("debian@h", "sudo -n -H -- id 'a b'")
    assert "StrictHostKeyChecking=accept-new" in words
    assert "HostKeyAlias=m-0" in words


def test_an_ssh_that_has_ended_is_reaped_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """Whoever kills a child by asyncio's own means may reap it: its watcher then misses it."""
    login = WithoutSSH("here", "root", tmp_path / "key", tmp_path / "hosts", "m-0")
    killed: list[object] = []
    monkeypatch.setattr(asyncio.subprocess.Process, "kill", killed.append)

    async def scenario() -> None:
        for python in ("python3", "false"):
            with contextlib.suppress(MachineUnreachableError):
                link = await Link.open(login, python)
                await link.close()

    asyncio.run(scenario())

    assert killed == []
    assert "Unknown child process" not in caplog.text
