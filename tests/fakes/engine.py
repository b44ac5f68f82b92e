"""A kafkastack of its own for one test: data, sockets and controllers that nobody else sees."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jubilant

from tests.fakes.waiting import wait_until

BINARY = Path(sys.executable).with_name("kafkastack")
# Where a unit's agent folder is seen from this host, and HOME of its machine from there.
_HOMES = {
    "local": ("machines/*/agents/{tag}", "../../home"),
    "container": ("containers/*/upper/var/lib/juju/agents/{tag}", "../../../../../root"),
}
_CACHE = os.environ.get("KAFKASTACK_CACHE") or Path("~/.cache/kafkastack").expanduser()


@dataclass(frozen=True)
class Answer:
    """What a command left."""

    code: int
    out: str
    err: str


@dataclass
class Engine:
    """The command line below a folder that is removed in the end."""

    root: Path
    extra: dict[str, str] = field(default_factory=dict)
    binary: Path = BINARY
    cloud: str = "local"

    @property
    def environment(self) -> dict[str, str]:
        """What every command of this engine runs with."""
        own = {
            "HOME": str(self.root / "home"),
            "XDG_DATA_HOME": str(self.root / "data"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "KAFKASTACK_CACHE": str(_CACHE),
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "KAFKASTACK_"))}
        return {**kept, **own, **self.extra}

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        """Start a command."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [self.binary, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            **options,
        )

    def ask(self, *words: str, timeout: float = 60, **options: Any) -> Answer:
        """Run a command to its end."""
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{words} did not end in {timeout} s: {out}{err}") from None
        return Answer(process.returncode, out, err)

    def __call__(self, *words: str, timeout: float = 60) -> str:
        """Run a command that must succeed; return its stdout."""
        answer = self.ask(*words, timeout=timeout)
        assert answer.code == 0, (words, answer)
        return answer.out

    def fails(self, *words: str, code: int = 1) -> str:
        """Run a command that must fail with `code`; return what it says, never a traceback."""
        answer = self.ask(*words)
        assert answer.code == code, (words, answer)
        assert "Traceback" not in answer.err, answer.err
        return answer.err

    def bootstrap(self, name: str = "en", model: str = "m") -> None:
        self("bootstrap", self.cloud, name)
        if model:
            self("add-model", model)

    def status(self, *words: str) -> dict[str, Any]:
        return json.loads(self("status", "--format", "json", *words))

    def units(self) -> dict[str, dict[str, Any]]:
        applications = self.status()["applications"].values()
        return {n: unit for app in applications for n, unit in app.get("units", {}).items()}

    def wait_for_idle(self, *, count: int, workload: str = "", seconds: float = 60) -> None:
        """Wait until there are `count` units, all of them idle (and of that workload status)."""

        def is_so() -> bool:
            units = self.units().values()
            return len(units) == count and all(
                u["juju-status"]["current"] == "idle"
                and workload in ("", u["workload-status"]["current"])
                for u in units
            )

        try:
            wait_until(is_so, seconds, f"{count} idle units ({workload})")
        except AssertionError as error:
            seen = (self("status"), self.log()[-2000:], *map(str, self.processes()))
            raise AssertionError("\n".join((str(error), *seen))) from None

    def juju(self, model: str = "m") -> jubilant.Juju:
        """Return jubilant's own client, with nothing changed but the name of the binary."""
        return _Juju(self, model)

    def controller_folder(self, name: str = "en") -> Path:
        return self.root / "data/kafkastack/controllers" / name

    def controller_pid(self, name: str = "en") -> int:
        """Return the process id of a controller; 0 when none runs."""
        folder = self.controller_folder(name)
        lock = folder / "controller.lock"
        held = lock.read_text().strip() if lock.exists() else ""  # its reader has the same words
        for pid, words, _ in processes():
            if words[1:4] == ["-m", "kafkastack.controller", str(folder)] and str(pid) == held:
                return pid
        return 0

    def kill_controller(self, name: str = "en") -> None:
        """End a controller by SIGKILL, as a crash does, and wait until it is gone."""
        if pid := self.controller_pid(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not is_alive(pid), what="the controller's end")

    def home(self, unit: str) -> Path:
        """Return HOME of a unit's machine, as a folder of this host."""
        agents, home = _HOMES[self.cloud]
        tag = "unit-" + unit.replace("/", "-")
        (found,) = self.controller_folder().glob(agents.format(tag=tag))
        return (found / home).resolve()

    def do(self, unit: str, script: str) -> None:
        """Let every hook of a shell charm's unit run `script` from now on."""
        (self.home(unit) / "do.new").write_text(script)
        (self.home(unit) / "do.new").rename(self.home(unit) / "do")

    def hooks(self, unit: str) -> list[str]:
        """Return the hooks and actions that a shell charm's unit has begun."""
        lines = (self.home(unit) / "hooks").read_text().splitlines()
        return [line.strip().removeprefix("hooks/") for line in lines]

    def log(self) -> str:
        """Return the whole log of the model."""
        return self("debug-log", "--replay", "--no-tail")

    def processes(self) -> list[tuple[int, list[str]]]:
        """Return every living process that belongs to this engine."""
        mark = str(self.root)
        return [
            (pid, words)
            for pid, words, environment in processes()
            if any(mark in text for text in (*words, environment)) and pid != os.getpid()
        ]

    def remove(self) -> None:
        """End every controller, and see that nothing is left."""
        folder = self.root / "data/kafkastack/controllers"
        words = ("--destroy-all-models", "--force", "--no-prompt")
        answers = [
            self.ask("destroy-controller", path.name, *words)
            for path in (folder.iterdir() if folder.exists() else ())
        ]
        with suppress(AssertionError):  # a controller that came second may still be starting
            wait_until(lambda: not self.processes(), seconds=10)
        left = self.processes()
        for pid, _ in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)
        assert not left, (left, answers)


class _Juju(jubilant.Juju):
    """jubilant runs its binary in our environment: it only knows this process's own."""

    def __init__(self, engine: Engine, model: str) -> None:
        super().__init__(model=model, cli_binary=str(_launcher(engine)), wait_timeout=60)


def _launcher(engine: Engine) -> Path:
    """Write a program that is this engine's kafkastack, whoever calls it."""
    path = engine.root / "kafkastack"
    settings = "".join(
        f"export {key}='{value}'\n"
        for key, value in engine.environment.items()
        if key.startswith(("XDG_", "KAFKASTACK_", "HOME", "PYTHONPATH"))
    )
    path.write_text(f'#!/bin/sh\n{settings}exec {engine.binary} "$@"\n')
    path.chmod(0o755)
    return path


def processes() -> Iterator[tuple[int, list[str], str]]:
    """Yield pid, words and environment of every living process that we may look at."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            environment = (folder / "environ").read_bytes().decode(errors="replace")
            if words != [""]:
                yield int(folder.name), words[:-1], environment


def is_alive(pid: int) -> bool:
    """Report whether a process lives; a zombie does not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return not re.search(r"^State:\s[ZX]", status, re.MULTILINE)


@contextmanager
def engine(extra: Mapping[str, str] | None = None, cloud: str = "local") -> Iterator[Engine]:
    """Give an engine in a short folder of its own, and leave nothing of it."""
    root = Path(tempfile.mkdtemp(prefix="kfs-"))
    for name, mode in (("home", 0o755), ("data", 0o755), ("run", 0o700)):
        (root / name).mkdir(mode=mode)
    made = Engine(root, dict(extra or {}), cloud=cloud)
    try:
        yield made
    finally:
        made.remove()
