"""This host as a test may look at it while others run: their machines are not its business."""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MACHINES = "kafkastack-test-"  # control groups of test machines
OWN = "kfs"  # begins the names of interfaces and disks that a test makes on this host
_NETWORKS = "/run/netns"  # where those of test machines are mounted
_LOCK = Path("/run/lock/kafkastack-test-cloud")


def mounts() -> list[str]:
    """Return the lines of this host's mounts, but for those of other tests."""
    lines = Path("/proc/mounts").read_text().splitlines()
    others = re.compile(rf"{OWN} |\S+ {_NETWORKS}")
    return [line for line in lines if not others.match(line)]


def is_of_an_interface_of_tests(line: str) -> bool:
    """Report whether a line of `ip` is about an interface that a test has made."""
    return re.search(rf"\b{OWN}\d+\b", line) is not None


def is_on_a_machine(process: Path) -> bool:
    """Report whether a process (its folder in /proc) is one of a test machine."""
    return MACHINES in (process / "cgroup").read_text()


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other suite has a cloud: all of them use the same folders and addresses."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
