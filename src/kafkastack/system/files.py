"""How a file is replaced as one, a folder removed, and how two processes take turns."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


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
    """Remove a file or a folder, whatever the modes of the folders in it; fine if it is gone."""
    if not _is_folder(path):
        path.unlink(missing_ok=True)
        return
    for folder, _, _ in os.walk(path):
        with contextlib.suppress(OSError):
            Path(folder).chmod(0o700)
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():  # something was written meanwhile
        shutil.rmtree(path)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
