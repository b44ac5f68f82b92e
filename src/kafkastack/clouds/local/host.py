"""Base and hardware of this host, in Juju's words."""

import os
import platform
from collections.abc import Mapping

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def base_of(release: Mapping[str, str]) -> str:
    """Return the base ("debian@12") that /etc/os-release names."""
    return f"{release.get('ID', 'linux')}@{release.get('VERSION_ID', 'unknown')}"


def read_base() -> str:
    """Return this host's base."""
    try:
        return base_of(platform.freedesktop_os_release())
    except OSError:
        return base_of({})


def read_hardware() -> str:
    """Return this host's hardware as Juju prints it: "arch=amd64 cores=2 mem=3934M"."""
    machine = platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    arch = _ARCHITECTURES.get(machine, machine)
    return f"arch={arch} cores={os.cpu_count() or 1} mem={memory}M"
