"""A backup takes the place of a controller's database; interrupted, it is done again."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.store.backups import Backup, BackupError, copy_checked, folder_of, list_backups
from kafkastack.store.health import mark, open_read_only, restoring
from kafkastack.store.loading import load
from kafkastack.store.schema import SCHEMA_VERSION
from kafkastack.system.files import remove_tree
from kafkastack.system.folders import make_folder

_KEPT = 2  # databases that were replaced
_BESIDE = ("-wal", "-shm", "")  # the log first: beside another database it would be replayed


def find_backup(database: Path, wanted: str) -> Path:
    """Return the backup that a person names: its file, or the time it was made."""
    for backup in list_backups(database):
        if wanted in (backup.path.name, backup.made):
            return backup.path
    given = Path(wanted).expanduser().absolute()
    if given.is_file():
        return given
    raise NotFoundError(
        f'backup "{wanted}" not found',
        f"see which there are: kafkastack restore-controller {database.parent.name} --list",
    )


def damage_of(backup: Path, scratch: Path) -> str:
    """Return what is wrong with a backup; "" for one that can take the database's place."""
    staged = scratch / f".{backup.name}.looked-at"
    try:
        stage(backup, staged)
    except KafkastackError as error:
        return error.message
    finally:
        staged.unlink(missing_ok=True)
    return ""


def stage(backup: Path, staged: Path) -> None:
    """Copy a backup and read all of it; BackupError says why it cannot be used."""
    copy_checked(backup, staged)
    with closing(open_read_only(staged)) as database:
        version = int(database.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION or not version:
            raise BackupError(f"{backup} is of another version of kafkastack (schema {version})")
        if version == SCHEMA_VERSION:
            load(database, backup)


def restore(database: Path, backup: Path) -> Path | None:
    """Put a copy of a backup in the place of the database; return where the old one is kept.

    The controller must not run. KafkastackError for a backup that is damaged: nothing is changed.
    """
    staged = database.with_name(f".{database.name}.restored")
    stage(backup, staged)
    restoring(database).touch(mode=0o600)  # from here on only a restored one is started
    kept = _set_aside(database)
    staged.replace(database)
    mark(database, 0)  # a backup is older than what was committed last
    _sync(database.parent)
    restoring(database).unlink()
    return kept


def newest_sound(database: Path) -> tuple[Path | None, dict[str, str]]:
    """Return the newest backup that can be used, and what is wrong with newer ones, by name."""
    damaged: dict[str, str] = {}
    for backup in list_backups(database):
        trouble = damage_of(backup.path, folder_of(database))
        if not trouble:
            return backup.path, damaged
        damaged[backup.path.name] = trouble
    return None, damaged


def examined(database: Path) -> Iterator[tuple[Backup, str]]:
    """Yield each backup with what is wrong with it."""
    for backup in list_backups(database):
        yield backup, damage_of(backup.path, folder_of(database))


def _set_aside(database: Path) -> Path | None:
    """Keep what a restored database replaces, with the log of writes beside it."""
    there = [database.with_name(f"{database.name}{suffix}") for suffix in _BESIDE]
    if not any(path.exists() for path in there):
        return None
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    folder = folder_of(database) / f"replaced-{stamp}-{os.getpid()}"
    make_folder(folder, 0o700)
    for path in there:
        if path.exists():
            path.replace(folder / path.name)
    for old in sorted(folder.parent.glob("replaced-*"))[:-_KEPT]:
        remove_tree(old)
    return folder


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
