"""A MicroStack of the tests' own, beside any other of this host."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.settings import Settings, default_settings
from tests.fakes.host import alone
from tests.microstack.host import Snapshot, left, snapshot

KAFKASTACK = Path(sys.executable).with_name("kafkastack")
OPENSTACK = Path(sys.executable).with_name("openstack")
PATIENCE = 1500  # seconds: the first bootstrap downloads, and two cores are shared


@dataclass(frozen=True)
class Ended:
    """What a command left."""

    code: int
    out: str
    err: str


@dataclass
class MicroStack:
    """The command line of a MicroStack in a folder, for a person with a home of their own."""

    state: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """What its commands are given."""
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
        return {
            **os.environ,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": cache,
            "XDG_RUNTIME_DIR": str(self.home),  # short enough for sockets
            "KAFKASTACK_MICROSTACK": str(self.state),
        }

    @property
    def settings(self) -> Settings:
        """Its settings."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KAFKASTACK_MICROSTACK", str(self.state))
            return default_settings()

    @property
    def cloud(self) -> Cloud:
        """What runs."""
        return Cloud(self.settings)

    def ask(self, *words: str) -> Ended:
        """Type a command; return what it left."""
        return self._run(str(KAFKASTACK), "microstack", *words)

    def __call__(self, *words: str) -> str:
        """Type a command that must succeed; return its output."""
        done = self.ask(*words)
        assert done.code == 0, done.out + done.err
        return done.out

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Begin a command."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [str(KAFKASTACK), "microstack", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def kafkastack(self, *words: str) -> str:
        """Type a command of the engine that must succeed; return its output."""
        done = self.ask_kafkastack(*words)
        assert done.code == 0, done.out + done.err
        return done.out

    def ask_kafkastack(self, *words: str) -> Ended:
        """Type a command of the engine; return what it left."""
        return self._run(str(KAFKASTACK), *words)

    def openstack(self, *words: str, admin: bool = False) -> str:
        """Be a user of OpenStack's own command; return its output."""
        name = self.settings.name + ("-admin" if admin else "")
        done = self._run(str(OPENSTACK), "--os-cloud", name, *words)
        assert done.code == 0, done.err
        return done.out.strip()

    def refused(self, *words: str) -> str:
        """Be a user of OpenStack's own command who is refused; return what it says."""
        done = self._run(str(OPENSTACK), "--os-cloud", self.settings.name, *words)
        assert done.code, done.out
        return done.err

    def ssh(self, login: str, script: str) -> str:
        """Run a script on an instance, `login` being what launch printed."""
        done = self._run(*login.split(), script)
        assert done.code == 0, done.err
        return done.out.strip()

    def _run(self, *argv: str) -> Ended:
        done = subprocess.run(
            argv,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def before() -> Iterator[Snapshot]:
    """The host before anything is built."""
    if os.geteuid():
        pytest.skip("a cloud needs root: sudo .venv/bin/python -m pytest -m root")
    with alone():
        yield snapshot()


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest, before: Snapshot) -> Iterator[MicroStack]:
    """A folder for a cloud, named for the module; removed in the end, whatever happened."""
    name = request.module.__name__.rpartition(".")[2]
    with tempfile.TemporaryDirectory(prefix="kfs-") as home:
        stack = MicroStack(Path(f"/var/lib/kafkastack-{name}"), Path(home))
        stack("destroy", "--no-prompt", "--quiet")  # of a run that was killed
        yield stack
        stack("destroy", "--no-prompt", "--quiet")
    assert left(before, snapshot()) == {}
