"""Test machine of systemd-nspawn, booted and found again: an overlay, a network of its own."""

import contextlib
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.host import MACHINES

_SUBNET = "10.77.0"
_GATEWAY = f"{_SUBNET}.254"
NUMBERS = range(1, 254)  # of machines: the last part of their addresses
_CGROUPS = Path("/sys/fs/cgroup")
_BOOT_SECONDS = 60.0
_INSIDE = ("--mount", "--uts", "--ipc", "--net", "--pid")

# The overlay is mounted where only the machine sees it, and is gone with it.
_BOOT = """\
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
exec systemd-nspawn --quiet --boot --register=no --keep-unit --link-journal=no --console=pipe \
    --machine="$3" --directory="$2/root" --network-bridge=br0 --bind="$4:/mnt/controller"
"""


@dataclass(frozen=True)
class Network:
    """A network namespace of our own with a bridge: nothing on the host's network changes."""

    name: str

    @property
    def path(self) -> Path:
        """The file that stands for the namespace."""
        return Path("/run/netns") / self.name

    def make(self) -> None:
        """Make the namespace and its bridge."""
        if self.path.exists():
            return
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        for words in (
            "link set lo up",
            "link add br0 type bridge",
            f"addr add {_GATEWAY}/24 dev br0",
            "link set br0 up",
        ):
            subprocess.run(["ip", "-n", self.name, *words.split()], check=True)

    def remove(self) -> None:
        """Remove the namespace; fine if it is gone."""
        if self.path.exists():
            subprocess.run(["ip", "netns", "delete", self.name], check=True)


@dataclass(frozen=True)
class Container:
    """One booted machine: `folder` keeps what it changed, `name` is its host name."""

    folder: Path
    name: str
    number: int

    @property
    def address(self) -> str:
        """The machine's address on the bridge."""
        return f"{_SUBNET}.{self.number}"

    @property
    def leader(self) -> int:
        """The host's process id of the machine's systemd; 0 when it is not booted."""
        pidfile = self.folder / "nspawn.pid"
        if not pidfile.exists():
            return 0
        return _only_child(int(pidfile.read_text()), str(self.folder))

    def boot(self, image: Path, network: Network, shared: Path) -> None:
        """Boot the machine and wait until systemd says that it runs."""
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        # No name server is reached from there: each look-up would wait 10 s for the host's own.
        names = self.folder / "upper/etc/resolv.conf"
        names.parent.mkdir(exist_ok=True)
        names.touch()
        for path, mode in ((names, 0o644), (names.parent, 0o755), (names.parents[1], 0o755)):
            path.chmod(mode)  # as the machine's own are
        enter = ["nsenter", f"--net={network.path}", "unshare", "--mount"]
        script = ["--propagation", "private", "sh", "-ec", _BOOT, "sh"]
        words = [image, self.folder, self.name, shared]
        with (self.folder / "console.log").open("ab") as console:
            process = subprocess.Popen(
                [*enter, *script, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                preexec_fn=self._join_cgroups,
            )
        process.returncode = 0  # it outlives this process: nobody here waits for it
        (self.folder / "nspawn.pid").write_text(str(process.pid))
        self._wait_until_running()
        self._configure_network()

    def inside(self) -> tuple[str, ...]:
        """Return the words before a command that make it run on the machine."""
        return ("/usr/bin/nsenter", f"--target={self.leader}", *_INSIDE)

    def end(self) -> None:
        """End everything on the machine; fine if it is not booted."""
        leader, pidfile = self.leader, self.folder / "nspawn.pid"
        if leader:
            nspawn = int(pidfile.read_text())
            os.kill(leader, signal.SIGKILL)
            _wait_for_end(nspawn)
        pidfile.unlink(missing_ok=True)
        for group in self._cgroups():
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()

    def _cgroups(self) -> tuple[Path, ...]:
        hierarchies = [_CGROUPS / name for name in ("systemd", "unified")]
        found = [folder for folder in hierarchies if folder.exists()] or [_CGROUPS]
        return tuple(folder / f"{MACHINES}{self.folder.name}" for folder in found)

    def _join_cgroups(self) -> None:
        # Two machines started from one group would collide.
        for group in self._cgroups():
            group.mkdir(exist_ok=True)
            (group / "cgroup.procs").write_text(str(os.getpid()))

    def _wait_until_running(self) -> None:
        deadline = time.monotonic() + _BOOT_SECONDS
        while not (self.leader and self._says_it_runs()):
            if time.monotonic() > deadline:
                console = (self.folder / "console.log").read_text(errors="replace")
                raise TimeoutError(f"{self.name} did not boot:\n{console[-2000:]}")
            time.sleep(0.05)

    def _says_it_runs(self) -> bool:
        ask = [*self.inside(), "systemctl", "is-system-running"]
        done = subprocess.run(ask, capture_output=True, text=True)
        return done.stdout.strip() in ("running", "degraded")

    def _configure_network(self) -> None:
        for words in (
            f"addr replace {self.address}/24 dev host0",
            "link set host0 up",
            f"route replace default via {_GATEWAY}",
        ):
            enter = ["nsenter", f"--target={self.leader}", "--net", "ip"]
            subprocess.run([*enter, *words.split()], check=True)


def _only_child(pid: int, mark: str) -> int:
    try:
        if mark.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0  # the number belongs to another process by now
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    except (OSError, IndexError):
        return 0


def _wait_for_end(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PIDFD, descriptor, os.WEXITED)
            return
        _wait_readable(descriptor)
    finally:
        os.close(descriptor)


def _wait_readable(descriptor: int) -> None:
    select.select([descriptor], [], [], _BOOT_SECONDS)
