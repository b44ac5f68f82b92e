"""Namespaces of the cloud, below one process: entered by command and by path."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from kafkastack.errors import KafkastackError
from kafkastack.microstack.settings import Settings
from kafkastack.system.folders import make_folder

_PATH = "/opt/openstack/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_UNSHARE = (
    *("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"),
    "--propagation=private",
)
_START_SECONDS = 30.0
_CGROUPS = Path("/sys/fs/cgroup")


class Namespaces(Struct, frozen=True):
    """The namespaces of one installation; nothing is kept but the folder that names them."""

    settings: Settings

    @property
    def leader(self) -> int:
        """The host's id of the cloud's first process; 0 when the cloud is stopped."""
        with contextlib.suppress(OSError, ValueError):
            pid, started = self._pidfile.read_text().split()
            if _started(int(pid)) == started:
                return _only_child(int(pid))
        return 0

    def start(self, root: Path, environment: Path) -> None:
        """Start the cloud's first process in new namespaces; `root` and `environment` are read."""
        state = self.settings.state
        for folder in ("upper", "work", "root", "data", "log"):
            make_folder(state / folder)
        state.chmod(0o700)
        script = files("kafkastack.microstack") / "templates" / "enter.sh"
        with (state / "log" / "namespaces.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *_UNSHARE,
                    "sh",
                    *map(str, (script, root, environment, state, self.settings.group)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={"PATH": _PATH, "LANG": "C.UTF-8"},
            )
        self._pidfile.write_text(f"{process.pid} {_started(process.pid)}")
        deadline = time.monotonic() + _START_SECONDS
        while not (self.leader and self.path("/run/supervisor.sock").exists()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise KafkastackError(
                    "the cloud's namespaces cannot be made", f"look at: {self.log('namespaces')}"
                )
            time.sleep(0.02)
        process.returncode = 0  # it outlives this process: nobody here waits for it

    def end(self) -> None:
        """End everything in the namespaces; fine if they are gone."""
        if leader := self.leader:
            os.kill(leader, signal.SIGKILL)
            while Path(f"/proc/{leader}").exists() and not _is_zombie(leader):
                time.sleep(0.02)
        self._pidfile.unlink(missing_ok=True)
        for group in _CGROUPS.glob(f"*/{self.settings.group}"):
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()

    def path(self, inside: str) -> Path:
        """Return how this process names a file of the cloud."""
        return Path(f"/proc/{self.leader}/root{inside}")

    def command(self, *argv: str) -> list[str]:
        """Return the program of this host that runs `argv` inside."""
        return ["nsenter", f"--target={self.leader}", "--all", "--root", "--wd", "--", *argv]

    def run(
        self,
        *argv: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        log: str = "commands",
        timeout: float = 600,
    ) -> str:
        """Run a program inside to its end and return what it printed.

        What it said on stderr is appended to the log file of that name; KafkastackError if it
        failed.
        """
        known = {"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
        with self.log(log).open("ab") as stream:
            done = subprocess.run(
                self.command(*argv),
                input=stdin.encode(),
                stdout=subprocess.PIPE,
                stderr=stream,
                env={**known, **(env or {})},
                timeout=timeout,
                check=False,
            )
        if done.returncode:
            raise KafkastackError(
                f"{_words(argv)} failed with exit code {done.returncode}",
                f"look at: {self.log(log)}",
            )
        return done.stdout.decode()

    def log(self, name: str) -> Path:
        """Return the log file of a service or of commands."""
        return self.settings.state / "log" / f"{name}.log"

    @property
    def _pidfile(self) -> Path:
        return self.settings.state / "namespaces.pid"


def _words(argv: Sequence[str]) -> str:
    return " ".join(argv[:4])


def _started(pid: int) -> str:
    """Return when a process started, in ticks since boot, with the boot's own id."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{stat.rpartition(')')[2].split()[19]}/{boot}"


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def _only_child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0
