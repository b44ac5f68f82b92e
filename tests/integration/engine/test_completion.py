"""A shell that has read our script completes verbs, flags, choices and what there is."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kafkastack.cli.completion import bash, fish
from kafkastack.cli.verbs import BY_NAME
from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

ASK = """
eval "$(kafkastack completion bash)"
COMP_WORDS=({words}) COMP_CWORD={at}
_kafkastack
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def deployed(shared: Engine, charms: Path) -> Engine:
    shared("deploy", str(write_charm(charms)), "kafka")
    shared.wait_for_idle(count=1)
    return shared


def completed(engine: Engine, *words: str) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in ("kafkastack", *words))
    path = f"{engine.binary.parent}:/usr/bin:/bin"
    return subprocess.run(
        ["bash", "-c", ASK.format(words=quoted, at=len(words))],
        env={**engine.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("integ",), ["integrate"]),
        (("list-mod",), []),
        (("status", "--rel"), ["--relations"]),
        (("show-model", "--format", ""), ["yaml", "json"]),
        (("list-models", "--format", "t"), ["tabular"]),
        (("add-unit", ""), ["kafka"]),
        (("show-unit", ""), ["kafka/0"]),
        (("destroy-model", ""), ["m"]),
        (("destroy-controller", "e"), ["en"]),
        (("help", "boot"), ["bootstrap"]),
    ],
)
def test_bash_completes(deployed: Engine, words: tuple[str, ...], answer: list[str]):
    assert completed(deployed, *words) == answer


def test_every_verb_is_in_every_script():
    assert [n for n in BY_NAME if f"-a {n} " not in fish() or n not in bash()] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_of_its_shell(shared: Engine, shell: str):
    script = shared("completion", shell)
    assert script.startswith(f"# Completion for {shell}:")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_an_unknown_shell_is_refused(shared: Engine):
    assert "there are: bash, zsh, fish" in shared.fails("completion", "tcsh", code=2)


def test_nothing_is_completed_where_there_is_no_controller(bare: Engine):
    assert bare("completion", "--names", "units", "models", "controllers") == "\n"
