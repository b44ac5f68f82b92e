"""Environment of every shell on a machine of our own: the programs, and the broker's folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

NAMES = ("CONF", "LOGS", "DATA", "BIN")
PROGRAMS, ENVIRONMENT = Path("usr/local/bin"), Path("etc/environment")


def publish(programs: Iterable[Path], places: Mapping[str, str], root: Path = Path("/")) -> None:
    """Link the programs and name the folders for every user, where we may."""
    if os.geteuid() != 0:
        return
    for program in programs:
        link = root / PROGRAMS / program.name
        if not link.is_symlink() or link.readlink() != program:
            link.unlink(missing_ok=True)
            link.symlink_to(program)
    _change(root / ENVIRONMENT, places)


def withdraw(bin_folder: Path, root: Path = Path("/")) -> None:
    """Take back what was published from a folder of programs."""
    if os.geteuid() != 0:
        return
    for link in (root / PROGRAMS).iterdir():
        if link.is_symlink() and link.readlink().parent == bin_folder:
            link.unlink()
    _change(root / ENVIRONMENT, dict.fromkeys(NAMES, ""))


def _change(path: Path, places: Mapping[str, str]) -> None:
    before = path.read_text() if path.exists() else ""
    after = merge(before, places)
    if after != before:
        path.write_text(after)


def merge(text: str, places: Mapping[str, str]) -> str:
    """Set variables in an environment file; an empty value removes one."""
    kept = [line for line in text.splitlines() if line.partition("=")[0] not in places]
    ours = [f'{name}="{value}"' for name, value in places.items() if value]
    return "".join(f"{line}\n" for line in (*kept, *ours))
