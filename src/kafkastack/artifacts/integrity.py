"""Integrity of the files that a controller is about to use: still the bytes it has checked."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kafkastack.artifacts import manifest
from kafkastack.artifacts.archive import forget_archives, spoiled_archives
from kafkastack.artifacts.cache import VARIABLE, cache_dir, disk_errors
from kafkastack.artifacts.distributions import (
    Distribution,
    find_resource,
    locked_jars,
)
from kafkastack.artifacts.java import our_java_folder
from kafkastack.artifacts.lockfile import LockedJar
from kafkastack.artifacts.verified import has_locked_bytes
from kafkastack.system.ownership import checked


def check_resource(name: str) -> tuple[str, ...]:
    """Read every byte that a resource consists of; return the names of what was spoiled.

    It is forgotten: whoever wants the resource fetches or makes it again. PreflightError if
    another user could change what is read.
    """
    return forget_spoiled(find_resource(name)[0])


def forget_spoiled(distribution: Distribution) -> tuple[str, ...]:
    """Read every byte of a distribution, its archives and our Java; forget what is spoiled."""
    spoiled = spoiled_jars(distribution)
    folder = cache_dir() / distribution.folder
    for jar in spoiled:
        with suppress(OSError):  # a cache that cannot be written is told by who fetches
            os.utime(folder / "lib" / jar.file)
    archives = spoiled_archives(distribution, folder)
    if archives:
        forget_archives(folder)
    return (*(jar.file for jar in spoiled), *archives, *_forget_spoiled_java())


def spoiled_jars(distribution: Distribution) -> tuple[LockedJar, ...]:
    """Return the jars that are there with other bytes than those of the lock file."""
    lib = checked(cache_dir() / distribution.folder / "lib", VARIABLE)
    with disk_errors(lib):
        there = [jar for jar in locked_jars(distribution) if (lib / jar.file).exists()]
        return tuple(jar for jar in there if not has_locked_bytes(lib / jar.file, jar))


def spoiled_java() -> tuple[str, ...]:
    """Return which files of the Java in the cache are not as they were made."""
    folder = checked(our_java_folder(), VARIABLE)
    return manifest.differences(folder) if folder.is_dir() else ()


def spoiled_extras(distribution: Distribution) -> Mapping[str, tuple[str, ...]]:
    """Return what is spoiled beside the jars, by what it belongs to; nothing is changed."""
    environments = sorted((cache_dir() / "environments").glob("*.manifest"))
    folders = [path.with_name(path.name.removesuffix(".manifest")) for path in environments]
    found = {
        "class archives": spoiled_archives(distribution, cache_dir() / distribution.folder),
        "java": spoiled_java(),
        **{f"packages {f.name}": manifest.differences(f) for f in folders if f.is_dir()},
    }
    return {what: names for what, names in found.items() if names}


def _forget_spoiled_java() -> tuple[str, ...]:
    spoiled = spoiled_java()
    if spoiled:
        _remove(our_java_folder())
    return spoiled


def _remove(folder: Path) -> None:
    manifest.manifest_of(folder).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
