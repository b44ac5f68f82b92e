"""Processes of a machine or a service, and their end."""

import asyncio
import contextlib
import fcntl
import os
import re
import signal
import subprocess
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

from kafkastack.clouds.local.layout import MARKER

_POLL_SECONDS = 0.01
_ENDED = re.compile(r"^State:\s[ZX]", re.MULTILINE)
_KILL_SECONDS = 3.0
_LOOKS = 2


def is_held(lock: Path) -> bool:
    """Report whether a workload holds the lock; pids tell nothing where nobody reaps orphans."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a copy in a forked child must not keep it
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def read_pid(service: Path) -> int:
    """Return the workload's process id, 0 when nothing runs or only what it left behind."""
    if not is_held(service / "lock"):
        return 0
    pid = _read_group(service)
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return 0 if _ENDED.search(status) else pid


async def end_service(service: Path, seconds: float) -> None:
    """End whatever holds the service's lock: TERM to its group, KILL to every holder."""
    lock = service / "lock"
    if not is_held(lock):
        return
    group = _read_group(service)
    signal_group(group, signal.SIGTERM)
    if await _becomes(lambda: not is_held(lock), seconds):
        return
    signal_group(group, signal.SIGKILL)
    for pid in _holders(lock):
        _signal(pid, signal.SIGKILL)
    await _becomes(lambda: not is_held(lock), _KILL_SECONDS)


def _read_group(service: Path) -> int:
    """Return the workload's process group; 0 where the number is somebody else's by now.

    What the workload has left behind in another group may hold the lock when its own is gone.
    """
    try:
        group = int((service / "pid").read_text())
    except (OSError, ValueError):
        return 0
    return group if _is_workload(group, service) else 0


def _is_workload(pid: int, service: Path) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        if _ENDED.search((process / "status").read_text()):
            return True  # its number is not given again yet
        if any(_is_same(fd, (service / "lock").stat()) for fd in (process / "fd").iterdir()):
            return True
        return os.geteuid() != (service / "program").stat().st_uid == process.stat().st_uid
    except FileNotFoundError:
        return _has_holder_in(pid, service / "lock")
    except OSError:  # another user's, whom we cannot signal, or our own that hides itself
        return True


def _has_holder_in(group: int, lock: Path) -> bool:
    for pid in _holders(lock):
        with contextlib.suppress(OSError):
            if os.getpgid(pid) == group:
                return True
    return False


async def end_machine(machine: Path, uid: int = 0, seconds: float = 1.0) -> None:
    """End every process of the machine; returns in time even if one cannot be ended.

    `uid` is the machine's own user, if it has one: its processes cannot hide what they are.
    """
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, _KILL_SECONDS)):
        async with _patience(patience):
            await _signal_until_none_is_left(machine, uid, number)


async def _signal_until_none_is_left(machine: Path, uid: int, number: signal.Signals) -> None:
    # A process is not seen while it forks or executes another program: none must be found twice.
    missed = 0
    while missed < _LOOKS:
        found = all_processes(machine, uid)
        if found and uid and number == signal.SIGKILL:
            await asyncio.to_thread(_kill_user, uid)
        for pid in found:
            _signal(pid, number)
        missed = 0 if found else missed + 1
        await asyncio.sleep(_POLL_SECONDS * 2)


def _kill_user(uid: int) -> None:
    """End all processes of a user in one step: those that fork faster than one can look, too."""
    words = (f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--", "/bin/sh", "-c")
    with contextlib.suppress(OSError):
        subprocess.run(["setpriv", *words, "kill -s KILL -- -1"], stderr=subprocess.DEVNULL)


def all_processes(machine: Path, uid: int) -> frozenset[int]:
    """Return the processes of a machine, whose user is `uid` if it is not 0."""
    return frozenset({*processes_of(machine), *(processes_of_user(uid) if uid else ())})


def processes_of(machine: Path) -> Iterator[int]:
    """Yield the processes that were started on the machine, or by one that was."""
    mark = f"{MARKER}={machine}".encode()
    for process in _processes():
        if int(process.name) != os.getpid() and mark in _environment(process):
            yield int(process.name)


def processes_of_user(uid: int) -> Iterator[int]:
    """Yield the living processes of a user, whatever they say of themselves."""
    wanted = str(uid)
    for process in _processes():
        with contextlib.suppress(OSError):
            status = (process / "status").read_text(errors="replace")
            if wanted in _uids(status) and not _ENDED.search(status):
                yield int(process.name)


def _uids(status: str) -> list[str]:
    return status.partition("\nUid:")[2].partition("\n")[0].split()


def _environment(process: Path) -> list[bytes]:
    # A zombie has no environment any more, and another user's cannot be read.
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _holders(lock: Path) -> Iterator[int]:
    wanted = lock.stat()
    for process in _processes():
        with contextlib.suppress(OSError):
            if any(_is_same(fd, wanted) for fd in (process / "fd").iterdir()):
                yield int(process.name)


def _is_same(link: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(link.stat(), wanted)
    except OSError:
        return False


def _processes() -> Iterator[Path]:
    return (path for path in Path("/proc").iterdir() if path.name.isdigit())


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a workload's process group; fine if it is gone."""
    if pid > 1:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)


@contextlib.asynccontextmanager
async def _patience(seconds: float) -> AsyncGenerator[None]:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            yield


async def _becomes(condition: Callable[[], bool], seconds: float) -> bool:
    async with _patience(seconds):
        while not condition():
            await asyncio.sleep(_POLL_SECONDS)
    return condition()
