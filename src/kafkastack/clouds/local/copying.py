"""How a file or a folder gets its name in one step, with everything in it."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def copy_as_one(source: Path, target: Path, staging: Path) -> None:
    """Copy `source` to `target`; who looks sees the old one or the new one, never a part."""
    staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=staging) as folder:
        part = Path(folder) / "new"
        _copy(source, part)
        target.parent.mkdir(parents=True, exist_ok=True)
        if _is_folder(target):
            target.rename(Path(folder) / "old")  # removed with the staging folder
        part.replace(target)


def _copy(source: Path, target: Path) -> None:
    if _is_folder(source):
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


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
