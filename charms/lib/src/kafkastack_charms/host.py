"""The machine of a unit: its Java, its system users, its memory."""

from __future__ import annotations

import ipaddress
import logging
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# In the two versions of cgroups, as a container sees its own.
LIMITS = ("memory.max", "memory/memory.limit_in_bytes")

logger = logging.getLogger(__name__)


class CannotInstallError(Exception):
    """Something is missing on this machine; the message says what to do."""


def find_java() -> str:
    """Return the path of Java, installing it where this is a machine of our own."""
    if not shutil.which("java") and os.geteuid() == 0 and shutil.which("apt-get"):
        _install_java()
    java = shutil.which("java")
    if java is None:
        raise CannotInstallError("no java here and no right to install it: install a JRE 17")
    return java


def _install_java() -> None:
    for words in (("update",), ("install", "--yes", "default-jre-headless")):
        done = subprocess.run(("apt-get", "-q", *words), capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise CannotInstallError(f"apt-get {words[0]} failed: {' '.join(reason)}")


def find_user(name: str) -> str | None:
    """Return the system user of a workload, made where we may, or None to run as we are."""
    if os.geteuid() != 0:
        return None
    if not _exists(name) and shutil.which("useradd"):
        words = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name)
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            logger.warning("%s runs as root: %s", name, done.stderr.strip())
    return name if _exists(name) else None


def _exists(user: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


def sort_names(names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return which names are names, and which are IP addresses: clients look for either."""
    every = frozenset(names)
    addresses = frozenset(name for name in every if is_address(name))
    return every - addresses, addresses


def is_address(name: str) -> bool:
    """Report whether a name is an IP address."""
    with suppress(ValueError):
        return bool(ipaddress.ip_address(name))
    return False


def has_address(name: str) -> bool:
    """Report whether a server can listen there: it is an IP address of this machine."""
    if not is_address(name):
        return False
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried, suppress(OSError):
        tried.bind((name, 0))
        return True
    return False


def memory(cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes of memory of this machine; a container may have a part of the host's."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [there]
    for name in LIMITS:
        with suppress(OSError, ValueError):  # "max" is none
            limits.append(int((cgroups / name).read_text()))
    return min(limits)
