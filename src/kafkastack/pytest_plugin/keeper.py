"""Keeper of a test run's controller: a small program that ends it once nobody uses it.

It is run as a file and needs the standard library only. Nothing of a test run is worth a clean
end: every process that names its folder is killed at once.
"""

import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_SECONDS = 30.0
_PAUSE = 0.05


def main(folder: Path) -> None:
    """Wait for the last user, then end everything and remove the folder."""
    with (folder / "users").open() as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        deadline = time.monotonic() + _SECONDS
        while (found := list(processes_of(folder))) and time.monotonic() < deadline:
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(_PAUSE)
        shutil.rmtree(folder, ignore_errors=True)
    with Path(f"{folder}.lock").open("w") as lock:  # see Shared.alone
        fcntl.flock(lock, fcntl.LOCK_EX)
        Path(lock.name).unlink(missing_ok=True)


def processes_of(folder: Path) -> Iterator[int]:
    """Yield every other process of this user whose words or environment name the folder."""
    mark = os.fsencode(folder)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                texts = ((entry / name).read_bytes() for name in ("cmdline", "environ"))
                if any(mark in text for text in texts):
                    yield int(entry.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
