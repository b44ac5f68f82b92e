"""The records as they come out of the database: each with a sum that tells a changed byte."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kafkastack.errors import KafkastackError
from kafkastack.model.records import RECORDS
from kafkastack.store.health import checksum, damaged, find_damage, open_read_only
from kafkastack.store.schema import SCHEMA_VERSION, unwritable

if TYPE_CHECKING:
    from kafkastack.store.store import Record

Tables = dict[tuple[str, type], dict[str, "Record"]]


def load_unopened(path: Path) -> Tables | None:
    """Return the records before the database is opened for writing: a damaged one stays as it is.

    None where they have to be made, or migrated, first.
    """
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        with closing(open_read_only(path)) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            return load(database, path) if version == SCHEMA_VERSION else None
    except sqlite3.Error as error:
        raise unwritable(path, error) from error


def find_trouble(path: Path) -> str:
    """Return what is wrong with a database and its records; "" where nothing is."""
    if trouble := find_damage(path):
        return f"{path} {trouble}"
    try:
        load_unopened(path)
    except KafkastackError as error:
        return error.message
    return ""


def load(database: sqlite3.Connection, path: Path) -> Tables:
    """Return every record; ControllerError names one that is damaged."""
    types = {kind.__name__: kind for kind in RECORDS}
    decoders: dict[str, msgspec.json.Decoder[Record]] = {
        name: msgspec.json.Decoder(kind) for name, kind in types.items()
    }
    tables: Tables = {}
    rows = database.execute("SELECT model, kind, key, doc, crc FROM records")
    for model, kind, key, document, crc in rows:
        try:
            if crc != checksum(model, kind, key, document):
                raise ValueError("its sum is another")
            tables.setdefault((model, types[kind]), {})[key] = decoders[kind].decode(document)
        except (ValueError, KeyError, TypeError) as error:  # msgspec's own are ValueErrors
            raise damaged(path, f"is damaged in the record {kind} {key}: {error}") from error
    return tables
