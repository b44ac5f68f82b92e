"""Controllers start when needed, once; they die, hand over, and leave nothing."""

import json
import os
import re
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import BINARY, Engine, engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

SOURCES = Path(__file__).parents[3] / "src"


def test_the_next_command_starts_a_killed_controller(own: Engine):
    first = own.controller_pid()
    own.kill_controller()
    assert own.status()["model"]["name"] == "m"
    assert own.controller_pid() not in (0, first)


def test_a_stale_socket_and_a_stale_lock_are_no_obstacle(own: Engine):
    folder = own.controller_folder()
    own.kill_controller()
    (folder / "api.sock").unlink()
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(folder / "api.sock"))
    (folder / "controller.lock").write_text("99999999")
    assert own.status()["model"]["name"] == "m"


def test_a_file_in_place_of_the_socket_is_replaced(own: Engine):
    own.kill_controller()
    (own.controller_folder() / "api.sock").unlink()
    (own.controller_folder() / "api.sock").write_text("not a socket")
    assert own.status()["model"]["name"] == "m"


def test_twenty_commands_at_once_start_one_controller(own: Engine):
    own.kill_controller()
    commands = [own.start("status", "--format", "json") for _ in range(20)]
    seen = set[int]()
    while any(command.poll() is None for command in commands):
        seen.add(own.controller_pid())
    answers = [command.communicate() for command in commands]
    assert [command.returncode for command in commands] == [0] * 20, answers
    assert all(json.loads(out)["model"]["name"] == "m" for out, _ in answers)
    assert len(seen - {0}) == 1


def test_twenty_writers_at_once_all_succeed(own: Engine, charms: Path):
    charm = str(write_charm(charms))
    commands = [own.start("deploy", charm, f"app-x{n}y", "-n", "1") for n in range(10)]
    commands += [own.start("add-model", f"model{n}", "--no-switch") for n in range(10)]
    answers = [command.communicate() for command in commands]
    assert [command.returncode for command in commands] == [0] * 20, answers
    own.wait_for_idle(count=10)
    assert len(json.loads(own("models", "--format", "json"))["models"]) == 11


def test_of_two_bootstraps_of_one_name_one_wins(bare: Engine):
    commands = [bare.start("bootstrap", "local", "en") for _ in range(5)]
    answers = [command.communicate() for command in commands]
    assert sorted(command.returncode for command in commands) == [0, 1, 1, 1, 1], answers
    assert all(
        'controller "en" already exists' in e
        for (_, e), c in zip(answers, commands, strict=True)
        if c.returncode
    )
    listed = json.loads(bare("controllers", "--format", "json"))["controllers"]
    assert list(listed) == ["en"]


def test_two_controllers_on_one_host_do_not_meet(own: Engine, charms: Path):
    charm = str(write_charm(charms))
    own("bootstrap", "local", "second")
    own("add-model", "m")
    for controller in ("en", "second"):
        own("deploy", "-m", f"{controller}:m", charm)
    addresses = set[str]()
    for controller in ("en", "second"):
        own("switch", controller)
        own.wait_for_idle(count=1)
        (unit,) = own.units().values()
        addresses.add(unit["public-address"].rpartition(".")[0])
    assert len(addresses) == 2, "each model has a block of its own"
    own("destroy-controller", "en", "--destroy-all-models", "--no-prompt")
    own("switch", "second")
    assert own.units().keys() == {"plain/0"}


def test_destroying_a_controller_leaves_nothing_and_is_quick(own: Engine, charms: Path):
    own("deploy", str(write_charm(charms)), "-n", "3")
    own.wait_for_idle(count=3)
    own("destroy-controller", "en", "--destroy-all-models", "--no-prompt", timeout=20)
    assert not own.processes()
    left = [
        p for p in (own.root / "data").rglob("*") if p.name not in (".client.lock", "client.json")
    ]
    assert [p for p in left if not p.is_dir()] == []
    assert [p for p in (own.root / "run").rglob("*") if not p.is_dir()] == []
    assert str(own.root) not in Path("/proc/mounts").read_text()


def test_a_destroy_that_was_interrupted_goes_on(own: Engine, charms: Path):
    own("deploy", str(write_charm(charms)))
    own.wait_for_idle(count=1)
    command = own.start("destroy-controller", "en", "--destroy-all-models", "--no-prompt")
    wait_until(
        lambda: "dying" in str(own.ask("show-model", "m").out) or command.poll() is not None
    )
    own.kill_controller()
    command.communicate()
    answer = own.ask("destroy-controller", "en", "--destroy-all-models", "--no-prompt")
    assert answer.code == 0 or "not found" in answer.err
    assert not own.processes()


def test_of_four_commands_that_destroy_at_once_none_is_puzzled(own: Engine):
    words = ("destroy-controller", "en", "--destroy-all-models", "--no-prompt")
    commands = [own.start(*words) for _ in range(4)]
    answers = [command.communicate()[1] for command in commands]
    assert 0 in [command.returncode for command in commands]
    for command, said in zip(commands, answers, strict=True):
        assert command.returncode == 0 or said.endswith(
            "ERROR controller en not found\ntype: kafkastack controllers\n"
        )
    assert not own.processes()


def test_files_are_their_owner_s_alone(own: Engine, charms: Path):
    own("deploy", str(write_charm(charms)))
    own.wait_for_idle(count=1)
    folder = own.controller_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("state.db", "controller.log", "controller.json", "api.sock", "controller.lock"):
        assert stat.S_IMODE((folder / name).stat().st_mode) & 0o077 == 0, name


@pytest.fixture
def other_version(tmp_path: Path) -> Iterator[Engine]:
    """An engine whose program is a copy that says it is another version."""
    yield from _engine_of(tmp_path, "9.9.9")


def _engine_of(folder: Path, version: str) -> Iterator[Engine]:
    tree = folder / "tree"
    shutil.copytree(SOURCES, tree, ignore=shutil.ignore_patterns("__pycache__"))
    about = tree / "kafkastack/__init__.py"
    about.write_text(
        re.sub(r'__version__ = ".*"', f'__version__ = "{version}"', about.read_text())
    )
    with engine() as made:
        made.bootstrap()
        program = made.root / "other"
        python = made.binary.with_name("python")
        program.write_text(f'#!/bin/sh\nPYTHONPATH={tree} exec {python} -m kafkastack "$@"\n')
        program.chmod(0o755)
        other = Engine(made.root, made.extra, program)
        yield other
        other("destroy-controller", "en", "--destroy-all-models", "--no-prompt")


def test_a_newer_command_takes_over_from_an_older_controller(other_version: Engine, charms: Path):
    older = Engine(other_version.root)
    older("deploy", str(write_charm(charms)))
    older.wait_for_idle(count=1)
    before = older.controller_pid()
    assert other_version.units().keys() == {"plain/0"}
    assert other_version.controller_pid() != before
    assert json.loads(other_version("version", "--format", "json"))["kafkastack"] == "9.9.9"


def test_a_hook_that_runs_while_a_newer_command_takes_over_is_run_again(
    other_version: Engine, charms: Path
):
    older = Engine(other_version.root)
    older("deploy", str(write_charm(charms)))
    older.wait_for_idle(count=1)
    older.do("plain/0", 'if [ ! -e "$HOME/once" ]; then touch "$HOME/once"; exec sleep 1000; fi')
    older("config", "plain", "text=x")
    wait_until(lambda: (older.home("plain/0") / "once").exists())
    before = older.hooks("plain/0").count("config-changed")
    other_version.wait_for_idle(count=1)
    assert older.hooks("plain/0").count("config-changed") == before + 1


def test_an_older_command_is_sent_to_the_newer_program(other_version: Engine):
    other_version("status")
    older = Engine(other_version.root)
    said = older.fails("status", code=6)
    assert "the controller runs kafkastack 9.9.9" in said
    assert "use the newer kafkastack" in said
    other_version("status")


def test_twenty_newer_commands_at_once_hand_over_once(other_version: Engine):
    commands = [other_version.start("status", "--format", "json") for _ in range(20)]
    answers = [command.communicate() for command in commands]
    assert [command.returncode for command in commands] == [0] * 20, answers


def test_a_database_of_a_newer_program_is_refused_with_the_reason(own: Engine):
    import sqlite3

    own.kill_controller()
    database = sqlite3.connect(own.controller_folder() / "state.db")
    database.execute("PRAGMA user_version=99")
    database.close()
    said = own.fails("status", code=6)
    assert "was written by a newer kafkastack" in said
    database = sqlite3.connect(own.controller_folder() / "state.db")
    database.execute("PRAGMA user_version=1")
    database.close()


def test_a_spoiled_client_file_is_named(own: Engine):
    file = own.root / "data/kafkastack/client.json"
    kept = file.read_text()
    file.write_text("{broken")
    assert str(file) in own.fails("status")
    file.write_text(kept)


def test_junk_on_the_api_socket_disturbs_nobody(own: Engine):
    folder = own.controller_folder()
    for junk in (b"", b"\0\n", b"{}\n", b"[1]\n", b'{"version": 1}\n', b"x" * 100_000):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(folder / "api.sock"))
            client.sendall(junk)
            client.shutdown(socket.SHUT_WR)
            client.recv(65536)
    own("status")
    assert "Traceback" not in (folder / "controller.log").read_text()


@pytest.fixture
def other_user() -> Iterator[Engine]:
    """An engine of another user, run by an interpreter that is everybody's."""
    with engine() as made:
        packages = BINARY.parents[1] / "lib/python3.11/site-packages"
        program = made.root / "as-user"
        program.write_text(
            "#!/bin/sh\n"
            f"export PYTHONPATH={SOURCES}:{packages}\n"
            "exec setpriv --reuid=4242 --regid=4242 --clear-groups "
            '/usr/bin/python3 -m kafkastack "$@"\n'
        )
        program.chmod(0o755)
        made.root.chmod(0o755)
        for path in (made.root, *made.root.iterdir()):
            os.chown(path, 4242, 4242)
        yield Engine(made.root, made.extra, program)


@pytest.mark.root
def test_two_users_on_one_host_do_not_meet(own: Engine, other_user: Engine):
    charm = str(write_charm(other_user.root))
    other_user.bootstrap()
    for user in (own, other_user):
        user("deploy", charm)
        user.wait_for_idle(count=1)
    assert Path(f"/proc/{other_user.controller_pid()}").stat().st_uid == 4242
    other_user("destroy-controller", "en", "--destroy-all-models", "--no-prompt")
    assert own.units().keys() == {"plain/0"}


@pytest.mark.root
def test_another_user_is_kept_out(own: Engine, other_user: Engine):
    folder = own.controller_folder()
    stranger = Engine(own.root, own.extra, other_user.binary)
    own.root.chmod(0o755)
    assert "Permission denied" in stranger.fails("status")
    for parent in (folder, *folder.parents):
        if parent == own.root:
            break
        parent.chmod(0o755)
    (own.root / "data/kafkastack/client.json").chmod(0o644)
    assert "belongs to another user" in stranger.fails("status", code=6)
    (folder / "api.sock").chmod(0o666)
    assert "another user" in stranger.fails("status", code=6)


@pytest.mark.root
def test_a_home_that_cannot_be_written_is_named_with_what_to_set(other_user: Engine):
    (other_user.root / "data").chmod(0o500)
    said = other_user.fails("bootstrap", "local", "en", code=3)
    assert f"cannot write {other_user.root}/data/kafkastack: Permission denied" in said
    assert "set KAFKASTACK_DATA" in said
    (other_user.root / "data").chmod(0o700)
