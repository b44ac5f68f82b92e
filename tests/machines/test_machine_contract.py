"""Every cloud keeps these promises: the same tests run on each."""

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from kafkastack.clouds import CloudFactory
from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.clouds.protocol import Cloud, Command, Machine
from tests.machines.container import ContainerCloud
from tests.machines.harness import SPEC, on_a_machine, run, systemctl, until, write
from tests.machines.image import why_not
from tests.machines.ssh import SSHCloud

CLOUDS: dict[str, CloudFactory] = {
    "local": LocalCloud,
    "container": ContainerCloud,
    "ssh": SSHCloud,
}
SERVICE = """\
[Unit]
Description=A test service
[Service]
Environment=GREETING=hello
ExecStart=/bin/sh -c 'echo $$GREETING from $$PPID; exec sleep 1000'
Restart=on-failure
SuccessExitStatus=143
[Install]
WantedBy=multi-user.target
"""
Scenario = Callable[[Callable[[Machine], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    folder = runtime_folder(tmp_path)
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if not path.is_dir() else path.rmdir()
    folder.rmdir()


_WITH_ROOT = [pytest.param(name, marks=pytest.mark.root) for name in ("container", "ssh")]


@pytest.fixture(params=["local", *_WITH_ROOT])
def make_cloud(
    request: pytest.FixtureRequest, tmp_path: Path, runtime: Path
) -> Callable[[], Cloud]:
    if request.param != "local" and (reason := why_not()):
        pytest.skip(reason)
    cache = tmp_path / "cache"
    cache.mkdir()
    make = CLOUDS[request.param]
    return lambda: make(tmp_path / "controller", runtime, path=(), visible=(cache,))


@pytest.fixture
def on_machine(make_cloud: Callable[[], Cloud]) -> Scenario:
    return lambda scenario: on_a_machine(make_cloud, scenario)


def test_create_finds_the_machine_that_an_interrupted_call_has_made(
    make_cloud: Callable[[], Cloud],
):
    async def body() -> None:
        cloud = make_cloud()
        instance = await cloud.create(SPEC)
        await cloud.close()
        again = make_cloud()
        try:
            assert await again.create(SPEC) == instance
            assert instance.address and instance.hostname and instance.base
        finally:
            await again.destroy(SPEC, instance)
            await again.destroy(SPEC, instance)  # gone already: fine
            await again.shutdown()

    asyncio.run(body())


def test_a_shutdown_ends_every_machine(make_cloud: Callable[[], Cloud], tmp_path: Path):
    async def body() -> int:
        cloud = make_cloud()
        machine = await cloud.attach(SPEC, await cloud.create(SPEC))
        process = await machine.start(Command(["sleep", "1000"], {"PATH": machine.path}, "/"))
        await cloud.shutdown()
        try:
            return await asyncio.wait_for(process.wait(), 20)
        except ConnectionError:  # its machine is not there to say how it ended
            return 1
        finally:
            await cloud.destroy(SPEC, None)

    assert asyncio.run(body()) != 0


def test_a_program_gets_its_environment_its_folder_and_nothing_else(
    on_machine: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CALLERS_SECRET", "leaked")

    async def scenario(machine: Machine) -> None:
        answer = await run(machine, "sh", "-c", "pwd; echo $HOME; env; exit 5")
        lines = answer.out.splitlines()
        assert answer.code == 5
        assert lines[:2] == [machine.paths.home, machine.paths.home]
        assert "CALLERS_SECRET" not in answer.out

    on_machine(scenario)


def test_a_program_that_is_not_there_ends_with_127(on_machine: Scenario):
    async def scenario(machine: Machine) -> None:
        answer = await run(machine, "no-such-program")
        assert answer.code == 127
        assert "no-such-program" in answer.err

    on_machine(scenario)


def test_wait_ends_with_the_program_and_kill_reaches_its_group(on_machine: Scenario):
    async def scenario(machine: Machine) -> None:
        env = {"PATH": machine.path}
        left = await machine.start(Command(["sh", "-c", "sleep 1000 & echo ok"], env, "/"))
        assert left.stdout
        assert await left.stdout.read() == b"ok\n"
        assert await left.wait() == 0
        left.kill()
        words = ["sh", "-c", "sleep 1000 & echo $!; wait"]
        for end in ("terminate", "kill"):
            long = await machine.start(Command(words, env, "/"))
            assert long.stdout
            child = (await long.stdout.readline()).decode().strip()
            assert await lives(machine, child)
            getattr(long, end)()
            assert await long.wait() != 0
            await until_gone(machine, child)

    on_machine(scenario)


async def lives(machine: Machine, pid: str) -> bool:
    """Report whether a process of the machine lives; one that nobody reaps does not."""
    return (await run(machine, "grep", "-q", "^State:.[^ZX]", f"/proc/{pid}/status")).code == 0


async def until_gone(machine: Machine, pid: str) -> None:
    async def is_gone() -> bool:
        return not await lives(machine, pid)

    await until(is_gone)


def test_a_program_leads_a_group_that_can_be_ended_from_within(on_machine: Scenario):
    async def scenario(machine: Machine) -> None:
        env = {"PATH": machine.path}
        script = "sleep 1000 & echo $$; wait"
        process = await machine.start(Command(["sh", "-c", script], env, "/"))
        assert process.stdout
        number = (await process.stdout.readline()).decode().strip()
        assert (await run(machine, "kill", "-KILL", "--", f"-{number}")).code == 0
        assert await asyncio.wait_for(process.wait(), 20) == -9

    on_machine(scenario)


def test_a_program_of_this_host_stands_for_one_of_the_machine(on_machine: Scenario):
    async def scenario(machine: Machine) -> None:
        env = {"PATH": machine.path}
        command = Command(["sh", "-c", "pwd; hostname; exit 5"], env, machine.paths.home)
        there = machine.enter(command)
        done = await asyncio.create_subprocess_exec(
            *there.argv, env=there.env, cwd=there.cwd, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await done.communicate()
        assert done.returncode == 5
        assert out.decode().split()[0] == machine.paths.home
        assert out.decode() == (await run(machine, "sh", "-c", "pwd; hostname")).out
        assert machine.tools or out.decode().split()[1] == machine.instance.hostname

    on_machine(scenario)


def test_python_is_new_enough_for_charms(on_machine: Scenario):
    async def scenario(machine: Machine) -> None:
        program = "import sys; print(sys.version_info >= (3, 10))"
        assert (await run(machine, machine.python, "-IS", "-c", program)).out == "True\n"

    on_machine(scenario)


def test_what_never_changes_is_placed_once(on_machine: Scenario, tmp_path: Path):
    library = tmp_path / "cache/library"
    library.mkdir()
    (library / "module.py").write_text("a = 1\n")

    async def scenario(machine: Machine) -> None:
        target = f"{machine.paths.agents}/libraries/a1b2"
        place = await machine.place(library, target)
        assert await machine.place(library, target) == place
        assert (await run(machine, "cat", f"{place}/module.py")).out == "a = 1\n"

    on_machine(scenario)


def test_stdin_can_be_a_file(on_machine: Scenario, tmp_path: Path):
    (tmp_path / "input").write_bytes(bytes(range(256)))

    async def scenario(machine: Machine) -> None:
        with (tmp_path / "input").open("rb") as stdin:
            command = Command(["cat"], {"PATH": machine.path}, "/", stdin=stdin)
            process = await machine.start(command)
        assert process.stdout
        assert await process.stdout.read() == bytes(range(256))

    on_machine(scenario)


def test_a_folder_is_pushed_as_one_and_pulled_back(on_machine: Scenario, tmp_path: Path):
    charm = tmp_path / "charm"
    charm.mkdir()
    (charm / "dispatch").write_text("#!/bin/sh\necho dispatched\n")
    (charm / "dispatch").chmod(0o755)
    (charm / "link").symlink_to("dispatch")

    async def scenario(machine: Machine) -> None:
        target = f"{machine.paths.agents}/unit-kafka-0/charm"
        await machine.push(charm, target)
        (charm / "more").touch()
        await machine.push(charm, target)
        assert (await run(machine, f"{target}/link")).out == "dispatched\n"
        await machine.pull(target, tmp_path / "back")
        await machine.pull(f"{target}/dispatch", tmp_path / "one")
        await machine.remove(target)
        await machine.remove(target)
        assert (await run(machine, "ls", target)).code != 0

    on_machine(scenario)

    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == [
        "dispatch",
        "link",
        "more",
    ]
    assert os.access(tmp_path / "one", os.X_OK)


def test_a_socket_of_the_controller_answers_on_the_machine(on_machine: Scenario, runtime: Path):
    client = "socket(S, 1, 1, 0); connect(S, pack('S a*', 1, $ARGV[0])) or die $!; print <S>"
    callers: list[int] = []
    known: list[int] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("socket").getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, 12
        )
        callers.append(int.from_bytes(peer[4:8], "little"))
        writer.write(b"hello from the controller")
        await writer.drain()
        writer.close()

    async def scenario(machine: Machine) -> None:
        known.append(machine.user)
        path = runtime / "unit.socket"
        async with await asyncio.start_unix_server(answer, path):
            target = f"{machine.paths.sockets}/unit-kafka-0"
            await machine.forward(path, target)
            await machine.forward(path, target)
            found = await run(machine, "perl", "-e", client, target)
        assert found.out == "hello from the controller", found.err
        assert len(target) < 108

    on_machine(scenario)

    assert callers == known


def test_a_service_lives_through_its_unit_file(on_machine: Scenario, tmp_path: Path):
    async def scenario(machine: Machine) -> None:
        path = await write(machine, tmp_path, "x.service", SERVICE)
        assert (await systemctl(machine, "enable", path)).code == 0
        assert (await systemctl(machine, "is-enabled", "x")).out == "enabled\n"
        assert (await systemctl(machine, "is-active", "x")).out == "inactive\n"
        await systemctl(machine, "restart", "x")
        assert (await systemctl(machine, "is-active", "x")).out == "active\n"
        first = await main_pid(machine)
        await systemctl(machine, "restart", "x")
        assert await main_pid(machine) not in ("0", first)
        assert (await systemctl(machine, "status", "x", "--no-pager")).code == 0
        assert (await systemctl(machine, "disable", "--now", "x")).code == 0
        assert (await systemctl(machine, "is-active", "x")).code == 3

    on_machine(scenario)


async def main_pid(machine: Machine) -> str:
    return (await systemctl(machine, "show", "x", "-p", "MainPID", "--value")).out.strip()


def test_a_killed_service_comes_back(on_machine: Scenario, tmp_path: Path):
    async def scenario(machine: Machine) -> None:
        path = await write(machine, tmp_path, "x.service", SERVICE)
        await systemctl(machine, "enable", "--now", path)
        first = await main_pid(machine)
        assert (await systemctl(machine, "kill", "-s", "SIGKILL", "x")).code == 0

        async def is_another() -> bool:
            return await main_pid(machine) not in ("0", first)

        await until(is_another)
        assert (await systemctl(machine, "show", "x", "-p", "NRestarts")).out == "NRestarts=1\n"

    on_machine(scenario)


def test_a_restarted_machine_starts_what_is_enabled(on_machine: Scenario, tmp_path: Path):
    async def scenario(machine: Machine) -> None:
        enabled = await write(machine, tmp_path, "x.service", SERVICE)
        started = await write(machine, tmp_path, "y.service", SERVICE)
        await systemctl(machine, "enable", "--now", enabled)
        await systemctl(machine, "link", started)
        await systemctl(machine, "start", "y")
        first = await main_pid(machine)
        await machine.restart()

        async def is_up() -> bool:
            return (await systemctl(machine, "is-active", "x")).code == 0

        await until(is_up)
        assert (await systemctl(machine, "is-active", "y")).out == "inactive\n"
        assert machine.tools == {} or await main_pid(machine) != first

    on_machine(scenario)


# Over SSH the same systemd answers as on the container.
@pytest.mark.parametrize("make_cloud", ["local", _WITH_ROOT[0]], indirect=True)
@pytest.mark.parametrize(
    ("words", "code", "out", "err"),
    [
        ("is-active nope", 3, "inactive\n", ""),
        ("is-failed nope", 1, "inactive\n", ""),
        ("status nope", 4, "", "Unit nope.service could not be found.\n"),
        (
            "start nope",
            5,
            "",
            "Failed to start nope.service: Unit nope.service not found.\n",
        ),
        (
            "restart nope",
            5,
            "",
            "Failed to restart nope.service: Unit nope.service not found.\n",
        ),
        ("stop nope", 5, "", "Failed to stop nope.service: Unit nope.service not loaded.\n"),
        (
            "enable nope",
            1,
            "",
            "Failed to enable unit: Unit file nope.service does not exist.\n",
        ),
        (
            "disable --now nope",
            1,
            "",
            "Failed to disable unit: Unit file nope.service does not exist.\n",
        ),
        (
            "is-enabled nope",
            1,
            "",
            "Failed to get unit file state for nope.service: No such file or directory\n",
        ),
        ("cat nope", 1, "", "No files found for nope.service.\n"),
        ("start", 1, "", "Too few arguments.\n"),
        (
            "show nope -p MainPID,LoadState,ActiveState",
            0,
            "MainPID=0\nLoadState=not-found\nActiveState=inactive\n",
            "",
        ),
        ("daemon-reload", 0, "", ""),
    ],
)
def test_systemctl_answers_in_systemds_words(
    words: str, code: int, out: str, err: str, shared_machine: "Callable[..., Any]"
):
    answer = shared_machine(words)

    assert (answer.code, answer.out, answer.err) == (code, out, err)


@pytest.fixture
def shared_machine(make_cloud: Callable[[], Cloud]) -> "Callable[..., Any]":
    def ask(words: str) -> Any:
        answers: list[Any] = []

        async def scenario(machine: Machine) -> None:
            answers.append(await systemctl(machine, *words.split()))

        on_a_machine(make_cloud, scenario)
        return answers[0]

    return ask
