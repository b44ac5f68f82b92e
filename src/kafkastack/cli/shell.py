"""shell: a shell in which `juju` is kafkastack; when it ends, nothing is left of it."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from kafkastack.cli import completion
from kafkastack.gnuflag import Parsed

_NAMES = ("juju", "kafkastack")
_TOOL = '#!/bin/sh\nexec {python} -P -m kafkastack "$@"\n'
# What a shell reads before a person types into it: the person's own file first.
_FILE = """\
[ ! -r {own} ] || . {own}
PATH={folder}:$PATH
PS1="(kafkastack) ${{PS1:-$ }}"
"""


class _Start(NamedTuple):
    """How a shell begins that a person types into."""

    file: str
    own: str  # the file it would have read
    words: tuple[str, ...] = ()
    variable: str = ""  # names the folder, or the file, that it is to read
    more: str = ""


def shell(parsed: Parsed) -> int:
    """Open a shell, or run a command or a script in one; return its exit code."""
    environment = dict(os.environ)
    if parsed["model"]:
        environment["JUJU_MODEL"] = parsed["model"]
    program = environment.get("SHELL") or "/bin/bash"
    with tempfile.TemporaryDirectory(prefix="kafkastack-shell-") as name:
        folder = Path(name)
        for tool in _NAMES:
            _write_tool(folder / tool)
        environment["PATH"] = f"{folder}:{environment.get('PATH', os.defpath)}"
        if "command" in parsed.given:
            return _run([program, "-c", parsed["command"]], environment)
        if not sys.stdin.isatty():
            return _run([program], environment)
        return _type_into(program, folder, environment)


def _write_tool(path: Path) -> None:
    path.write_text(_TOOL.format(python=shlex.quote(sys.executable)))
    path.chmod(0o700)


def _type_into(program: str, folder: Path, environment: Mapping[str, str]) -> int:
    """Open a shell for a person, whose prompt says where one is."""
    start = _start_of(Path(program).name, environment)
    path = folder / start.file
    text = _FILE.format(own=shlex.quote(start.own), folder=shlex.quote(str(folder)))
    path.write_text(text + start.more)
    read = {"ZDOTDIR": str(folder), "ENV": str(path)}
    words = [str(path) if word == start.file else word for word in start.words]
    variables = {start.variable: read[start.variable]} if start.variable else {}
    print("Here juju is kafkastack. Type exit to leave.", file=sys.stderr)
    return _run([program, *words], {**environment, **variables})


def _start_of(name: str, environment: Mapping[str, str]) -> _Start:
    home = environment.get("HOME", "/")
    if name == "bash":
        complete = f"{completion.bash()}complete -F _kafkastack juju\n"
        words = ("--rcfile", "bashrc", "-i")
        return _Start("bashrc", f"{home}/.bashrc", words=words, more=complete)
    if name == "zsh":
        own = f"{environment.get('ZDOTDIR', home)}/.zshrc"
        return _Start(".zshrc", own, variable="ZDOTDIR")
    return _Start("shrc", environment.get("ENV", ""), variable="ENV")


def _run(argv: list[str], environment: Mapping[str, str]) -> int:
    """Run a shell to its end; it has the keys: only it is interrupted by Control-C."""
    begun: list[subprocess.Popen[bytes]] = []

    def hang_up(number: int, _: FrameType | None) -> None:
        for process in begun:
            process.send_signal(signal.SIGHUP)
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, _leave_it_to_the_shell)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, hang_up)
    with subprocess.Popen(argv, env=environment) as process:
        begun.append(process)
        code = process.wait()
    return code if code >= 0 else 128 - code


def _leave_it_to_the_shell(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: a signal that is ignored would be ignored by the shell, too."""
