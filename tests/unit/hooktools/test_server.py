"""The tools as a charm meets them: programs by name, a socket, and clients of every sort."""

import asyncio
import json
import os
import socket
import struct
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kafkastack.clouds.protocol import Completed, MachineTool
from kafkastack.errors import PreflightError
from kafkastack.hooktools.client import client_files
from kafkastack.hooktools.server import RunCommands, ToolServer
from tests.fakes.world import World

KEY = "0123456789abcdef"


async def _systemctl(words: Sequence[str], cwd: str, stdin: bytes) -> Completed:
    return Completed(3, f"{' '.join(words)} in {cwd}\n".encode(), b"inactive\n")


async def _commands(commands: RunCommands) -> Completed:
    return Completed(0, f"{commands}\n".encode())


class Served:
    """A tool server of app/0, and its programs on PATH."""

    def __init__(self, folder: Path, machine_tools: dict[str, MachineTool], client: str) -> None:
        self.folder = folder
        self.machine_tools = machine_tools
        self.socket = folder / "tools.sock"
        self._place_tools(perl=client == "perl")

    def _place_tools(self, *, perl: bool) -> None:
        (self.folder / "tools").mkdir()
        for name, content in client_files(["systemctl"], perl=perl).items():
            target = self.folder / "tools" / name
            if isinstance(content, str):
                target.symlink_to(content)
            else:
                target.write_bytes(content)
                target.chmod(0o755)
        (self.folder / "tools/socket").write_text(str(self.socket))

    async def call(
        self, *argv: str, stdin: bytes | None = None, key: str = KEY, **env: str
    ) -> Completed:
        """Call a tool as a charm does."""
        process = await asyncio.create_subprocess_exec(
            str(self.folder / "tools" / argv[0]),
            *argv[1:],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={"JUJU_CONTEXT_ID": key, "JUJU_AGENT_SOCKET_ADDRESS": str(self.socket), **env},
        )
        out, err = await process.communicate(stdin)
        assert process.returncode is not None
        return Completed(process.returncode, out, err)


Scenario = Callable[[Served], Awaitable[None]]


@pytest.fixture(params=["perl", "python"])
def play(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[Scenario], None]:
    """Play a scenario against a server, once with each client."""

    async def body(scenario: Scenario) -> None:
        tools: dict[str, MachineTool] = {"systemctl": _systemctl}
        server = ToolServer(tmp_path / "tools.sock", "app/0", tools, _commands)
        await server.start()
        server.contexts[KEY] = world.run().context
        try:
            await asyncio.wait_for(scenario(Served(tmp_path, tools, request.param)), 60)
        finally:
            await server.close()

    return lambda scenario: asyncio.run(body(scenario))


def test_a_tool_answers_with_its_output_and_exit_code(play: Any):
    async def scenario(served: Served) -> None:
        assert await served.call("config-get", "size") == Completed(0, b"3\n", b"")
        refused = await served.call("relation-list")
        assert refused == Completed(2, b"", b"ERROR no relation id specified\n")
        assert (await served.call("config-get", "--nope")).returncode == 2

    play(scenario)


def test_words_arrive_as_they_were_given(play: Any):
    words = ["", " ", "a b", "ö€", "new\nline", "'\"$`\\", "-", "*"]

    async def scenario(served: Served) -> None:
        await served.call("state-set", *(f"k{n}={word}" for n, word in enumerate(words)))
        answer = await served.call("state-get", "--format=json")
        assert json.loads(answer.stdout) == {f"k{n}": word for n, word in enumerate(words)}

    play(scenario)


def test_ten_megabytes_on_stdin(play: Any):
    value = "x" * (10 * 1024 * 1024)

    async def scenario(served: Served) -> None:
        stdin = json.dumps({"big": value}).encode()
        assert await served.call("state-set", "--file", "-", stdin=stdin) == Completed(0)
        assert (await served.call("state-get", "big")).stdout == f"{value}\n".encode()

    play(scenario)


def test_an_argument_as_long_as_linux_allows(play: Any):
    value = "y" * 131_000

    async def scenario(served: Served) -> None:
        assert (await served.call("state-set", f"a={value}")).returncode == 0
        assert (await served.call("state-get", "a")).stdout == f"{value}\n".encode()
        assert (await served.call("juju-log", "--", value)).returncode == 0

    play(scenario)


def test_a_tool_that_takes_no_stdin_does_not_wait_for_it(play: Any):
    async def scenario(served: Served) -> None:
        reading, writing = os.pipe()  # never closed while the tool runs
        process = await asyncio.create_subprocess_exec(
            str(served.folder / "tools/status-set"),
            *("--application=False", "active", "--", "fine"),
            stdin=reading,
            env={"JUJU_CONTEXT_ID": KEY, "JUJU_AGENT_SOCKET_ADDRESS": str(served.socket)},
        )
        assert await asyncio.wait_for(process.wait(), 10) == 0
        os.close(reading)
        os.close(writing)

    play(scenario)


def test_two_hundred_calls_sixteen_at_once(play: Any):
    async def scenario(served: Served) -> None:
        at_once = asyncio.Semaphore(16)

        async def one(number: int) -> Completed:
            async with at_once:
                return await served.call("state-set", f"key{number}={number}")

        answers = await asyncio.gather(*(one(number) for number in range(200)))
        assert set(answers) == {Completed(0)}
        state = json.loads((await served.call("state-get", "--format=json")).stdout)
        assert state == {f"key{number}": str(number) for number in range(200)}

    play(scenario)


def test_a_tool_of_the_machine_gets_words_that_are_text(play: Any):
    async def broken(words: Sequence[str], cwd: str, stdin: bytes) -> Completed:
        raise AssertionError(f"{words!r} came through")

    async def scenario(served: Served) -> None:
        served.machine_tools["systemctl"] = broken
        done = await served.call("systemctl", "status", "\udcff")
        assert done == Completed(2, b"", b"ERROR argument 2 is not text: it is not UTF-8\n")

    play(scenario)


def test_outside_of_a_hook_it_says_so(play: Any):
    async def scenario(served: Served) -> None:
        done = await served.call("config-get", key="ended-long-ago")
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.startswith(b"ERROR config-get: no hook is running here")

    play(scenario)


def test_without_an_agent_it_says_so(play: Any):
    async def scenario(served: Served) -> None:
        gone = str(served.folder / "gone.sock")
        done = await served.call("config-get", JUJU_AGENT_SOCKET_ADDRESS=gone)
        assert done == Completed(1, b"", f"ERROR config-get: no agent at {gone}\n".encode())
        long = f"/{'x' * 200}"
        done = await served.call("config-get", JUJU_AGENT_SOCKET_ADDRESS=long)
        assert done == Completed(1, b"", f"ERROR config-get: no agent at {long}\n".encode())

    play(scenario)


def test_an_agent_that_dies_while_it_answers_is_an_error(play: Any):
    async def scenario(served: Served) -> None:
        path = served.folder / "mute.sock"

        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(10)
            writer.close()

        async with await asyncio.start_unix_server(hang_up, path):
            done = await served.call("config-get", JUJU_AGENT_SOCKET_ADDRESS=str(path))
        assert done.returncode == 1
        assert done.stderr.startswith(b"ERROR config-get: ")

    play(scenario)


def test_machine_tools_need_no_hook(play: Any):
    async def scenario(served: Served) -> None:
        done = await served.call("systemctl", "is-active", "x", key="")
        said = f"is-active x in {served.folder}\n".encode()
        assert done == Completed(3, said, b"inactive\n")

    play(scenario)


@pytest.mark.parametrize(
    ("words", "commands"),
    [
        (["juju-exec", "app/0", "a b"], RunCommands("a b")),
        (["juju-run", "app/0", "a", "b"], RunCommands("a b")),
        (["juju-exec", "-u", "app/0", "x"], RunCommands("x")),
        (["juju-exec", "echo x"], RunCommands("echo x")),
        (
            ["juju-exec", "-r", "db:1", "--remote-unit", "server/0", "x -y"],
            RunCommands("x -y", "db:1", "server/0"),
        ),
    ],
)
def test_a_watcher_asks_for_a_hook_context(play: Any, words: list[str], commands: RunCommands):
    async def scenario(served: Served) -> None:
        answer = await served.call(*words, key="", JUJU_AGENT_SOCKET_ADDRESS="")
        assert answer == Completed(0, f"{commands}\n".encode())

    play(scenario)


@pytest.mark.parametrize(
    ("word", "problem"),
    [(b"a\xff", b"is not text: it is not UTF-8"), (b"x" * 128 * 1024 + b"x", b"is too long")],
)
def test_words_of_juju_exec_are_checked_as_those_of_any_tool(
    world: World, word: bytes, problem: bytes
):
    server = ToolServer(world.folder / "tools.sock", "app/0", {}, _commands)
    fields = [b"juju-exec", b"", b"/", b"", b"echo", word]
    answer = asyncio.run(server._answer(fields))  # pyright: ignore[reportPrivateUsage]
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert answer.stderr.startswith(b"ERROR argument 2 " + problem)


def test_juju_exec_is_refused_within_a_hook_and_for_others(play: Any):
    async def scenario(served: Served) -> None:
        within = await served.call("juju-exec", "app/0", "x")
        assert within.stderr == b"ERROR juju-exec cannot be called from within a hook\n"
        other = await served.call("juju-exec", "-u", "other/0", "x", key="")
        assert other.stderr == b'ERROR unit "other/0" is not on this agent\n'
        first = await served.call("juju-exec", "unit-other-0", "x", key="")
        assert first == other

    play(scenario)


def test_a_machine_tool_that_fails_is_told_to_the_charm(
    play: Any, capsys: pytest.CaptureFixture[str]
):
    async def broken(words: Sequence[str], cwd: str, stdin: bytes) -> Completed:
        raise OSError("no such supervisor")

    async def scenario(served: Served) -> None:
        served.machine_tools["systemctl"] = broken
        done = await served.call("systemctl", "start", "x")
        assert done.returncode == 1
        assert done.stderr == b"ERROR systemctl failed: OSError: no such supervisor\n"

    play(scenario)
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--file", "-"], ["--file=-"]])
def test_a_large_request_to_an_agent_that_hangs_up_is_an_error(play: Any, words: list[str]):
    async def scenario(served: Served) -> None:
        path = served.folder / "deaf.sock"

        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_unix_server(hang_up, path):
            done = await served.call(
                *("state-set", *words),
                stdin=b"x" * 1_000_000,
                JUJU_AGENT_SOCKET_ADDRESS=str(path),
            )
        assert done.returncode == 1
        assert done.stderr.startswith(b"ERROR state-set: ")

    play(scenario)


def test_a_dash_that_is_a_value_does_not_read_stdin(play: Any):
    async def scenario(served: Served) -> None:
        reading, writing = os.pipe()  # never closed while the tool runs
        process = await asyncio.create_subprocess_exec(
            str(served.folder / "tools/status-set"),
            *("active", "-"),
            stdin=reading,
            env={"JUJU_CONTEXT_ID": KEY, "JUJU_AGENT_SOCKET_ADDRESS": str(served.socket)},
        )
        assert await asyncio.wait_for(process.wait(), 10) == 0
        os.close(reading)
        os.close(writing)

    play(scenario)


def test_a_socket_below_a_long_path_is_reached(play: Any, tmp_path: Path):
    async def scenario(served: Served) -> None:
        deep = tmp_path.joinpath(*("deep" * 10 for _ in range(5)))
        deep.mkdir(parents=True)
        served.socket.rename(deep / "tools.sock")
        done = await served.call(
            "config-get", "size", JUJU_AGENT_SOCKET_ADDRESS=str(deep / "tools.sock")
        )
        assert done == Completed(0, b"3\n", b"")

    play(scenario)


def test_without_any_socket_it_says_so(play: Any):
    async def scenario(served: Served) -> None:
        (served.folder / "tools/socket").unlink()
        done = await served.call("config-get", JUJU_AGENT_SOCKET_ADDRESS="")
        assert done.returncode == 1
        assert done.stderr.startswith(b"ERROR config-get: ")

    play(scenario)


JUNK = [
    b"",
    b"\0",
    b"GET / HTTP/1.1\r\n\r\n",
    struct.pack(">I", 0),
    struct.pack(">I", 2**32 - 1),
    struct.pack(">II", 4, 2**32 - 1),
    struct.pack(">II", 4, 10) + b"short",
    b"\xff" * 65536,
    struct.pack(">I", 4) + b"".join(struct.pack(">I", 2) + b"\xff\xfe" for _ in range(4)),
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_a_client_that_speaks_junk_disturbs_nobody(play: Any, junk: bytes):
    async def scenario(served: Served) -> None:
        reader, writer = await asyncio.open_unix_connection(served.socket)
        with suppress(ConnectionError):
            writer.write(junk)
            writer.write_eof()
            await reader.read()
        writer.close()
        assert (await served.call("config-get", "size")).stdout == b"3\n"

    play(scenario)


def test_clients_that_say_nothing_do_not_keep_others_waiting(play: Any):
    async def scenario(served: Served) -> None:
        silent = [await asyncio.open_unix_connection(served.socket) for _ in range(50)]
        assert (await served.call("config-get", "size")).stdout == b"3\n"
        for _, writer in silent:
            writer.close()

    play(scenario)


def test_a_client_that_hangs_up_before_the_answer_disturbs_nobody(play: Any):
    async def scenario(served: Served) -> None:
        fields = [b"config-get", KEY.encode(), b"/", b"", b"size"]
        request = struct.pack(">I", len(fields))
        request += b"".join(struct.pack(">I", len(field)) + field for field in fields)
        for _ in range(20):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(served.socket))
                client.send(request)
        assert (await served.call("config-get", "size")).stdout == b"3\n"

    play(scenario)


def test_the_socket_is_its_owner_s_alone(play: Any):
    async def scenario(served: Served) -> None:
        assert served.socket.stat().st_mode & 0o777 == 0o600

    play(scenario)


@pytest.mark.root
def test_another_user_is_refused_even_at_an_open_socket(play: Any, tmp_path: Path):
    async def scenario(served: Served) -> None:
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
                folder.chmod(0o755)
        served.socket.chmod(0o666)
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--reuid=4242", "--regid=4242", "--clear-groups"),
            *(str(tmp_path / "tools/config-get"), "size"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"JUJU_CONTEXT_ID": KEY, "JUJU_AGENT_SOCKET_ADDRESS": str(served.socket)},
        )
        out, err = await process.communicate()
        assert (process.returncode, out) == (1, b"")
        assert err.startswith(b"ERROR config-get: ")

    play(scenario)


def test_a_socket_path_that_is_too_long_is_named(tmp_path: Path):
    path = tmp_path / ("x" * 100) / "tools.sock"
    path.parent.mkdir()
    server = ToolServer(path, "app/0", {}, _commands)
    with pytest.raises(PreflightError, match=r"too long for a socket.*\n.*XDG_RUNTIME_DIR"):
        asyncio.run(server.start())


def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path):
    async def scenario() -> None:
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(tmp_path / "s"))
        server = ToolServer(tmp_path / "s", "app/0", {}, _commands)
        await server.start()
        await server.close()

    asyncio.run(scenario())
    assert not (tmp_path / "s").exists()


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="others are called by root alone")
@pytest.mark.parametrize(("caller", "answers"), [(0, True), (4321, True), (4322, False)])
def test_the_user_of_the_machine_is_answered_and_no_other(
    tmp_path: Path, caller: int, answers: bool
):
    path = Path(tempfile.mkdtemp()) / "s"
    path.parent.chmod(0o755)
    ask = "socket(S, 1, 1, 0); connect(S, pack('S a*', 1, $ARGV[0])) or die; syswrite S, "
    ask += "pack('N(N/a*)*', 4, 'x', '', '/', ''); print length <S> // 0"

    async def body() -> bytes:
        server = ToolServer(path, "app/0", {}, _commands, user=4321)
        await server.start()
        path.chmod(0o666)
        try:
            client = await asyncio.create_subprocess_exec(
                *("setpriv", f"--reuid={caller}", "--clear-groups", "perl", "-e", ask, str(path)),
                stdout=subprocess.PIPE,
            )
            return (await client.communicate())[0]
        finally:
            await server.close()
            path.parent.rmdir()

    assert (asyncio.run(body()) not in (b"", b"0")) == answers
