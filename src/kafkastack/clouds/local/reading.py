"""How a file that a program of a machine names is read: a file only, and not without end."""

import os
import stat
from pathlib import Path

MOST_BYTES = 1 << 20  # of a unit file or an EnvironmentFile


def read_regular(path: Path) -> bytes:
    """Return what a file holds, at most MOST_BYTES; OSError for what is no file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "no file")
        return file.read(MOST_BYTES)
