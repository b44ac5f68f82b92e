"""Trimming of the output of services, so that it does not grow without end."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from kafkastack.errors import KafkastackError
from kafkastack.system import beneath
from kafkastack.system.trees import send

LIMIT_BYTES = 32 << 20

_ASIDE = "out.log.1"
_NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK


def trim(machines: Iterable[Path], limit: int = LIMIT_BYTES) -> None:
    """Copy the end of every output above `limit` bytes aside, and empty it."""
    for machine in machines:
        for output in machine.glob("services/*/out.log"):
            _trim_one(machine, output, limit)


def _trim_one(machine: Path, output: Path, limit: int) -> None:
    # The workload has the file open for appending and goes on at its new end; a line written
    # between the two steps is lost, which is what keeping the file open costs.
    try:
        with beneath.opened(machine, output.parent) as folder:
            descriptor = os.open(output.name, os.O_RDWR | os.O_NONBLOCK | _NO_LINK, dir_fd=folder)
            try:
                _move_aside(folder, descriptor, limit)
            finally:
                os.close(descriptor)
    except (OSError, KafkastackError):  # it is being removed, or is a link: nobody's output
        return


def _move_aside(folder: int, output: int, limit: int) -> None:
    found = os.fstat(output)
    if not stat.S_ISREG(found.st_mode) or found.st_size <= limit:
        return
    with beneath.scratch(folder) as part:
        copy = os.open(_ASIDE, _NEW, 0o600, dir_fd=part)
        try:
            os.lseek(output, found.st_size - limit, os.SEEK_SET)  # it can be long and hold nothing
            send(output, copy, limit)
        finally:
            os.close(copy)
        os.replace(_ASIDE, _ASIDE, src_dir_fd=part, dst_dir_fd=folder)
    os.ftruncate(output, 0)
