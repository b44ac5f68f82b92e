"""A shell that has read our script completes verbs, flags, choices and what there is."""

import os
import pty
import re
import select
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kafkastack.cli.completion import bash, fish, zsh
from kafkastack.cli.verbs import BY_NAME
from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

ASK = """
eval "$(kafkastack completion bash)"
COMP_WORDS=({words}) COMP_CWORD={at}
_kafkastack
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


CLEAR_LINE = "\x15"


@pytest.fixture(scope="module")
def deployed(shared: Engine, charms: Path) -> Engine:
    shared("deploy", str(write_charm(charms)), "kafka")
    shared.wait_for_idle(count=1)
    return shared


def with_path(engine: Engine) -> dict[str, str]:
    return {**engine.environment, "PATH": f"{engine.binary.parent}:/usr/bin:/bin"}


class Zsh:
    """A zsh at a terminal."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._keys, theirs = pty.openpty()
        words, dumb = ["zsh", "-f", "-i"], {**environment, "TERM": "dumb"}
        self._process = subprocess.Popen(
            words, env=dumb, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)

    def type(self, keys: str, until: str = "") -> None:
        """Type, and wait until it has shown something."""
        os.write(self._keys, keys.encode())
        said = ""
        while until not in said:
            assert select.select([self._keys], [], [], 30)[0], said
            said += os.read(self._keys, 4096).decode(errors="replace")

    def wait(self) -> int:
        """Return its exit code."""
        code = self._process.wait(30)
        os.close(self._keys)
        return code


def completed(engine: Engine, *words: str) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in ("kafkastack", *words))
    return subprocess.run(
        ["bash", "-c", ASK.format(words=quoted, at=len(words))],
        env=with_path(engine),
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
        (("microstack", "boot"), ["bootstrap"]),
        (("microstack", "launch", "--im"), ["--image"]),
        (("microstack", "bootstrap", "--hypervisor", "l"), ["lxc"]),
    ],
)
def test_bash_completes(deployed: Engine, words: tuple[str, ...], answer: list[str]):
    assert completed(deployed, *words) == answer


ANSWERS = [("integ", "integrate"), ("status --rel", "--relations"), ("help boot", "bootstrap")]
ANSWERS += [("microstack lau", "launch"), ("microstack launch --im", "--image")]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
@pytest.mark.parametrize(("line", "answer"), ANSWERS)
def test_fish_completes(deployed: Engine, line: str, answer: str):
    ask = f"kafkastack completion fish | source; complete -C 'kafkastack {line}'"
    done = subprocess.run(
        ["fish", "-c", ask], env=with_path(deployed), capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == answer


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_completes(deployed: Engine):
    shell = Zsh(with_path(deployed))
    shell.type("autoload -U compinit; compinit -u -D; source <(kafkastack completion zsh)\n")
    shell.type('echo rea""dy\n', until="ready\r\n")
    for line, answer in ANSWERS:
        shell.type(f"{CLEAR_LINE}kafkastack {line}\t", until=f"{answer} ")
    shell.type(f"{CLEAR_LINE}exit\n")
    assert shell.wait() == 0


@pytest.mark.parametrize("script", [bash, zsh])
def test_every_verb_is_in_the_script_of_bash_and_zsh(script: Callable[[], str]):
    (first_words,) = re.findall(r'-eq 1 .*\n.*compgen -W "([^"]+)"', script())
    named = {*first_words.split(), *re.findall(r'"(\w+ [\w-]+)"[|)]', script())}
    assert set(BY_NAME) - named == set()


def test_every_verb_is_in_the_script_of_fish():
    rows = [line for line in fish().splitlines() if " -a " in line]
    named = {
        f"{above[1]} {word[1]}" if (above := re.search(r"_from (\w+);", line)) else word[1]
        for line in rows
        if (word := re.search(r" -a ([\w-]+) ", line))
    }
    assert set(BY_NAME) - named == set()


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
