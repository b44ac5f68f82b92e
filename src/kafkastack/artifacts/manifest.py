"""What a folder of the cache consists of, recorded when it is made: a change of it is seen."""

import asyncio
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from kafkastack.system.files import write_atomically

_known: set[Path] = set()  # what this process has recorded or compared: once is enough

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
    if folder in _known or not folder.is_dir():
        return ()
    found = await asyncio.to_thread(differences, folder)
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
    return {path[len(os.fspath(folder)) + 1 :]: _told(path) for path in _files(os.fspath(folder))}


def _files(folder: str) -> Iterator[str]:
    # Strings: a Path for each of thousands of files takes longer than reading them.
    for top, folders, names in os.walk(folder):
        yield from (f"{top}/{name}" for name in names)
        yield from (f"{top}/{name}" for name in folders if os.path.islink(f"{top}/{name}"))  # noqa: PTH114


def _told(path: str) -> str:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return f"link {os.readlink(path)}"  # noqa: PTH115
    if not stat.S_ISREG(mode):
        return "other"
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return f"{mode & 0o100:o} {digest}"
