"""Folders below a trusted one, opened and removed without ever following a link."""

import errno
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from kafkastack.errors import KafkastackError

Owner = tuple[int, int]  # a uid and a gid

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_LINK = _FOLDER | os.O_NOFOLLOW


@contextmanager
def opened(
    root: Path, path: Path | None = None, *, make: bool = False, owner: Owner | None = None
) -> Generator[int]:
    """Give the descriptor of `path`, a folder at or below `root`; a link on the way is refused.

    `make` makes what is not there, of `owner`. What leads to `root` itself is trusted.
    """
    folder = os.open(root, _FOLDER)
    try:
        for name in inner_parts(root, path or root):
            inner = enter(folder, name, make=make, owner=owner)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def inner_parts(root: Path, path: Path) -> Sequence[str]:
    """Return the names that lead from `root` to `path`, which has to be at or below it."""
    if ".." in path.parts or not path.is_relative_to(root):
        raise KafkastackError(f"{path} is not below {root}")
    return path.relative_to(root).parts


def enter(folder: int, name: str, *, make: bool = False, owner: Owner | None = None) -> int:
    """Open a folder of an open folder; a link is refused, one that points to a folder too."""
    made = False
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=folder)
            made = True
    try:
        inner = os.open(name, _NO_LINK, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            there = Path(f"/proc/self/fd/{folder}").readlink() / name
            raise KafkastackError(
                f"{there} is a link or a file where a folder is expected: nothing is done there"
            ) from error
        raise
    if made and owner:  # what was opened, not what now has its name: it may be a hard link
        os.fchown(inner, *owner)
    return inner


def names_in(folder: int) -> list[str]:
    """Return the names in an open folder."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


@contextmanager
def scratch(folder: int) -> Generator[int]:
    """Give a new private folder in an open one; it is removed with all that is left in it."""
    name = f".{os.urandom(8).hex()}"
    os.mkdir(name, 0o700, dir_fd=folder)
    inner = enter(folder, name)
    try:
        yield inner
    finally:
        os.close(inner)
        remove_at(folder, name)


def remove_at(folder: int, name: str) -> None:
    """Remove what is called `name` in an open folder, however deep; fine if it is gone."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        with suppress(RecursionError):
            shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
        with suppress(FileNotFoundError):
            _remove_folder(folder, name)


def _remove_folder(folder: int, name: str) -> None:
    """Remove a folder whose folders are closed to us, or too deep to hold all of them open."""
    _open_up(folder, name)
    top = enter(folder, name)
    try:
        for _ in range(2):  # what is written meanwhile is removed, too, but not for ever
            _flatten(top)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=folder)


def _flatten(top: int) -> None:
    """Empty a folder: what is in a folder of it comes up beside it before that is removed."""
    left = names_in(top)
    while left:
        name = left.pop()
        if not _unlinked(top, name):
            left += _lift(top, name)
            os.rmdir(name, dir_fd=top)


def _lift(top: int, name: str) -> list[str]:
    """Move the folders of a folder beside it, remove its files, and return the new names."""
    lifted: list[str] = []
    inner = enter(top, name)
    try:
        for each in names_in(inner):
            if not _unlinked(inner, each):
                _open_up(inner, each)
                lifted.append(f".{os.urandom(8).hex()}")
                os.rename(each, lifted[-1], src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)
    return lifted


def _unlinked(folder: int, name: str) -> bool:
    """Remove a name that is no folder's; tell whether it was one."""
    try:
        os.unlink(name, dir_fd=folder)
    except IsADirectoryError:
        _open_up(folder, name)
        return False
    return True


def _open_up(folder: int, name: str) -> None:
    """Let us into a folder of ours, whatever its mode is; a link is not followed."""
    found = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        Path(f"/proc/self/fd/{found}").chmod(0o700)
    finally:
        os.close(found)
