"""Confinement of a program run by root, to protect this host: its view of it, and its user."""

import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from kafkastack.clouds.local.users import other_homes
from kafkastack.errors import PreflightError

SCRIPT = Path(__file__).with_name("view.pl")

# The numbers of unshare, prctl, ioctl and keyctl, and of the architecture as seccomp(2) counts it.
_CALLS = {
    "x86_64": ("272", "157", "16", "250", str(0xC000003E)),
    "aarch64": ("97", "167", "29", "219", str(0xC00000B7)),
    "riscv64": ("97", "167", "29", "219", str(0xC00000F3)),
}

# Who connects to these may have the whole host restarted, or another container made; the last
# one answers who is a user of this host, and knows nothing of the machine's.
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
    "/run/nscd/socket",
)
_TMP = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 — named, not used
_PEOPLE = (Path("/home"), Path("/root"), Path("/run/user"))
# A home that is one of these, or the parent of one, is a folder of the system all the same.
_SYSTEM = tuple(
    Path(f"/{name}")
    for name in (
        *("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc"),
        *("run", "sbin", "srv", "sys", "usr", "usr/bin", "usr/lib", "usr/local", "usr/sbin"),
        *("usr/share", "var", "var/lib", "var/cache", "var/log", "var/spool"),
    )
)
# What a machine cannot do without, as its own user.
_CHECK = (
    'for file do [ -r "$file" ] || { echo "$file cannot be read by others" >&2; exit 1; }; done'
)


class View(Struct, frozen=True):
    """What the machines of a controller see of this host, and what of it is to be readable."""

    needed: bool
    visible: tuple[Path, ...] = ()  # stays visible where everything else is covered

    def prefix(self, machine: Path, sockets: Path, uid: int) -> tuple[str, ...]:
        """Return the words before a command that make it run in the machine's view."""
        if not self.needed:
            return ()
        shown = (machine, sockets, *self.visible)
        covered = list(to_cover(shown, (*_PEOPLE, *other_homes())))
        own, at = os.path.realpath(machine), os.path.realpath(sockets)
        hiding = (*covered, *map(os.path.realpath, _TMP))
        kept = {os.path.realpath(path) for path in self.visible}
        return (
            *(_program("perl"), str(SCRIPT), *_calls(), str(uid), own, at, "--"),
            *(*sorted(path for path in kept if _is_below(path, hiding)), "--"),
            *(*_other_names(shown, hiding), "--", *covered, "--", *_HIDDEN, "--"),
        )

    def check(self, machine: Path, prefix: Sequence[str], python: str) -> None:
        """Refuse, with what to do, where this host does not allow such a view."""
        if not self.needed:
            return
        words = ("/bin/sh", "-c", _CHECK, "sh", python, str(SCRIPT))
        done = subprocess.run([*prefix, *words], capture_output=True, text=True, cwd=machine)
        if done.returncode:
            raise refusal(done.stderr.strip() or f"exit code {done.returncode}")


def view_of_this_host(visible: Iterable[Path]) -> View:
    """Return the view that the user running this needs: only root is dangerous to a host."""
    if os.geteuid() != 0:
        return View(needed=False)
    interpreter = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parent)
    there = (path for path in (*visible, *interpreter) if path.exists())
    return View(needed=True, visible=tuple(dict.fromkeys(there)))


def to_cover(shown: Iterable[Path], homes: Iterable[Path]) -> Iterator[str]:
    """Yield the folders to cover, none below another: homes, and what others may not enter.

    What is shown below such a folder would not be reached through it.
    """
    closed = (found for path in shown for found in _closed_above(path))
    found = {os.path.realpath(path) for path in (*homes, *closed) if path.is_dir()}
    above: list[str] = [os.path.realpath(path) for path in _TMP]
    for path in sorted(found):
        if not _is_of_the_system(Path(path)) and not _is_below(path, above):
            above.append(path)
            yield path


def first_in_tmp(shown: Iterable[Path]) -> frozenset[str]:
    """Return the names in a machine's /tmp below which something is shown."""
    real = (Path(os.path.realpath(path)) for path in shown)
    below = ((path, tmp) for path in real for tmp in _TMP[:2] if path.is_relative_to(tmp))
    return frozenset(path.relative_to(tmp).parts[0] for path, tmp in below)


def _closed_above(path: Path) -> Iterator[Path]:
    """Yield the first folder above `path` that only its owner may enter."""
    for folder in reversed(Path(os.path.realpath(path)).parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            yield folder
            return


def _is_of_the_system(folder: Path) -> bool:
    return any(each.is_relative_to(folder) for each in _SYSTEM)


def _other_names(shown: Iterable[Path], hiding: Sequence[str]) -> Iterator[str]:
    """Yield each hidden name that leads to what is shown by a link, and where it leads."""
    for path in shown:
        real = os.path.realpath(path)
        if str(path) != real and _is_below(str(path), hiding):
            yield from (str(path), real)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _calls() -> Sequence[str]:
    machine = platform.machine()
    if machine not in _CALLS:
        raise refusal(f"it does not know the system calls of {machine}")
    return _CALLS[machine]


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if not found:
        raise refusal(f"{name} is not installed")
    return found


def refusal(reason: str) -> PreflightError:
    """Return the refusal of a host where root cannot be kept from harm."""
    return PreflightError(
        f"the local cloud cannot keep programs run by root from changing this host: {reason}",
        "Run kafkastack as an ordinary user: runuser -u USER -- kafkastack …",
    )
