"""Atomic replacement of a file, removal of a folder, and locks between two processes."""

import fcntl
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kafkastack.system import beneath


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Give a file to fill beside `path`, which it replaces when the block ends well."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(descriptor)
    staged = Path(name)
    try:
        yield staged
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace `path` by a file of `content`; a reader sees the old file or the new one."""
    with replacing(path) as staged:
        staged.write_bytes(content)
        staged.chmod(mode)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock file `path`; it ends with the process, so it is never stale."""
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def try_lock(stream: IO[str]) -> bool:
    """Lock an open file; tell whether nobody else holds it."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_tree(path: Path) -> None:
    """Remove a file or a folder, whatever the modes in it and how deep; fine if it is gone."""
    try:
        with beneath.opened(path.parent) as parent:
            beneath.remove_at(parent, path.name)
    except FileNotFoundError:
        return
