"""Preflight findings: what this host lacks for a cloud, or has in the way; nothing is changed."""

import ipaddress
import os
import platform
import shutil
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from kafkastack.clouds.protocol import Preflight
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.settings import PORTS, Settings

_MEMORY_GB = 4.0
_DISK_GB = 6.0
_GB = 1024**3
_PROVEN = ("debian", "12")
_LIKELY = {("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04")}
_PROGRAMS = {"unshare": "util-linux", "nsenter": "util-linux", "ssh-keygen": "openssh-client"}


def findings(cloud: Cloud) -> list[Preflight]:
    """Return what was found, what stops first."""
    settings = cloud.settings
    found = [_root(), _system(_os_release()), _programs(), _memory(), *_disks(settings)]
    if not cloud.inside.leader:  # else it is the cloud itself that has them
        found += [_link(settings), _network(settings, _routes()), _ports(settings, _can_bind)]
    return sorted(found, key=lambda finding: finding.ok)


def _root() -> Preflight:
    return Preflight(
        "root",
        os.geteuid() == 0,
        "you are" if os.geteuid() == 0 else "namespaces and interfaces are made by root",
        "sudo kafkastack microstack bootstrap",
    )


def _system(release: tuple[str, str]) -> Preflight:
    """Debian 12 is proven; what is likely to work is tried, and said."""
    name = " ".join(release).strip()
    if platform.machine() != "x86_64":
        return Preflight(
            "system", False, f"{platform.machine()} is not supported", "use an x86_64 machine"
        )
    if release == _PROVEN:
        return Preflight("system", True, name)
    if release in _LIKELY:
        return Preflight("system", True, f"{name}: not proven, it should work")
    return Preflight(
        "system",
        False,
        f"{name or 'this system'} is not supported",
        "use Debian 12; in a virtual machine of it this works, too",
    )


def _os_release() -> tuple[str, str]:
    try:
        known = platform.freedesktop_os_release()
    except OSError:
        return ("", "")
    return known.get("ID", ""), known.get("VERSION_ID", "")


def _programs() -> Preflight:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = {package for name, package in _PROGRAMS.items() if not shutil.which(name, path=path)}
    # mmdebstrap itself is taken out of its package: it needs all of Perl, not perl-base alone.
    if not (shutil.which("mmdebstrap") or (shutil.which("apt-get") and shutil.which("cpan"))):
        missing.add("mmdebstrap")
    if missing:
        words = " ".join(sorted(missing))
        return Preflight("programs", False, f"{words} are missing", f"sudo apt install {words}")
    return Preflight("programs", True, "all that are needed")


def _memory() -> Preflight:
    lines = Path("/proc/meminfo").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / _GB for line in lines}
    free = sizes["MemAvailable"]
    return Preflight(
        "memory",
        free >= _MEMORY_GB,
        f"{free:.1f} GB available, {_MEMORY_GB:.0f} GB are needed",
        "end other programs, or use a larger machine",
    )


def _disks(settings: Settings) -> list[Preflight]:
    return [_disk(folder) for folder in (settings.state, settings.cache)]


def _disk(folder: Path) -> Preflight:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free / _GB
    return Preflight(
        f"disk of {folder}",
        free >= _DISK_GB,
        f"{free:.1f} GB free, {_DISK_GB:.0f} GB are needed",
        "free some space, or set KAFKASTACK_MICROSTACK and KAFKASTACK_CACHE to folders elsewhere",
    )


def _link(settings: Settings) -> Preflight:
    is_free = not (Path("/sys/class/net") / settings.link).exists()
    return Preflight(
        f"interface {settings.link}",
        is_free,
        "free" if is_free else "this host has one of that name",
        f"ip link show {settings.link}; rename or remove it",
    )


def _network(settings: Settings, routes: Sequence[ipaddress.IPv4Network]) -> Preflight:
    ours = ipaddress.IPv4Network(settings.external)
    others = [str(route) for route in routes if route.prefixlen and route.overlaps(ours)]
    return Preflight(
        f"network {settings.external}",
        not others,
        f"this host has a route to {', '.join(others)}" if others else "free",
        "ip route show; the cloud needs this network for floating IPs, and has another one where"
        " KAFKASTACK_MICROSTACK names another folder",
    )


def _routes() -> list[ipaddress.IPv4Network]:
    """Return the networks that this host has routes to."""
    lines = Path("/proc/net/route").read_text().splitlines()[1:]
    return [_route(line.split()) for line in lines]


def _route(fields: Sequence[str]) -> ipaddress.IPv4Network:
    address, mask = (bytes.fromhex(fields[index])[::-1] for index in (1, 7))
    return ipaddress.IPv4Network((int.from_bytes(address), bin(int.from_bytes(mask)).count("1")))


def _ports(settings: Settings, can_bind: Callable[[str, int], bool]) -> Preflight:
    taken = [str(port) for port in PORTS.values() if not can_bind(settings.address, port)]
    return Preflight(
        f"ports on {settings.address}",
        not taken,
        f"somebody listens on {', '.join(taken)}, on every address" if taken else "free",
        f"ss -ltnp 'sport = :{taken[0]}'" if taken else "",
    )


def _can_bind(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
