"""Cache folder of a charm's Python packages, and a check that they can be had."""

import os
import platform
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from kafkastack.artifacts import manifest
from kafkastack.artifacts.charm_folder import PACKAGES, PINS, CharmFolder
from kafkastack.artifacts.python_target import Target


class Charm(Struct, frozen=True):
    """The files of a charm and the digest of their content."""

    files: Path
    digest: str


class Interpreter(Struct, frozen=True):
    """A Python of a machine, by the name that this host has for it ("" if it has none)."""

    target: Target
    here: str = ""


async def check_packages(charm: Charm, cache: Path) -> tuple[str, ...]:
    """Refuse a charm whose packages cannot be had, before a unit needs them; return warnings.

    Which Python it will meet is not known yet: that of this host stands in for it. What was made
    for it before is compared while its machine is being made.
    """
    target = Target(platform.python_version(), platform.machine())
    with suppress(PermissionError):  # who needs what is there is told
        manifest.expect(link_of(charm, target, cache).resolve())
    has_parts = (charm.files / "charmcraft.yaml").exists()
    if (charm.files / PACKAGES).is_dir() or (not has_parts and _was_read(charm, cache)):
        return ()
    from kafkastack.artifacts.environment_builds import wanted_of

    return (await wanted_of(charm.files, target)).warnings


async def known_environment(charm: Charm, target: Target, cache: Path) -> Path | None:
    """Return the folder that was made for this very charm, without reading what it wants."""
    if _is_packed_for(charm.files, target.minor):
        return charm.files / PACKAGES
    link = link_of(charm, target, cache)
    if not os.path.isdir(link):  # noqa: PTH112  # a cache that is closed to us has none either
        return None
    folder = link.resolve()
    return None if await manifest.spoiled(folder) else folder


def _was_read(charm: Charm, cache: Path) -> bool:
    with suppress(PermissionError):  # who needs what is there is told
        return any((cache / "environments").glob(f"of-{charm.digest}-*"))
    return False


def link_of(charm: Charm, target: Target, cache: Path) -> Path:
    """Return the link that is named after a charm and a Python, to the folder of its packages."""
    name = f"of-{charm.digest}-{target.minor}-{target.machine}"
    return cache.absolute() / "environments" / name


def _is_packed_for(files: Path, python: str) -> bool:
    """Report whether a packed charm brings packages that this Python can import."""
    if not (files / PACKAGES).is_dir():
        return False
    first = CharmFolder(files).text(PINS).partition("\n")[0].split()
    return first[:2] == ["#", "python"] and first[2:] in ([], [python])
