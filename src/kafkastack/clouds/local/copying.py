"""How a file or a folder gets its name in one step, with everything in it."""

import shutil
import tempfile
from pathlib import Path

from kafkastack.clouds.local.belonging import give
from kafkastack.system.files import remove_tree

__all__ = ["copy_as_one", "remove_tree"]


def copy_as_one(source: Path, target: Path, staging: Path, owner: int = 0) -> None:
    """Copy `source` to `target`; who looks sees the old one or the new one, never a part.

    It and what leads to it belong to `owner`, if that is not 0.
    """
    staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=staging) as folder:
        part = Path(folder) / "new"
        _copy(source, part)
        if owner:
            give(part, owner)
        _make_parents(target.parent, owner)
        if _is_folder(target):
            target.rename(Path(folder) / "old")  # removed with the staging folder
        part.replace(target)


def _make_parents(folder: Path, owner: int) -> None:
    if folder.exists():
        return
    _make_parents(folder.parent, owner)
    folder.mkdir(exist_ok=True)
    if owner:
        give(folder, owner)


def _copy(source: Path, target: Path) -> None:
    if _is_folder(source):
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
