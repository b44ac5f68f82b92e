"""In `kafkastack shell` juju is kafkastack, however it is typed; nothing is left of it."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.waiting import wait_until

TUTORIAL = """\
cd "$HOME"
juju add-model lesson
juju models --format json | grep -c lesson
false || juju version --all
exit 7
"""


@pytest.fixture
def engine(shared: Engine, tmp_path: Path) -> Iterator[Engine]:
    """An engine whose temporary files are seen."""
    made = Engine(shared.root, {"TMPDIR": str(tmp_path), "SHELL": "/bin/bash", "JUJU_MODEL": ""})
    yield made
    assert list(tmp_path.iterdir()) == [], "it leaves something behind"


def test_a_command_finds_juju_and_the_model(engine: Engine):
    model = 'juju status --format json | grep -o \'"name": *"m"\' && echo $JUJU_MODEL'
    assert engine("shell", "-m", "m", "-c", model).splitlines()[-1] == "m"
    assert engine.ask("shell", "-c", "exit 9").code == 9
    assert engine.ask("shell", "-c", "kill -9 $$").code == 137


def test_a_tutorial_is_read_from_stdin(engine: Engine):
    done = subprocess.run(
        [engine.binary, "shell"],
        env=engine.environment,
        input=TUTORIAL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done
    assert "1\nversion: 3.6." in done.stdout


@pytest.mark.parametrize("program", ["/bin/bash", "/bin/sh"])
def test_a_person_types_after_a_prompt_that_says_it(engine: Engine, program: str):
    (engine.root / "home/.bashrc").write_text("PS1='mine> '\nPATH=/usr/bin:/bin\n")
    said = typed({**engine.environment, "SHELL": program}, engine, "juju version", "exit 3")
    assert "(kafkastack) " in said
    assert ("(kafkastack) mine> " in said) is (program == "/bin/bash")
    assert "3.6." in said
    assert said.endswith("<3>")


def test_it_ends_with_its_terminal(engine: Engine, tmp_path: Path):
    begun = tmp_path.parent / "begun"
    process = engine.start(
        *("shell", "-c", f"touch {begun}; exec sleep 1000"),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # if the tests are nohup
    )
    wait_until(begun.exists)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=20)
    assert process.returncode == 129


def typed(environment: dict[str, str], engine: Engine, *lines: str) -> str:
    """Type lines on a terminal; return what it has shown, and the exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(engine.binary, ["kafkastack", "shell"], environment)
    shown = b""
    for line in lines:
        while not shown.endswith((b"> ", b"$ ", b"# ")):
            shown += os.read(terminal, 4096)
        os.write(terminal, line.encode() + b"\n")
        shown += os.read(terminal, 4096)
    while True:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
    os.close(terminal)
    return f"{shown.decode()}<{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}>"
