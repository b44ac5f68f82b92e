"""Shared controller of a test run: its place, its start, and the guarantee that it ends.

Whoever uses it holds a shared lock on `users`, which the kernel drops when that process is gone.
A keeper, started with the controller, waits for the lock that excludes all of them; then it ends
everything. No signal, crash or SIGKILL can be missed.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jubilant

_REMOVED_SECONDS = 90.0
_PAUSE = 0.05
_LAUNCHER = """\
#!/bin/sh
KAFKASTACK_DATA='{folder}/data' XDG_RUNTIME_DIR='{folder}/run'
export KAFKASTACK_DATA XDG_RUNTIME_DIR
exec '{python}' -P -m kafkastack "$@"
"""


def new_folder() -> str:
    """Return the name of a folder that is not there yet; short, for sockets lie below it."""
    return f"{tempfile.gettempdir()}/kfs-{secrets.token_hex(6)}"


class Shared:
    """The controller that every process of one test run shares."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._path = Path(folder)
        self._lock = Path(f"{folder}.lock")  # beside it: it must outlive the folder

    def juju(self, model: str = "") -> jubilant.Juju:
        """Return jubilant's client of this controller."""
        import jubilant

        return jubilant.Juju(model=model or None, cli_binary=str(self._path / "kafkastack"))

    @property
    def note(self) -> Path:
        """The file that tells the others of the Kafka that one of them has deployed."""
        return self._path / "kafka.json"

    @contextmanager
    def used(self) -> Generator[None]:
        """Use the controller, which is made if nobody has one."""
        with self.alone():
            descriptor = self._join() if self._path.exists() else None
            if descriptor is None:
                descriptor = self._begin()
        try:
            with self.alone():
                self._bootstrap()
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep the other processes of the test run from doing the same."""
        while True:
            with self._lock.open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not _is_still(lock.fileno(), self._lock):
                    continue  # the keeper has removed it meanwhile
                yield
                return

    def wait_until_removed(self) -> None:
        """Wait until the keeper has removed everything."""
        deadline = time.monotonic() + _REMOVED_SECONDS
        while self._path.exists() and time.monotonic() < deadline:
            time.sleep(_PAUSE)

    def _join(self) -> int | None:
        """Take part in what another process has begun, unless it is being ended."""
        try:
            descriptor = os.open(self._path / "users", os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (FileNotFoundError, BlockingIOError):
            self.wait_until_removed()
            return None
        return descriptor

    def _begin(self) -> int:
        self._path.mkdir(mode=0o700)
        for name in ("data", "run"):
            (self._path / name).mkdir(mode=0o700)
        launcher = self._path / "kafkastack"
        launcher.write_text(_LAUNCHER.format(folder=self.folder, python=sys.executable))
        launcher.chmod(0o700)
        descriptor = os.open(self._path / "users", os.O_RDONLY | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        self._start_keeper()
        return descriptor

    def _start_keeper(self) -> None:
        """Start the keeper in a session of its own: Ctrl-C does not reach it."""
        nothing = subprocess.DEVNULL
        subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("keeper.py")), self.folder],
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            start_new_session=True,
            cwd="/",
        ).returncode = 0  # it outlives us: nobody waits for it

    def _bootstrap(self) -> None:
        if not (self._path / "bootstrapped").exists():
            self.juju().cli("bootstrap", "local", "tests", include_model=False)
            (self._path / "bootstrapped").touch()


def _is_still(descriptor: int, path: Path) -> bool:
    """Report whether the open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
