"""Modes that open one user's files to the others, who may read them and no more."""

import os
import stat
from pathlib import Path


def open_to_others(tree: Path, below: Path) -> None:
    """Let every user who comes to `below` read a tree in it.

    One whose top is open already is left alone: it is opened last.
    """
    for folder in tree.relative_to(below).parents:
        _add(below / folder, 0o011)
    if not _is_open(tree.stat().st_mode):
        open_all(tree)


def open_all(tree: Path) -> None:
    """Let every user read all of a tree, its top last."""
    for folder, folders, names in os.walk(tree):
        for name in (*folders, *names):
            path = Path(folder) / name
            if not path.is_symlink():
                _add(path, _reading(path.stat().st_mode))
    _add(tree, _reading(tree.stat().st_mode))


def _add(path: Path, wanted: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & wanted != wanted:
        path.chmod(mode | wanted)


def _is_open(mode: int) -> bool:
    return mode & _reading(mode) == _reading(mode)


def _reading(mode: int) -> int:
    return 0o055 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o044
