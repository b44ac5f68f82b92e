"""Guarantees of the local cloud when things die, hang or try to do harm."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.clouds.local.machine import LocalMachine
from kafkastack.errors import KafkastackError
from tests.fakes.addresses import reserve_user
from tests.fakes.engine import processes
from tests.fakes.host import mounts
from tests.fakes.readable import open_to_others
from tests.machines.harness import SPEC, Answer, run, systemctl, until, write

REPOSITORY = Path(__file__).parents[2]
SERVICE = """\
[Service]
Environment=SECRET=s3cr3t-of-the-service
ExecStart=/bin/sh -c 'echo run >> "$$HOME/runs"; {body}'
Restart=on-failure
TimeoutStopSec={stop}
[Install]
WantedBy=multi-user.target
"""
IDLE = "exec sleep 1000"
Scenario = Callable[[LocalCloud, LocalMachine], Coroutine[Any, Any, None]]

USER = reserve_user()
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="shows what root may not do")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "100% of a controller's data"


@pytest.fixture
def runtime(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    folder = runtime_folder(root)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def play(root: Path, runtime: Path) -> "Callable[[Scenario], None]":
    """Play a scenario on a machine; afterwards nothing of it is left on this host."""

    def body(scenario: Scenario) -> None:
        asyncio.run(_play(root, runtime, scenario))
        assert not processes_with(str(root))
        assert not mounts_of(root)

    return body


async def _play(root: Path, runtime: Path, scenario: Scenario) -> None:
    cloud = LocalCloud(root, runtime, upkeep_seconds=0.2)
    try:
        machine = await attached(cloud)
        await asyncio.wait_for(scenario(cloud, machine), 60)
    finally:
        await cloud.destroy(SPEC, None)
        await cloud.shutdown()


async def attached(cloud: LocalCloud) -> LocalMachine:
    machine = await cloud.attach(SPEC, await cloud.create(SPEC))
    assert isinstance(machine, LocalMachine)
    return machine


def processes_with(word: str) -> list[str]:
    """Return where `word` stands in the command lines and environments of living processes."""
    texts = [
        read(process / name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and int(process.name) != os.getpid()
        for name in ("cmdline", "environ")
    ]
    return [text.replace("\0", " ") for text in texts if word in text]


def sleepers(machine: LocalMachine, seconds: str) -> list[int]:
    """Return the processes of a machine that sleep so long."""
    home = f"HOME={machine.paths.home}\0"
    return [pid for pid, words, env in processes() if words == ["sleep", seconds] and home in env]


def read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def mounts_of(folder: Path) -> list[str]:
    return [line for line in read(Path("/proc/mounts")).splitlines() if folder.name[:4] in line]


async def start_service(
    machine: LocalMachine, folder: Path, body: str = IDLE, stop: int = 10
) -> Answer:
    path = await write(machine, folder, "x.service", SERVICE.format(body=body, stop=stop))
    answer = await systemctl(machine, "enable", "--now", path)
    await until_runs(machine, 1)
    return answer


async def pid_of(machine: LocalMachine) -> int:
    return (await machine.services.state("x.service")).main_pid


def runs(machine: LocalMachine) -> int:
    return len(read(Path(machine.paths.home) / "runs").splitlines())


async def until_runs(machine: LocalMachine, count: int) -> None:
    async def is_so() -> bool:
        return runs(machine) == count

    await until(is_so)


def supervisor_pid(root: Path) -> int:
    return int((root / "supervisor/supervisord.pid").read_text())


def test_nothing_stops_and_nothing_starts_twice_when_the_supervisor_is_killed(
    play: "Callable[[Scenario], None]", root: Path, tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path)
        workload, supervisor = await pid_of(machine), supervisor_pid(root)
        os.kill(supervisor, signal.SIGKILL)

        async def is_supervised_again() -> bool:
            program = await cloud._supervisor.info("0a1b2c3d-0.x.service")
            return supervisor_pid(root) != supervisor and program.statename == "RUNNING"

        await until(is_supervised_again)
        assert (await pid_of(machine), runs(machine)) == (workload, 1)
        os.kill(workload, signal.SIGKILL)

        async def is_another() -> bool:
            return await pid_of(machine) not in (0, workload)

        await until(is_another)
        await until_runs(machine, 2)

    play(scenario)


def test_an_adopted_service_is_stopped_cleanly(
    play: "Callable[[Scenario], None]", root: Path, tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        body = 'trap "echo bye; exit 0" TERM; while :; do sleep 0.05; done'
        await start_service(machine, tmp_path, body, stop=1000)  # nobody waits for that here
        supervisor = supervisor_pid(root)
        os.kill(supervisor, signal.SIGKILL)

        async def is_back() -> bool:
            return supervisor_pid(root) != supervisor and await cloud._supervisor.is_alive()

        await until(is_back)
        assert (await systemctl(machine, "stop", "x")).code == 0
        assert (await systemctl(machine, "is-active", "x")).out == "inactive\n"
        assert "bye\n" in (await journal(machine, "-u", "x")).out
        assert runs(machine) == 1

    play(scenario)


def test_a_stop_while_the_supervisor_is_dead_ends_the_workload(
    play: "Callable[[Scenario], None]", root: Path, tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path)
        await cloud.close()  # nobody looks after it
        os.kill(supervisor_pid(root), signal.SIGKILL)
        await systemctl(machine, "stop", "x")
        assert await pid_of(machine) == 0
        assert (await systemctl(machine, "is-active", "x")).code == 3

    play(scenario)


CONTROLLER = """
import asyncio, sys
from pathlib import Path
from kafkastack.clouds.local.cloud import LocalCloud
from tests.integration.test_local_cloud import attached, start_service
async def main(root, runtime, folder):
    machine = await attached(LocalCloud(Path(root), Path(runtime)))
    await start_service(machine, Path(folder))
    print("started", flush=True)
    await asyncio.Event().wait()
asyncio.run(main(*sys.argv[1:]))
"""


def test_workloads_outlive_a_killed_controller_and_the_next_one_finds_them(
    root: Path, runtime: Path, tmp_path: Path
):
    controller = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, root, runtime, tmp_path],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}/src:{REPOSITORY}"},
    )
    with controller:
        assert controller.stdout
        assert controller.stdout.readline() == b"started\n"
        controller.kill()

    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        assert runs(machine) == 1
        assert await pid_of(machine)
        assert (await systemctl(machine, "disable", "--now", "x")).code == 0

    asyncio.run(_play(root, runtime, scenario))
    assert not processes_with(str(root))
    assert not mounts_of(root)


def test_after_a_reboot_services_start_again(
    play: "Callable[[Scenario], None]", root: Path, runtime: Path, tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path)
        await cloud.close()
        os.kill(supervisor_pid(root), signal.SIGKILL)
        os.kill(await pid_of(machine), signal.SIGKILL)
        again = LocalCloud(root, runtime)
        machine = await attached(again)

        async def is_up() -> bool:
            return await pid_of(machine) != 0

        await until(is_up)
        await until_runs(machine, 2)
        await again.close()

    play(scenario)


def test_eight_starts_at_once_start_one(play: "Callable[[Scenario], None]", tmp_path: Path):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        path = await write(machine, tmp_path, "x.service", SERVICE.format(body=IDLE, stop=10))
        await systemctl(machine, "enable", path)
        await asyncio.gather(*(systemctl(machine, "start", "x") for _ in range(8)))
        await until_runs(machine, 1)

    play(scenario)


def test_a_deaf_service_is_killed_after_its_own_seconds(
    play: "Callable[[Scenario], None]", tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        body = 'trap "" TERM; while :; do sleep 0.1; done'
        await start_service(machine, tmp_path, body, stop=1)
        await systemctl(machine, "stop", "x")  # the 90 s of systemd would be too long for `play`
        assert await pid_of(machine) == 0

    play(scenario)


def test_what_a_service_left_in_another_session_ends_with_it(
    play: "Callable[[Scenario], None]", tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path, f"setsid sleep 1234 & {IDLE}", stop=1)

        async def is_left() -> bool:
            return bool(sleepers(machine, "1234"))

        await until(is_left)
        await systemctl(machine, "stop", "x")
        assert sleepers(machine, "1234") == []
        assert (await systemctl(machine, "is-active", "x")).out == "inactive\n"

    play(scenario)


def test_a_service_that_died_and_left_a_child_is_started_again(
    play: "Callable[[Scenario], None]", tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path, f"sleep 1234 & {IDLE}", stop=1)
        first = await pid_of(machine)
        os.kill(first, signal.SIGKILL)

        async def is_another() -> bool:
            return await pid_of(machine) not in (0, first)

        await until(is_another)
        await until_runs(machine, 2)

    play(scenario)


def test_destroy_ends_strays_and_never_hangs(root: Path, runtime: Path, tmp_path: Path):
    async def body() -> None:
        cloud = LocalCloud(root, runtime)
        machine = await attached(cloud)
        await run(machine, "sh", "-c", "trap '' TERM; setsid sleep 1000 >/dev/null 2>&1 &")
        await start_service(machine, tmp_path, "trap : TERM; while :; do sleep 1; done", stop=1)
        async with asyncio.timeout(60):
            await cloud.destroy(SPEC, machine.instance)
            await cloud.destroy(SPEC, machine.instance)
            await cloud.shutdown()

    asyncio.run(body())
    assert not processes_with(str(root))
    assert not list((root / "machines").iterdir())


@pytest.mark.parametrize(
    "gone", ["services", "home", "units", "instance.json", "agents", "tmp", "storage", "."]
)
def test_a_destroy_that_was_killed_while_it_removed_files_goes_on(
    root: Path, runtime: Path, gone: str
):
    async def scenario() -> None:
        cloud = LocalCloud(root, runtime)
        instance = await cloud.create(SPEC)
        await cloud.close()
        [folder] = (root / "machines").iterdir()
        subprocess.run(["rm", "-rf", folder if gone == "." else folder / gone], check=True)
        again = LocalCloud(root, runtime)
        await again.destroy(SPEC, instance)
        assert not folder.exists()
        await again.shutdown()

    asyncio.run(scenario())


def test_a_services_environment_is_its_own_and_its_secrets_stay_there(
    play: "Callable[[Scenario], None]",
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("CALLERS_SECRET", "leaked")

    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path, IDLE)
        environment = read(Path(f"/proc/{await pid_of(machine)}/environ"))
        assert "SECRET=s3cr3t-of-the-service" in environment
        assert f"HOME={machine.paths.home}" in environment
        assert "CALLERS_SECRET" not in environment
        assert "SUPERVISOR" not in environment
        commands = [read(process / "cmdline") for process in Path("/proc").glob("[0-9]*")]
        assert not any("s3cr3t-of-the-service" in command for command in commands)
        assert not [p for p in open_to_others(root) if "s3cr3t-of-the-service" in read(p)]

    play(scenario)


def test_output_is_kept_and_shown(play: "Callable[[Scenario], None]", tmp_path: Path):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path, f"echo one; echo two >&2; {IDLE}")

        async def is_written() -> bool:
            return b"two" in (await journal(machine, "-u", "x")).out.encode()

        await until(is_written)
        assert (await journal(machine, "-u", "x", "-n", "1", "--no-pager")).out == "two\n"
        refused = await journal(machine, "--since", "yesterday")
        assert "--since cannot be done on the local cloud" in refused.err

    play(scenario)


async def journal(machine: LocalMachine, *words: str) -> Answer:
    done = await machine.tools["journalctl"](words, "/", b"")
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_unit_that_cannot_be_done_is_refused_and_not_linked(
    play: "Callable[[Scenario], None]", tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        text = "[Service]\nExecStart=/bin/true\nPrivateTmp=yes\n"
        path = await write(machine, tmp_path, "x.service", text)
        refused = await systemctl(machine, "enable", path)
        assert refused.code == 1
        assert refused.err == "ERROR x.service: PrivateTmp cannot be done on the local cloud\n"
        assert (await systemctl(machine, "is-enabled", "x")).code == 1
        assert (await systemctl(machine, "edit", "x")).err == (
            "ERROR systemctl: edit cannot be done on the local cloud\n"
        )

    play(scenario)


def test_a_service_that_fails_says_so(play: "Callable[[Scenario], None]", tmp_path: Path):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        path = await write(machine, tmp_path, "x.service", "[Service]\nExecStart=/bin/false\n")
        await systemctl(machine, "enable", "--now", path)

        async def is_failed() -> bool:
            return (await systemctl(machine, "is-failed", "x")).out == "failed\n"

        await until(is_failed)
        shown = await systemctl(machine, "show", "x", "-p", "Result,ExecMainStatus")
        assert shown.out == "ExecMainStatus=1\nResult=exit-code\n"
        assert (await systemctl(machine, "reset-failed", "x")).code == 0
        assert (await systemctl(machine, "is-active", "x")).out == "inactive\n"

    play(scenario)


def test_a_change_of_the_unit_file_needs_a_restart_only(
    play: "Callable[[Scenario], None]", tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        await start_service(machine, tmp_path)
        changed = SERVICE.format(body="exec sleep 999", stop=10)
        await write(machine, tmp_path, "x.service", changed)
        await systemctl(machine, "restart", "x")

        async def is_the_new_one() -> bool:
            return "999" in read(Path(f"/proc/{await pid_of(machine)}/cmdline"))

        await until(is_the_new_one)

    play(scenario)


def test_files_are_only_put_onto_the_machine(play: "Callable[[Scenario], None]", tmp_path: Path):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        for target in ("/etc/passwd", f"{machine.paths.agents}/../../../other"):
            with pytest.raises(KafkastackError, match="is not on machine juju-6789ab-0"):
                await machine.remove(target)

    play(scenario)


@pytest.mark.parametrize(
    ("words", "out"),
    [
        ("sudo echo hi", "hi\n"),
        ("sudo -u root -E echo hi", "hi\n"),
        ("sudo -- echo -u", "-u\n"),
        ("sudo A=b sh -c 'echo $A'", "b\n"),
    ],
)
def test_sudo_runs_the_command(play: "Callable[[Scenario], None]", words: str, out: str):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        assert (await run(machine, "sh", "-c", words)).out == out

    play(scenario)


HARM = """
id -u
touch "$HOME/mine" /tmp/mine /var/tmp/mine /dev/shm/mine && echo wrote its own
for place in /etc /root /usr/bin /var/lib {repository}; do
    touch "$place/harm" 2>/dev/null && echo "wrote to $place"
done
touch {root}/harm {root}/machines/harm 2>/dev/null
echo 1 2>/dev/null >/proc/sys/kernel/panic && echo changed the kernel
mount -o remount,rw / 2>/dev/null && echo remounted
chown 1 "$HOME/mine" 2>/dev/null && echo chowned
test -S /run/systemd/private && echo reaches systemd
test -S /run/dbus/system_bus_socket && echo reaches the bus
exit 0
"""


@pytest.mark.root
@needs_root
def test_a_hook_run_by_root_cannot_harm_the_host(play: "Callable[[Scenario], None]", root: Path):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        before = mounts()
        # Below /tmp the machine's own /tmp covers a checkout: a write there is the machine's.
        repository = "" if REPOSITORY.is_relative_to("/tmp") else str(REPOSITORY)
        script = HARM.replace("{repository}", repository).replace("{root}", f'"{root}"')
        answer = await run(machine, "sh", "-c", script)
        assert answer.out == f"{machine.user}\nwrote its own\n"
        assert not Path("/tmp/mine").exists() and not (REPOSITORY / "harm").exists()
        assert (Path(machine.paths.home).parent / "tmp/mine").exists()
        assert not (root / "harm").exists() and not (root / "machines/harm").exists()
        assert mounts() == before

    play(scenario)


@pytest.mark.root
@needs_root
def test_a_service_run_by_root_has_the_same_view(
    play: "Callable[[Scenario], None]", tmp_path: Path
):
    async def scenario(cloud: LocalCloud, machine: LocalMachine) -> None:
        body = f'touch /etc/harm || id -u > "$$HOME/uid"; touch /tmp/seen; {IDLE}'
        await start_service(machine, tmp_path, body)
        seen = Path(machine.paths.home).parent / "tmp/seen"

        async def is_seen() -> bool:
            return seen.exists()

        await until(is_seen)
        assert (Path(machine.paths.home) / "uid").read_text() == f"{machine.user}\n"
        assert not Path("/etc/harm").exists()

    play(scenario)


REFUSED = """
import asyncio, sys
from pathlib import Path
from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.errors import PreflightError
from tests.machines.harness import SPEC
try:
    asyncio.run(LocalCloud(Path(sys.argv[1]), Path(sys.argv[2])).create(SPEC))
except PreflightError as error:
    print(error)
"""


@pytest.mark.root
@needs_root
def test_where_root_cannot_be_kept_from_harm_it_is_refused(root: Path, runtime: Path):
    done = subprocess.run(
        [
            *("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"),
            *(sys.executable, "-c", REFUSED, root, runtime),
        ],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}/src:{REPOSITORY}"},
    )

    assert "cannot keep programs run by root from changing this host: view: unshare" in done.stdout
    assert "Run kafkastack as an ordinary user" in done.stdout


@pytest.mark.root
@needs_root
def test_everything_holds_for_an_ordinary_user_without_a_passwd_entry(ordinary: Path):
    done = subprocess.run(
        [
            *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"),
            *(ordinary / "venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-p", "no:hypothesispytest", "-k", "not container"),
            *(f"--basetemp={ordinary}/tests", "tests/integration/test_local_cloud.py"),
            "tests/machines",
        ],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin", "HOME": str(ordinary), "PYTHONDONTWRITEBYTECODE": "1"},
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


@pytest.fixture
def ordinary() -> Iterator[Path]:
    """Make a folder of another user with an environment of the system's Python in it."""
    python = shutil.which("python3", path="/usr/bin:/bin")
    if not python or system_version(python) != sys.version_info[:2]:
        pytest.skip("the system's Python is not the one of these tests")
    base = Path("/tmp") / f"kafkastack-ordinary-{os.getpid()}"
    base.mkdir(mode=0o700)
    subprocess.run([python, "-m", "venv", "--without-pip", base / "venv"], check=True)
    (packages,) = (base / "venv/lib").glob("python*/site-packages")
    ours = [sysconfig.get_path("purelib"), f"{REPOSITORY}/src"]
    (packages / "ours.pth").write_text("\n".join(ours))
    for path in (base, *base.rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)
    yield base
    shutil.rmtree(base)
    shutil.rmtree(f"/tmp/kafkastack-{USER}", ignore_errors=True)


def system_version(python: str) -> "tuple[int, ...]":
    ask = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    return tuple(int(word) for word in done.stdout.split())
