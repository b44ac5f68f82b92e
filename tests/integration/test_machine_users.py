"""Reach of a machine of the local cloud into this host and into others, where root runs it."""

import asyncio
import ctypes
import os
import platform
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.clouds.local.machine import LocalMachine
from kafkastack.clouds.protocol import Command
from tests.machines.harness import SPEC, run, systemctl, until, write

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's machines run as he does"),
]

OTHER = replace(SPEC, machine_id="1")
SECRET = "s3cr3t-of-somebody"
SERVICE = "[Service]\nExecStart=/bin/sh -c '{body}'\n[Install]\nWantedBy=multi-user.target\n"
IDLE = "exec sleep 1000"
JOIN_SESSION = 1  # of keyctl


class Two:
    """Two machines of a cloud, and what is around them."""

    def __init__(self, cloud: LocalCloud, one: LocalMachine, other: LocalMachine) -> None:
        self.cloud, self.one, self.other = cloud, one, other

    async def says(self, script: str, *words: str) -> str:
        """Return all that a script says that is run on the one machine."""
        answer = await run(self.one, "sh", "-c", f"exec 2>&1; {script}", "sh", *words)
        return answer.out.strip()


Scenario = Callable[[Two], Coroutine[Any, Any, None]]
Play = Callable[[Scenario], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def runtime(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    folder = runtime_folder(root)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def play(root: Path, runtime: Path) -> Play:
    """Play a scenario on two machines; no process of their users is left."""

    async def body(scenario: Scenario) -> list[int]:
        cloud = LocalCloud(root, runtime)
        try:
            machines = [await attached(cloud, spec) for spec in (SPEC, OTHER)]
            await asyncio.wait_for(scenario(Two(cloud, *machines)), 60)
        finally:
            await cloud.destroy(SPEC, None)
            await cloud.destroy(OTHER, None)
            await cloud.shutdown()
        return [machine.user for machine in machines]

    def run_it(scenario: Scenario) -> None:
        users = asyncio.run(body(scenario))
        assert not {user: found for user in users if (found := processes_of(user))}

    return run_it


async def attached(cloud: LocalCloud, spec: Any = SPEC) -> LocalMachine:
    machine = await cloud.attach(spec, await cloud.create(spec))
    assert isinstance(machine, LocalMachine)
    return machine


def processes_of(user: int) -> list[str]:
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            status = (process / "status").read_text()
        except OSError:
            continue
        if re.search(rf"^Uid:.*\b{user}\b", status, re.MULTILINE) and "State:\tZ" not in status:
            found.append(process.name)
    return found


@pytest.fixture
def in_root_s_home() -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir=pwd.getpwuid(0).pw_dir, prefix=".kafkastack-") as file:
        file.write(SECRET.encode())
        file.flush()
        Path(file.name).chmod(0o644)
        yield Path(file.name)


def test_each_machine_has_a_user_of_its_own_who_has_a_name_and_no_power(play: Play):
    async def scenario(two: Two) -> None:
        users = {os.getuid(), two.one.user, two.other.user}
        assert len(users) == 3
        assert await two.says("id -u; id -g; id -un; id -gn; whoami") == (
            f"{two.one.user}\n{two.one.user}\nubuntu\nubuntu\nubuntu"
        )
        home = await two.says("getent passwd ubuntu | cut -d: -f6")
        assert home == two.one.paths.home
        status = await two.says("cat /proc/self/status")
        assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)
        assert set(re.findall(r"^Cap\w+:\s(\w+)$", status, re.MULTILINE)) == {"0" * 16}
        assert re.search(rf"^Groups:\s{two.one.user}\s*$", status, re.MULTILINE)

    play(scenario)


@pytest.mark.parametrize(
    "attack",
    [
        "cat /etc/shadow",
        'cat "$SECRET_FILE"',
        'cat "$ROOT/controller/state.db"',
        'ls "$ROOT/supervisor"',
        'cat "$ROOT"/machines/*/instance.json',
        'cat "$OTHER_HOME/mine"',
        'ls "$OTHER_HOME"',
        'cat "/proc/$OTHER_PID/environ"',
        'ls "/proc/$OTHER_PID/root/root"',
        'ls "/proc/$OTHER_PID/cwd/"',
        'cat "/proc/$CONTROLLER_PID/environ"',
        'kill -KILL "$OTHER_PID"',
        'kill -0 "$CONTROLLER_PID"',
        "kill -0 1",
        "chown 0 mine",
        "perl -e '$> = 0; $< = 0; exit($> == 0 ? 0 : 1)'",
        "perl -e 'kill(9, -1)' && kill -0 $OTHER_PID && exit 1",
        "touch /etc/harm",
        "umount -l /root",
        "unshare --user --map-root-user --mount umount -l /root",
        "unshare --user --map-root-user cat /etc/shadow",
        "sudo cat /etc/shadow",
        'echo "touch /harm" > ../services/x.service/run',
        "mv ../services ../mine",
        'mv "/tmp/$IN_TMP" /tmp/away',
        "ls /run/user/0",
    ],
)
def test_a_machine_cannot(play: Play, root: Path, in_root_s_home: Path, attack: str):
    async def scenario(two: Two) -> None:
        (root / "controller").mkdir()
        (root / "controller/state.db").write_text(SECRET)
        await run(two.other, "sh", "-c", 'echo s3cr3t-of-somebody > "$HOME/mine"')
        names = (
            "export SECRET_FILE={} ROOT={} OTHER_HOME={} OTHER_PID={} CONTROLLER_PID={} IN_TMP={}"
        )
        env = {**two.other.environment, "PATH": two.other.path, "X": SECRET}
        victim = await two.other.start(Command(("sleep", "1000"), env, two.other.paths.home))
        await until_user(victim.pid, two.other.user)
        given = names.format(
            *(in_root_s_home, root, two.other.paths.home, victim.pid, os.getpid()),
            root.parts[2] if root.parts[1] == "tmp" else "nothing",
        )
        said = await two.says(f"{given}; touch mine; {attack} && echo SUCCEEDED")
        assert "SUCCEEDED" not in said, said
        assert SECRET not in said, said
        assert not is_shadow(said), said
        assert (Path(two.one.paths.home) / "mine").exists(), "it was tried"
        assert Path(f"/proc/{victim.pid}/status").exists()
        victim.kill()
        await victim.wait()

    play(scenario)


def is_shadow(text: str) -> bool:
    return re.search(r"^root:\S*:\d+:", text, re.MULTILINE) is not None


async def until_user(pid: int, user: int) -> None:
    async def is_so() -> bool:
        return re.search(rf"^Uid:\s{user}\s", Path(f"/proc/{pid}/status").read_text(), re.M)

    await until(is_so)


def test_other_people_s_homes_are_empty_and_paths_of_ours_below_them_are_not(
    play: Play, in_root_s_home: Path
):
    async def scenario(two: Two) -> None:
        assert in_root_s_home.name not in await two.says("ls -A /root /home")
        assert await two.says('"$0" -c "print(1)"'.replace("$0", two.one.python)) == "1"

    play(scenario)


def test_nothing_that_root_has_open_is_left_to_a_program(play: Play):
    async def scenario(two: Two) -> None:
        assert (await two.says("ls /proc/self/fd")).split() == ["0", "1", "2", "3"]

    play(scenario)


def test_the_keys_of_root_s_session_are_left_behind(play: Play):
    async def scenario(two: Two) -> None:
        libc = ctypes.CDLL(None)
        number, add = (250, 248) if platform.machine() == "x86_64" else (219, 217)
        if libc.syscall(number, JOIN_SESSION, None) < 0:
            pytest.skip("this host keeps no keys")
        content = SECRET.encode()
        key = libc.syscall(add, b"user", b"kafkastack-test", content, len(content), -3)
        assert key > 0
        asks = f"my $b = q(.) x 30; print syscall({number}, 11, {key}, $b, 30) > 0 ? $b : $!"
        assert await two.says(f"perl -e '{asks}'") == "Permission denied"

    play(scenario)


def test_nothing_types_into_the_terminal_of_who_enters(play: Play):
    async def scenario(two: Two) -> None:
        asks = "perl -e 'my $x = q(x) x 8; ioctl STDIN, {}, $x; print $!'"
        assert await two.says(asks.format("0x5412")) == "Operation not permitted"
        assert await two.says(asks.format("0x5413")) == "Inappropriate ioctl for device"

    play(scenario)


def test_who_is_known_by_no_mark_ends_with_the_machine_all_the_same(play: Play):
    async def scenario(two: Two) -> None:
        hidden = "env -i setsid sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' &"
        await run(two.one, "sh", "-c", f"{hidden} exit 0")
        assert processes_of(two.one.user)
        await two.one.stop()
        assert not processes_of(two.one.user)

    play(scenario)


def test_what_a_unit_file_sets_is_not_heard_by_what_root_runs(play: Play, tmp_path: Path):
    async def scenario(two: Two) -> None:
        home = two.one.paths.home
        await run(two.one, "sh", "-c", f'echo "open F, q(>), q({home}/ran.$<); 1" > Evil.pm')
        text = SERVICE.format(body=IDLE).replace(
            "[Install]", f"Environment=PERL5OPT=-MEvil PERL5LIB={home} BASH_ENV=/x\n[Install]"
        )
        await systemctl(
            two.one, "enable", "--now", await write(two.one, tmp_path, "x.service", text)
        )
        assert (await systemctl(two.one, "is-active", "x")).out == "active\n"
        assert not list(Path(home).glob("ran.0"))

    play(scenario)


@pytest.mark.parametrize("named", ["x.service", "env"])
def test_a_link_to_a_file_of_root_s_shows_nothing_of_it(
    play: Play, tmp_path: Path, in_root_s_home: Path, named: str
):
    async def scenario(two: Two) -> None:
        home = Path(two.one.paths.home)
        text = SERVICE.format(body=IDLE).replace(
            "[Install]", f"EnvironmentFile={home}/env\n[Install]"
        )
        (home / "x.service").write_text(text)
        (home / named).unlink(missing_ok=True)
        for secret in ("/etc/shadow", in_root_s_home):
            (home / named).symlink_to(secret)
            said = [
                await systemctl(two.one, "enable", "--now", f"{home}/x.service"),
                await systemctl(two.one, "cat", "x"),
                await systemctl(two.one, "restart", "x"),
            ]
            (home / named).unlink()
            assert said[0].code and said[2].code
            assert not any(SECRET in each.out + each.err for each in said)
            assert not any("root:" in each.out + each.err for each in said)

    play(scenario)


@pytest.mark.parametrize(
    "name", ["x]\ncommand=reboot\n[y.service", "a b.service", "x:y.service", "%(x)s.service"]
)
def test_a_unit_has_a_name_that_is_nothing_else(play: Play, name: str):
    async def scenario(two: Two) -> None:
        path = Path(two.one.paths.home) / name
        path.write_text(SERVICE.format(body=IDLE))
        answer = await systemctl(two.one, "enable", "--now", str(path))
        assert (answer.code, "Invalid unit name" in answer.err) == (1, True)

    play(scenario)


def test_a_machine_reads_its_own_services_output_alone(play: Play, tmp_path: Path):
    async def scenario(two: Two) -> None:
        text = SERVICE.format(body=f"echo {SECRET}; {IDLE}")
        path = await write(two.other, tmp_path, "x.service", text)
        await systemctl(two.other, "enable", "--now", path)
        other = Path(two.other.paths.home).parent
        name = f"../../{other.name}/services/x"
        await until_written(other / "services/x.service/out.log")
        done = await two.one.tools["journalctl"](("-u", name), "/", b"")
        assert SECRET.encode() not in done.stdout

    play(scenario)


async def until_written(path: Path) -> None:
    async def is_so() -> bool:
        return SECRET in path.read_text()

    await until(is_so)


def test_what_a_machine_puts_in_the_way_in_its_tmp_is_not_followed(
    play: Play, root: Path, runtime: Path, tmp_path: Path
):
    async def scenario(two: Two) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        with tempfile.TemporaryDirectory(dir="/var/tmp") as later:
            (Path(later) / "in").mkdir()
            await run(two.one, "ln", "-s", str(elsewhere), f"/tmp/{Path(later).name}")
            again = LocalCloud(root, runtime, visible=[Path(later) / "in"])
            machine = await attached(again)
            answer = await run(machine, "true")
            await again.close()
        assert "of the machine is in the way" in answer.err
        assert not list(elsewhere.iterdir())

    play(scenario)


def test_a_machine_from_before_is_given_to_a_user_and_its_services_run_on(
    play: Play, root: Path, runtime: Path, tmp_path: Path
):
    async def scenario(two: Two) -> None:
        path = await write(two.one, tmp_path, "x.service", SERVICE.format(body=IDLE))
        await systemctl(two.one, "enable", "--now", path)
        folder = Path(two.one.paths.home).parent
        subprocess.run(["chown", "-R", "-h", "0:0", folder], check=True)
        shutil.rmtree(folder / "etc")
        again = LocalCloud(root, runtime)
        machine = await attached(again)
        assert machine.user == two.one.user
        assert (await systemctl(machine, "is-active", "x")).out == "active\n"
        assert (await run(machine, "sh", "-c", 'cat "$1" > "$HOME/copy"', "sh", path)).code == 0
        assert not (folder / "moving.json").exists()
        await again.close()

    play(scenario)


def test_storage_of_another_machine_belongs_to_the_one_that_gets_it(play: Play, tmp_path: Path):
    async def scenario(two: Two) -> None:
        kept = f"{two.other.paths.storage}/data/0"
        await run(
            two.other, "sh", "-c", f"mkdir -p {kept}/in && umask 077 && echo 1 > {kept}/in/f"
        )
        await two.other.pull(kept, tmp_path / "shelf")
        await two.one.push(tmp_path / "shelf", f"{two.one.paths.storage}/data/0")
        moved = f"{two.one.paths.storage}/data/0/in"
        assert await two.says(f"cat {moved}/f; echo 2 > {moved}/f; cat {moved}/f") == "1\n2"

    play(scenario)


def test_a_file_that_no_machine_sees_is_copied_to_the_one_that_needs_it(
    play: Play, tmp_path: Path
):
    async def scenario(two: Two) -> None:
        (tmp_path / "key.pem").write_text(SECRET)
        (tmp_path / "key.pem").chmod(0o600)
        there = await two.one.place(tmp_path / "key.pem", f"{two.one.paths.agents}/resources/key")
        assert await two.says(f"cat {there}") == SECRET
        assert (await run(two.other, "cat", there)).code

    play(scenario)
