"""How the output of services is kept from growing without end."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

LIMIT_BYTES = 32 << 20


def trim(machines: Iterable[Path], limit: int = LIMIT_BYTES) -> None:
    """Copy every output above `limit` bytes aside, and empty it."""
    for machine in machines:
        for output in machine.glob("services/*/out.log"):
            _trim_one(output, limit)


def _trim_one(output: Path, limit: int) -> None:
    # The workload has the file open for appending and goes on at its new end; a line written
    # between the two steps is lost, which is what keeping the file open costs.
    try:
        if output.stat().st_size > limit:
            shutil.copyfile(output, output.with_name("out.log.1"))
            os.truncate(output, 0)
    except FileNotFoundError:  # the machine is being removed
        return
