"""Copies of a controller's database: made by SQLite's own means, checked, and few."""

import calendar
import os
import re
import sqlite3
import time
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal

from msgspec import Struct

from kafkastack.errors import KafkastackError
from kafkastack.store.health import find_changed, open_read_only
from kafkastack.system.folders import make_folder

Reason = Literal["start", "hourly", "migration"]
KEPT: Mapping[str, int] = {"start": 3, "hourly": 3, "migration": 2}
_NAME = re.compile(r"state-(\d{8}T\d{6}Z)-(\w+)\.db")
_MAKE_ROOM = "make room or make it writable again"
_TIME = "%Y%m%dT%H%M%SZ"


class Backup(Struct, frozen=True):
    """A backup that is there."""

    path: Path
    made: str  # as in "20260102T030405Z"
    reason: str

    @property
    def time(self) -> float:
        """When it was made, in seconds since the epoch."""
        return float(calendar.timegm(time.strptime(self.made, _TIME)))


class BackupError(KafkastackError):
    """A backup could not be made, or is damaged."""


def folder_of(database: Path) -> Path:
    """Return the folder of the backups of a database."""
    return database.parent / "backups"


def list_backups(database: Path) -> list[Backup]:
    """Return the backups of a database, the newest first."""
    folder = folder_of(database)
    names = sorted((path.name for path in folder.glob("state-*.db")), reverse=True)
    found = [(name, match) for name in names if (match := _NAME.fullmatch(name))]
    return [Backup(folder / name, match[1], match[2]) for name, match in found]


def back_up(database: Path, reason: Reason, now: float | None = None) -> Path:
    """Copy a database that may be in use, check the copy, remove those that are too many.

    BackupError if the copy cannot be made or is not sound; what was there stays then.
    """
    made = time.strftime(_TIME, time.gmtime(now))
    folder = folder_of(database)
    target = folder / f"state-{made}-{reason}.db"
    part = folder / f".{target.name}.part"
    try:
        make_folder(folder, 0o700)
        copy_checked(database, part)
        part.replace(target)
    except OSError as error:
        words = f"{error.filename or folder}: {error.strerror}"
        raise BackupError(f"no backup of {database}: {words}", _MAKE_ROOM) from error
    finally:
        part.unlink(missing_ok=True)
    for name in surplus([backup.path.name for backup in list_backups(database)]):
        (folder / name).unlink(missing_ok=True)
    return target


def surplus(names: Collection[str], kept: Mapping[str, int] = KEPT) -> list[str]:
    """Return the names of the backups that are too many of their kind, the oldest."""
    surplus: list[str] = []
    for reason, count in kept.items():
        of_a_kind = sorted(name for name in names if name.endswith(f"-{reason}.db"))
        surplus += of_a_kind[: max(0, len(of_a_kind) - count)]
    return surplus


def copy_checked(source: Path, target: Path) -> None:
    """Copy a database into one file of mode 0600 that is on the disk; BackupError if unsound.

    Of a copy that fails nothing is left.
    """
    try:
        _copy_checked(source, target)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise BackupError(f"{source} cannot be copied: {error}", _MAKE_ROOM) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy_checked(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with (
        closing(open_read_only(source)) as there,
        closing(sqlite3.connect(target, isolation_level=None)) as here,
    ):
        there.backup(here)
        here.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the source has beside it
        check_sound(here, source)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_sound(database: sqlite3.Connection, path: Path) -> None:
    """Read a whole database; BackupError says what is wrong in it."""
    found = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(f"{path} is damaged: {' '.join(str(found).split())}")
    if changed := find_changed(database):
        raise BackupError(f"{path} is damaged in the record {changed}")
