"""Files that another user of the host could read."""

from pathlib import Path


def open_to_others(folder: Path) -> list[Path]:
    """Return the files below a folder that another user can reach and read, if he can enter it."""
    return [path for path in folder.rglob("*") if path.is_file() and _is_open(path, folder)]


def _is_open(path: Path, folder: Path) -> bool:
    between = path.parents[: path.parents.index(folder)]
    can_reach = all(parent.stat().st_mode & 0o011 for parent in between)
    return can_reach and bool(path.stat().st_mode & 0o044)
