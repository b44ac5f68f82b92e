"""Snapshot of a host: everything that a cloud could leave on it, as sets to compare."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from itertools import filterfalse
from pathlib import Path

from tests.fakes.host import is_of_an_interface_of_tests, is_on_a_machine, mounts

# Folders in which nothing may be left; logs of the system and what others write are not looked at.
_FOLDERS = ("/etc", "/usr/local", "/var/lib", "/run", "/opt", "/root/.config", "/srv")
_OTHERS = ("/var/lib/apt", "/var/lib/dpkg", "/var/lib/systemd", "/run/utmp", "/run/lock")
_MACHINES = ("/run/netns", "/run/systemd/nspawn")  # of other tests
_ANOTHER = "/var/lib/kafkastack/"  # the usual place of a cloud that is not the tests' own
_CHANGING = ("/proc/sys/kernel/random", "/proc/sys/fs", "/proc/sys/kernel/ns_last_pid")

Snapshot = dict[str, frozenset[str]]


def snapshot() -> Snapshot:
    """Return what is on this host now."""
    return {
        "interfaces": _ip("-o", "link"),
        "addresses and routes": _ip("-o", "addr") | _ip("route"),
        "mounts": frozenset(mounts()),
        "namespaces": frozenset(_namespaces()),
        "control groups": frozenset(map(str, Path("/sys/fs/cgroup").glob("*/*kafkastack-micro*"))),
        "loop devices": frozenset(_loop_devices()),
        "settings of the kernel": frozenset(_settings()),
        "users": frozenset(Path("/etc/passwd").read_text().splitlines()),
        "groups": frozenset(Path("/etc/group").read_text().splitlines()),
        "packages": _lines("dpkg-query", "-W"),
        "rules": _lines("iptables-save") | _lines("nft", "list", "ruleset"),
        "files": frozenset(_files()),
    }


def left(before: Snapshot, after: Snapshot) -> dict[str, list[str]]:
    """Return what is there now and was not, and the other way round; empty if nothing is."""
    return {
        kind: sorted(before[kind] ^ after[kind]) for kind in before if before[kind] != after[kind]
    }


def _ip(*words: str) -> frozenset[str]:
    """Return lines of `ip`, but for those of other tests."""
    return frozenset(filterfalse(is_of_an_interface_of_tests, _lines("ip", *words)))


def _lines(*argv: str) -> frozenset[str]:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return frozenset()
    lines = (line for line in done.stdout.splitlines() if not line.startswith("#"))
    return frozenset(line.split(" valid_lft")[0].replace(" tentative", "") for line in lines)


def _loop_devices() -> Iterator[str]:
    """Yield them with their files, but for those of other tests."""
    for line in _lines("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE"):
        if "/pytest-of-" not in line:
            yield line


def _namespaces() -> set[str]:
    """Return the process namespaces that are neither this one nor one of a test machine."""
    known = {Path("/proc/self/ns/pid").readlink()}  # who enters a machine has its namespace alone
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                theirs = (folder / "ns" / "pid").readlink()
                (known if is_on_a_machine(folder) else found).add(theirs)
    return set(map(str, found - known))


def _settings() -> Iterator[str]:
    for folder in ("/proc/sys/net/ipv4", "/proc/sys/net/ipv6", "/proc/sys/kernel", "/proc/sys/vm"):
        for file in Path(folder).glob("*"):
            if file.is_file() and not str(file).startswith(_CHANGING):
                try:
                    yield f"{file} {file.read_text().strip()}"
                except OSError:
                    continue


def _files() -> Iterator[str]:
    for top in _FOLDERS:
        for folder, folders, names in os.walk(top):
            skipped = (*_OTHERS, *_MACHINES, _ANOTHER)
            folders[:] = [name for name in folders if not f"{folder}/{name}".startswith(skipped)]
            yield from (f"{folder}/{name}" for name in names)
