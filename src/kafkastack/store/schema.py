"""Schema of the database, and the upgrade of an older one to today's."""

import os
import sqlite3
from pathlib import Path

from kafkastack.errors import ControllerError, KafkastackError, PreflightError
from kafkastack.store.backups import back_up
from kafkastack.store.health import checksum, damaged, is_refusal

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE records (
        model TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, doc TEXT NOT NULL,
        PRIMARY KEY (model, kind, key)
    ) WITHOUT ROWID;
    CREATE TABLE log (
        id INTEGER PRIMARY KEY, model TEXT NOT NULL, time REAL NOT NULL, entity TEXT NOT NULL,
        level TEXT NOT NULL, module TEXT NOT NULL, message TEXT NOT NULL
    );
    CREATE INDEX log_by_model ON log (model, id);
    CREATE TABLE hooks (
        id INTEGER PRIMARY KEY, model TEXT NOT NULL, unit TEXT NOT NULL, hook TEXT NOT NULL,
        started REAL NOT NULL, seconds REAL NOT NULL, returncode INTEGER NOT NULL,
        calls TEXT NOT NULL
    );
    CREATE INDEX hooks_by_unit ON hooks (model, unit, id);
    CREATE TABLE status_history (
        id INTEGER PRIMARY KEY, model TEXT NOT NULL, entity TEXT NOT NULL, kind TEXT NOT NULL,
        time REAL NOT NULL, current TEXT NOT NULL, message TEXT NOT NULL
    );
    CREATE INDEX status_history_by_entity ON status_history (model, entity, id);
    """,
    """
    ALTER TABLE hooks ADD COLUMN kind TEXT NOT NULL DEFAULT 'hook';
    ALTER TABLE hooks ADD COLUMN subject TEXT NOT NULL DEFAULT '';
    ALTER TABLE hooks ADD COLUMN traceback TEXT NOT NULL DEFAULT '';
    UPDATE hooks SET calls = (
        SELECT json_group_array(json_insert(value, '$[3]', 0)) FROM json_each(calls)
    );
    """,
    "ALTER TABLE records ADD COLUMN crc INTEGER;",
    """
    CREATE TABLE action_log (
        id INTEGER PRIMARY KEY, model TEXT NOT NULL, task TEXT NOT NULL, time REAL NOT NULL,
        message TEXT NOT NULL
    );
    CREATE INDEX action_log_by_task ON action_log (model, task, id);
    """,
    """
    UPDATE records SET crc = checksum(model, kind, key, doc) WHERE crc IS NULL;
    CREATE TABLE commits (number INTEGER NOT NULL);
    INSERT INTO commits VALUES (0);
    """,
)
SCHEMA_VERSION = len(MIGRATIONS)
Statement = tuple[str, tuple[str | float, ...]]  # SQL with its values


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database at `path` (made with mode 0600), migrated after a backup beside it."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    database = sqlite3.connect(path, isolation_level=None)
    try:
        _migrate(database, path)
    except sqlite3.Error as error:
        database.close()
        raise unwritable(path, error) from error
    except KafkastackError:
        database.close()
        raise
    return database


def unwritable(path: Path, error: sqlite3.Error) -> KafkastackError:
    """Return what a person is told when the database fails: a full disk, or a spoiled file."""
    if is_refusal(error):
        return PreflightError(
            f"cannot write {path}: {error}",
            "make room or make it writable again; what was interrupted then goes on by itself",
        )
    return damaged(path, f"is damaged: {error}")


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    """Make the tables today's; an older database is copied before anything is changed."""
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise ControllerError(
            f"{path} was written by a newer kafkastack (schema {version}, "
            f"this one knows {SCHEMA_VERSION})",
            "install that version again, or destroy the controller with it",
        )
    if 0 < version < SCHEMA_VERSION:
        back_up(path, "migration")
    database.create_function("checksum", 4, checksum)
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        database.executescript(f"BEGIN; {statements}; PRAGMA user_version={number}; COMMIT;")
