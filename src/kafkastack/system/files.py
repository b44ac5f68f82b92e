"""How a file is replaced as one, and how two processes take turns."""

import fcntl
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


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
