"""This host as a test may look at it while others run: their machines are not its business."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MACHINES = "kafkastack-test-"  # control groups of test machines
_NETWORKS = "/run/netns"  # where those of test machines are mounted
_LOCK = Path("/run/lock/kafkastack-test-cloud")


def mounts() -> list[str]:
    """Return the lines of this host's mounts."""
    lines = Path("/proc/mounts").read_text().splitlines()
    return [line for line in lines if not line.split()[1].startswith(_NETWORKS)]


def is_on_a_machine(process: Path) -> bool:
    """Report whether a process (its folder in /proc) is one of a test machine."""
    return MACHINES in (process / "cgroup").read_text()


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other suite has a cloud: all of them use the same folders and addresses."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
