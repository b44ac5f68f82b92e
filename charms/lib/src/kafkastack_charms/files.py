"""Files of a workload: written in one step, readable by its user only."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_ERROR = r"\] (?:ERROR|FATAL) (.+)"
_CAUSE = r"(?:Caused by: )?(?:[a-z]\w*\.)+(\w[\w$]*(?:Exception|Error)(?:: .*)?)"


def make_folders(folders: tuple[Path, ...], user: str | None) -> None:
    """Make the folders of a user, closed to everybody else."""
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _chown(folder, user)


def write(files: Mapping[Path, str | bytes], user: str | None, mode: int = 0o600) -> None:
    """Replace each file in one step, as the user's."""
    for path, text in files.items():
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        content = text if isinstance(text, bytes) else text.encode()
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        _chown(fresh, user)
        fresh.replace(path)


def _chown(path: Path, user: str | None) -> None:
    if user:
        shutil.chown(path, user, user)


def read(path: Path) -> str:
    """Return a file's text, empty where there is none."""
    with suppress(FileNotFoundError):
        return path.read_text()
    return ""


def explain_exit(log: Path) -> str:
    """Return what a log4j log says of a server that has exited."""
    return last_error(log) or "without an ERROR in its log"


def last_error(log: Path, within: int = 1 << 16) -> str:
    """Return the last ERROR or FATAL at the end of a log4j log, by its deepest cause."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - within))
            lines = stream.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    found = ""
    for line in lines:
        if error := re.search(_ERROR, line):
            found = error[1]
        elif found and (cause := re.fullmatch(_CAUSE, line)):
            found = cause[1]
    return found


def outdated(files: Mapping[Path, str]) -> dict[Path, str]:
    """Return the files that differ from what is on disk, those too that are to be empty."""
    return {p: text for p, text in files.items() if not p.exists() or read(p) != text}
