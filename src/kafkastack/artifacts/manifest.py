"""Manifest of a folder of the cache, recorded when it is made: a change of it is seen."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from kafkastack.system.files import write_atomically

_SMALL = 1 << 20  # bytes that are read at once
_known: set[Path] = set()  # what this process has recorded or compared: once is enough
_comparing: dict[Path, asyncio.Task[tuple[str, ...]]] = {}

Contents = dict[str, str]  # relative path → what is there: its kind, mode and digest or target


def manifest_of(folder: Path) -> Path:
    """Return the file beside a folder that says what the folder consists of."""
    return folder.with_name(f"{folder.name}.manifest")


def record(folder: Path, final: Path | None = None) -> None:
    """Record a folder that is complete, before it gets its `final` name where it has another."""
    place = final or folder
    write_atomically(manifest_of(place), msgspec.json.encode(read(folder)), 0o444)
    _known.add(place)


async def spoiled(folder: Path) -> tuple[str, ...]:
    """Return what is not as it was made; the files of a folder are read once a process."""
    expect(folder)
    return await asyncio.shield(_comparing[folder]) if folder in _comparing else ()


def expect(folder: Path) -> None:
    """Begin to read a folder that `spoiled` will be asked about."""
    if folder in _known or folder in _comparing or not folder.is_dir():
        return
    task = _comparing[folder] = asyncio.create_task(_compare(folder))
    task.add_done_callback(lambda task: task.cancelled() or task.exception())


async def _compare(folder: Path) -> tuple[str, ...]:
    try:
        found = await asyncio.to_thread(differences, folder)
    finally:
        del _comparing[folder]
    if not found:
        _known.add(folder)
    return found


def differences(folder: Path) -> tuple[str, ...]:
    """Return what in a folder is not as it was recorded, by name; code nobody recorded is one.

    A folder of an older version has no record: it gets one of what it is.
    """
    try:
        recorded = msgspec.json.decode(manifest_of(folder).read_bytes(), type=Contents)
    except FileNotFoundError:
        with suppress(OSError):  # of a cache that cannot be written
            record(folder)
        return ()
    except (OSError, msgspec.MsgspecError):
        return (manifest_of(folder).name,)
    found = read(folder)
    names = recorded.keys() | found.keys()
    return tuple(sorted(name for name in names if recorded.get(name) != found.get(name)))


def read(folder: Path) -> Contents:
    """Return what a folder consists of; folders count by what is in them."""
    start = len(os.fspath(folder)) + 1
    return {path[start:]: told for path, told in _describe_below(os.fspath(folder))}


def _describe_below(folder: str) -> Iterator[tuple[str, str]]:
    # Strings and entries: a Path for each of thousands of files takes longer than reading them.
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                yield entry.path, f"link {os.readlink(entry.path)}"  # noqa: PTH115
            elif entry.is_dir():
                yield from _describe_below(entry.path)
            else:
                yield entry.path, _describe(entry.path) if entry.is_file() else "other"


def _describe(path: str) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        found = os.fstat(descriptor)
        if found.st_size < _SMALL:
            digest = hashlib.sha256(stream.readall())
        else:
            digest = hashlib.file_digest(stream, "sha256")
    return f"{found.st_mode & 0o100:o} {digest.hexdigest()}"
