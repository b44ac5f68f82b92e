"""How a program run by root is kept from harming this host: its view of it is read-only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from kafkastack.errors import PreflightError

SCRIPT = Path(__file__).with_name("view.pl")

# Inside, root's own files belong to "nobody" and so does the program: geteuid() is not 0 and
# nothing privileged can be done, just as when an ordinary user runs the local cloud.
_NOBODY = 65534
_PRIVATE = ("--mount", "--propagation", "private")
_UNPRIVILEGED = ("--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")

# Who connects to these as root has the whole host restarted, or another container made.
_HIDDEN = (
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/snapd.socket",
    "/run/incus/unix.socket",
    "/var/lib/lxd/unix.socket",
    "/var/lib/incus/unix.socket",
    "/var/snap/lxd/common/lxd/unix.socket",
)
_COVERED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 — named, not used


class View(Struct, frozen=True):
    """What one machine sees: its own folder to write to, `visible` ones even below /tmp."""

    needed: bool
    visible: tuple[Path, ...] = ()

    def prefix(self, machine: Path) -> tuple[str, ...]:
        """Return the words before a command that make it run in the machine's view."""
        if not self.needed:
            return ()
        perl, unshare = _program("perl"), _program("unshare")
        kept = [str(path) for path in self.visible if _is_covered(path)]
        return (
            *(unshare, *_PRIVATE, "--", perl, str(SCRIPT)),
            *(str(machine), "--", *kept, "--", *_HIDDEN, "--"),
            *(unshare, *_UNPRIVILEGED, "--"),
        )

    def check(self, machine: Path) -> None:
        """Refuse, with what to do, where this host does not allow such a view."""
        if not self.needed:
            return
        done = subprocess.run(
            [*self.prefix(machine), "/bin/true"], capture_output=True, text=True, cwd=machine
        )
        if done.returncode:
            raise _refusal(done.stderr.strip() or f"exit code {done.returncode}")


def view_of_this_host(visible: Sequence[Path]) -> View:
    """Return the view that the user running this needs: only root is dangerous to a host."""
    interpreter = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parent)
    return View(os.geteuid() == 0, (*visible, *interpreter))


def _is_covered(path: Path) -> bool:
    return path.exists() and any(path.is_relative_to(folder) for folder in _COVERED)


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if not found:
        raise _refusal(f"{name} is not installed")
    return found


def _refusal(reason: str) -> PreflightError:
    return PreflightError(
        f"the local cloud cannot keep programs run by root from changing this host: {reason}",
        "Run kafkastack as an ordinary user: runuser -u USER -- kafkastack …",
    )
