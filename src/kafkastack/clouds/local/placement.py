"""Copies that get their name in one step: a file, or a folder with everything in it.

The machine may have put links on the way: below `root`, none is followed.
"""

import os
import stat
from pathlib import Path

from kafkastack.system import beneath, trees
from kafkastack.system.beneath import Owner
from kafkastack.system.tree_rules import OWN, STORAGE

_NEW, _OLD = "new", "old"


def push(
    source: Path, target: Path, *, root: Path, staging: Path, owner: Owner | None = None
) -> None:
    """Copy `source` to `target` below `root`, as files of `owner`.

    Who looks sees the old one or the new one, never a part.
    """
    with (
        beneath.opened(root, staging, make=True) as folder,
        beneath.scratch(folder) as part,
    ):
        trees.copy_into(source.resolve(), part, _NEW, OWN, owner=owner)
        with beneath.opened(root, target.parent, make=True, owner=owner) as parent:
            _replace(part, parent, target.name)


def pull(source: Path, target: Path, *, root: Path) -> None:
    """Copy `source`, below `root`, to `target`, which is ours; a link is copied as a link."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staging = target.with_name(f".{target.name}.part")
    with beneath.opened(target.parent) as parent:
        beneath.remove_at(parent, staging.name)  # what a killed one has left
        try:
            with beneath.opened(target.parent, staging, make=True) as part:
                trees.copy_into(source, part, _NEW, STORAGE, root=root)
                _replace(part, parent, target.name)
        finally:
            beneath.remove_at(parent, staging.name)


def remove(target: Path, *, root: Path) -> None:
    """Remove a file or a folder below `root`, whatever the modes in it; fine if it is gone."""
    try:
        with beneath.opened(root, target.parent) as parent:
            beneath.remove_at(parent, target.name)
    except FileNotFoundError:
        return


def _replace(part: int, parent: int, name: str) -> None:
    """Give what is new in `part` its name in `parent`; a folder cannot be replaced by renaming."""
    if _is_folder(parent, name):
        os.rename(name, _OLD, src_dir_fd=parent, dst_dir_fd=part)  # removed with the scratch
    os.replace(_NEW, name, src_dir_fd=part, dst_dir_fd=parent)


def _is_folder(folder: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode)
    except FileNotFoundError:
        return False
