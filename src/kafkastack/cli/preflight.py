"""preflight: what this machine has, what will be fetched and where to, who holds a port."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from kafkastack.artifacts.cache import cache_dir
from kafkastack.artifacts.distributions import Distribution
from kafkastack.artifacts.integrity import spoiled_extras
from kafkastack.artifacts.java import OLDEST, find_java
from kafkastack.artifacts.our_charms import distribution_of
from kafkastack.artifacts.resources import plan
from kafkastack.cli.catalogue import PORTS
from kafkastack.clouds.local.listeners import wildcard_listeners
from kafkastack.clouds.protocol import Preflight
from kafkastack.errors import PreflightError
from kafkastack.gnuflag import Parsed
from kafkastack.system.places import data_dir

MEMORY_MB = 1000  # ZooKeeper 90, Kafka 300, controller and hooks 200, clients and air
DISK_MB = 500  # logs and data of a small cluster
UNPACKED = 4  # a Java unpacks to three times its download; class archives come on top
_SHOWN = 3  # names of files that were changed
_MB = 1_000_000


def preflight(parsed: Parsed) -> int:
    """Print what was found; PreflightError names the first thing that is missing."""
    wanted = distribution_of(parsed["channel"])
    looks = (*_AT_THE_HOST, partial(_downloads, wanted), _data, partial(_ports, wanted.track))
    findings = [finding for look in looks for finding in look()]
    for finding in findings:
        print(f"{'ok' if finding.ok else 'MISSING':<8} {finding.subject:<9} {finding.message}")
    if missing := [finding for finding in findings if not finding.ok]:
        rest = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise PreflightError(f"{missing[0].message}{rest}", missing[0].advice)
    return 0


def _system() -> Iterator[Preflight]:
    name = platform.system()
    advice = "on macOS use a Linux virtual machine (Multipass, Lima), on Windows use WSL 2"
    yield Preflight("system", name == "Linux", f"{name} {platform.machine()}", advice)


def _python() -> Iterator[Preflight]:
    yield Preflight("python", True, f"{platform.python_version()} ({sys.executable})")


def _user() -> Iterator[Preflight]:
    if os.geteuid() == 0:
        yield Preflight("user", True, "root: a user for each machine, with this host read-only")
    else:
        yield Preflight("user", True, "an ordinary user: everything runs as you")


def _perl() -> Iterator[Preflight]:
    perl = shutil.which("perl")
    yield Preflight("perl", True, perl or "none: hook tools use Python, a little slower")


def _java() -> Iterator[Preflight]:
    try:
        java = find_java()
    except PreflightError:
        return  # of a cache that cannot be trusted: told with the downloads
    if java:
        yield Preflight("java", True, f"{java.version} ({java.path})")
    else:
        yield Preflight("java", True, f"none of version {OLDEST} or newer: it will be fetched")


def _memory() -> Iterator[Preflight]:
    free = memory_available(Path("/proc/meminfo").read_text())
    yield Preflight(
        "memory",
        free >= MEMORY_MB,
        f"{free} MB available, {MEMORY_MB} MB needed",
        "end some programs, or use a machine with more memory",
    )


def memory_available(meminfo: str) -> int:
    """Return MemAvailable of /proc/meminfo in MB."""
    rows = (line.split() for line in meminfo.splitlines())
    return next(int(row[1]) * 1024 // _MB for row in rows if row[0] == "MemAvailable:")


def _downloads(wanted: Distribution) -> Iterator[Preflight]:
    try:
        yield from _planned(wanted)
    except PreflightError as error:
        yield Preflight("cache", False, error.message, error.advice)


def _planned(wanted: Distribution) -> Iterator[Preflight]:
    planned, extras = plan(wanted), spoiled_extras(wanted)
    for item in planned:
        words = f"{item.name}: {item.size / _MB:.1f} MB will be fetched to {item.folder}"
        yield Preflight("download", True, words)
    spoiled = {item.name: item.spoiled for item in planned if item.spoiled}
    for what, names in {**spoiled, **extras}.items():
        yield Preflight("changed", True, f"{what}: {_listed(names)}: will be made again")
    if planned:
        size = sum(item.size for item in planned)
        yield _room("cache", cache_dir(), UNPACKED * size // _MB)
    elif not extras:
        yield Preflight("download", True, f"nothing: all is there, in {cache_dir()}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _data() -> Iterator[Preflight]:
    try:
        yield _room("data", data_dir(), DISK_MB)
    except PreflightError as error:
        yield Preflight("data", False, error.message, error.advice)


def _room(subject: str, folder: Path, needed: int) -> Preflight:
    """Report whether a folder, which need not exist yet, can be written and has room."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK):
        return Preflight(subject, False, f"{there} cannot be written", f"chmod u+w {there}")
    free = shutil.disk_usage(there).free // _MB
    message = f"{free} MB free in {there}, {needed} MB needed"
    return Preflight(subject, free >= needed, message, f"make room in {there}")


def _ports(track: str) -> Iterator[Preflight]:
    held = wildcard_listeners(port for ports in PORTS[track].values() for port in ports)
    for one in held:
        yield Preflight(f"port {one.port}", False, one.message, one.advice)
    if not held:
        yield Preflight("ports", True, "nobody holds a port of ours on every address")


_AT_THE_HOST: tuple[Callable[[], Iterator[Preflight]], ...] = (
    _system,
    _python,
    _java,
    _perl,
    _user,
    _memory,
)
