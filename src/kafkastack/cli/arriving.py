"""Arrival of a copied file or folder: it gets its name on this host when all of it is here."""

import os
import shutil
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system import beneath


@contextmanager
def arriving(target: Path) -> Generator[Path]:
    """Give a name for what comes; it becomes `target`, or a part of it, when the block ends well.

    A link that `target` is was put there by who copies, and is followed; none below it is.
    """
    try:
        target = target.resolve()
        if not target.parent.is_dir():
            raise NotFoundError(f"scp: {target.parent}: No such file or directory")
        if _is_special(target) or not os.access(target.parent, os.W_OK):
            with _staged(Path(tempfile.gettempdir())) as new:
                yield new
                _write_over(new, target)
        else:
            with _staged(target.parent) as new:
                yield new
                with beneath.opened(new.parent) as source, beneath.opened(target.parent) as folder:
                    _move(source, new.name, folder, target.name)
    except OSError as error:
        raise KafkastackError(f"scp: {target}: {error.strerror or error}") from error


@contextmanager
def _staged(folder: Path) -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix=".kafkastack-scp-", dir=folder) as staging:
        yield Path(staging) / "new"


def _is_special(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


def _write_over(new: Path, target: Path) -> None:
    """Write a file into one that is no regular file, or whose folder is closed to us."""
    if new.is_dir():
        raise KafkastackError(f"scp: {target}: cannot be replaced by a folder")
    with new.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def _move(source: int, name: str, folder: int, target: str) -> None:
    """Give what is called `name` in one open folder the name `target` in another."""
    is_folder = stat.S_ISDIR(os.lstat(name, dir_fd=source).st_mode)
    there = _mode_of(folder, target)
    if there and is_folder != stat.S_ISDIR(there):
        raise KafkastackError(f"scp: {target} is there, and is {_KINDS[not is_folder]}")
    if not (there and is_folder):
        os.replace(name, target, src_dir_fd=source, dst_dir_fd=folder)
        return
    inner, inner_target = beneath.enter(source, name), beneath.enter(folder, target)
    try:
        for each in beneath.names_in(inner):
            _move(inner, each, inner_target, each)
    finally:
        os.close(inner)
        os.close(inner_target)


_KINDS = {True: "a folder", False: "no folder"}


def _mode_of(folder: int, name: str) -> int:
    """Return the kind and mode of what is there, 0 if nothing is."""
    try:
        return os.lstat(name, dir_fd=folder).st_mode
    except FileNotFoundError:
        return 0
