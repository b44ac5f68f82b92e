"""ssh and scp: into a machine and out again, with ssh's own options and exit codes."""

import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

ED25519 = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFC7ZlpFV0rDUoNFgR2BwcyzBo2a8Nl7nR9hR1ImVxyz me@here"
)


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    """A model with units one/0 and one/1, and machine 2 without a unit."""
    shared("deploy", str(write_charm(charms)), "one", "-n", "2")
    shared("add-machine")
    shared.wait_for_idle(count=2)
    wait_until(lambda: shared.status()["machines"]["2"]["juju-status"]["current"] == "started")
    return shared


def test_a_command_runs_at_home_and_its_exit_code_is_ours(model: Engine):
    assert model("ssh", "one/0", "pwd").strip() == str(model.home("one/0"))
    answer = model.ask("ssh", "one/leader", "echo", "out;", "echo err >&2; exit 7")
    assert (answer.code, answer.out, answer.err) == (7, "out\n", "err\n")
    assert model("ssh", "ubuntu@1", "echo", "$HOME").strip() == str(model.home("one/1"))


def test_a_machine_without_units_is_entered_too(model: Engine):
    assert model("ssh", "2", "pwd").strip().endswith("-2/home")


@pytest.mark.parametrize(
    "words",
    [
        ["-t", "echo", "hello"],
        ["--", "echo", "hello"],
        ["-o", "StrictHostKeyChecking=no", "-i", "key", "-v", "echo hello"],
        ["-oBatchMode=yes", "-qT", "--", "echo", "hello"],
    ],
)
def test_options_of_ssh_may_follow_the_target(model: Engine, words: list[str]):
    assert model("ssh", "one/0", *words) == "hello\n"


def test_what_comes_on_stdin_reaches_the_command(model: Engine):
    command = [model.binary, "ssh", "one/0", "cat; echo end"]
    options: Any = {"env": model.environment, "capture_output": True, "text": True}
    assert subprocess.run(command, input="given\n", **options).stdout == "given\nend\n"
    command.insert(3, "-n")
    assert subprocess.run(command, input="given\n", **options).stdout == "end\n"


def test_on_a_terminal_the_command_has_one(model: Engine):
    ours, theirs = pty.openpty()
    command = [model.binary, "ssh", "one/0", "test -t 0 && test -t 1 && echo a terminal"]
    ended = subprocess.run(command, env=model.environment, stdin=theirs, stdout=theirs)
    assert ended.returncode == 0
    assert os.read(ours, 1000).decode().strip() == "a terminal"
    os.close(ours)
    os.close(theirs)


def test_without_a_command_there_is_a_shell(model: Engine):
    ours, theirs = pty.openpty()
    os.write(ours, b"exit 5\n")
    command = [model.binary, "ssh", "one/0"]
    ended = subprocess.run(
        command, env=model.environment, stdin=theirs, stdout=theirs, stderr=theirs, timeout=30
    )
    assert ended.returncode == 5
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "tree/inner").mkdir(parents=True)
    (tmp_path / "tree/a file").write_text("a")
    (tmp_path / "tree/inner/program").write_text("b")
    (tmp_path / "tree/inner/program").chmod(0o755)
    return tmp_path


def test_files_are_copied_to_a_machine_and_back(model: Engine, files: Path):
    home = model.home("one/0")
    model("scp", str(files / "tree/a file"), "one/leader:")
    assert (home / "a file").read_text() == "a"
    model("scp", str(files / "tree/a file"), "ubuntu@one/0:renamed")
    assert (home / "renamed").read_text() == "a"
    model("scp", "0:renamed", str(files))
    model("scp", f"one/0:{home}/renamed", str(files / "again"))
    assert (files / "renamed").read_text() == (files / "again").read_text() == "a"


def test_folders_are_copied_with_r(model: Engine, files: Path):
    model("scp", "--", "-r", "-o", "X=y", str(files / "tree"), "one/0:")
    assert (model.home("one/0") / "tree/inner/program").stat().st_mode & 0o100
    model("scp", "--", "-r", "one/0:tree", str(files / "copy"))
    assert (files / "copy/inner/program").read_text() == "b"
    model("scp", "--", "one/0:tree/*file", str(files / "copy/inner"), "-p")
    assert (files / "copy/inner/a file").read_text() == "a"
    model("scp", "--", "-r", "one/0:tree", "one/1:")
    assert (model.home("one/1") / "tree/a file").read_text() == "a"


REFUSED = [
    ("ssh bob@one/0 true", 1, 'user "bob" is not on the machine'),
    ("ssh one/0 -L 8080:localhost:80", 1, "ssh -L: no port is forwarded"),
    ("ssh one/0 -z true", 2, "ssh: unknown option -- z"),
    ("ssh 99 true", 1, "machine 99 not found"),
    ("scp one/0:x", 2, "missing arguments"),
    ("scp -- one/0:x -r", 2, "at least two arguments required"),
    ("scp one/0:nothing .", 1, "scp: nothing: No such file or directory"),
    ("scp one/0:no* .", 1, "scp: no*: No such file or directory"),
    ("scp /nowhere one/0:", 1, "scp: /nowhere: No such file or directory"),
    ("scp /etc one/0:", 1, "scp: /etc: not a regular file"),
    ("scp one/0:. .", 1, "scp: .: not a regular file"),
    ("scp one/9:x .", 1, 'unit "one/9" not found'),
    ("scp ./a ./b", 1, "neither side is on a machine"),
    ("scp /etc/hostname one/0:no/such/folder/x", 1, "scp: the copy failed"),
    ("import-ssh-key gh:me", 1, "keys are not fetched from the network for you"),
]


@pytest.mark.parametrize("command, code, said", REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_is_refused(model: Engine, command: str, code: int, said: str):
    assert said in model.fails(*command.split(), code=code)


def test_keys_are_records_of_the_model(model: Engine):
    assert model.ask("ssh-keys").err == "No keys to display.\n"
    assert model.ask("add-ssh-key", ED25519).err == ""
    assert "duplicate ssh key" in model.ask("add-ssh-key", ED25519).err
    assert 'cannot add key "nonsense": invalid ssh key' in model.ask("add-ssh-key", "nonsense").err
    listed = model("ssh-keys").splitlines()
    assert listed[0] == "Keys used in model: admin/m"
    assert listed[1].count(":") == 15 and listed[1].endswith(" (me@here)")
    assert ED25519 in model("ssh-keys", "--full")
    assert 'cannot remove key id "you"' in model.ask("remove-ssh-key", "you").err
    model("remove-ssh-key", "me@here")
    assert model.ask("list-ssh-keys").err == "No keys to display.\n"
