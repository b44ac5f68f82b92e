"""Creation of folders with the modes that they should have."""

import errno
import os
from pathlib import Path


def make_folder(path: Path, mode: int = 0o755) -> None:
    """Make a folder and those above it that are missing, with modes that no umask changes."""
    missing = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
    for folder in reversed(missing):
        try:
            folder.mkdir(0o700)
        except FileExistsError:
            continue  # another process makes it, too
        folder.chmod(mode if folder == path else 0o755)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
