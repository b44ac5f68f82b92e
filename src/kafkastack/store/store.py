"""Record store of a controller: in memory for reading, in SQLite for ever."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar, cast

import msgspec

from kafkastack.errors import NotFoundError
from kafkastack.model.records import RECORDS
from kafkastack.store.health import check, checksum, find_commits, mark
from kafkastack.store.loading import load, load_unopened
from kafkastack.store.schema import Statement, open_database, unwritable


class Record(Protocol):
    """Anything in `kafkastack.model.records`."""

    @property
    def key(self) -> str:
        """The name of the record among its kind in its model."""
        ...


R = TypeVar("R", bound=Record)
Place = tuple[str, type, str]  # model uuid, kind, key


class Reader:
    """Reads the records; a Transaction is a Reader that sees its own writes."""

    def __init__(self, tables: dict[tuple[str, type], dict[str, Record]]) -> None:
        self._tables = tables

    def find(self, kind: type[R], model: str, key: str) -> R | None:
        """Return the record, or None."""
        return cast(R | None, self._table(model, kind).get(key))

    def get(self, kind: type[R], model: str, key: str) -> R:
        """Return the record; NotFoundError in Juju's words if there is none."""
        record = self.find(kind, model, key)
        if record is None:
            raise NotFoundError(f'{kind.__name__.lower()} "{key}" not found')
        return record

    def all(self, kind: type[R], model: str) -> list[R]:
        """Return every record of a kind in a model, in no promised order."""
        return cast(list[R], list(self._table(model, kind).values()))

    def _table(self, model: str, kind: type) -> dict[str, Record]:
        return self._tables.get((model, kind), {})


Committed = Callable[[Reader, Reader, Collection[Place]], None]
"""Called with the records before, the records now, and the places that were written."""


class Transaction(Reader):
    """Writes that become true together when the `with store.transaction()` block ends well."""

    def __init__(self, tables: dict[tuple[str, type], dict[str, Record]]) -> None:
        super().__init__(tables)
        self._base = tables
        self._copies: dict[tuple[str, type], dict[str, Record]] = {}
        self.writes: dict[Place, Record | None] = {}
        self.statements: list[Statement] = []

    def _table(self, model: str, kind: type) -> dict[str, Record]:
        place = (model, kind)
        return self._copies[place] if place in self._copies else self._base.get(place, {})

    def put(self, model: str, record: Record) -> None:
        """Add or replace a record."""
        self._own(model, type(record))[record.key] = record
        self.writes[model, type(record), record.key] = record

    def delete(self, model: str, record: Record) -> None:
        """Remove a record, if it is there."""
        self._own(model, type(record)).pop(record.key, None)
        self.writes[model, type(record), record.key] = None

    def also(self, statements: Iterable[Statement]) -> None:
        """Write what has happened with it: whoever reads that finds the records as it says."""
        self.statements += statements

    def delete_model(self, model: str) -> None:
        """Remove every record of a model."""
        for kind in RECORDS:
            for record in list(self._table(model, kind).values()):
                self.delete(model, record)

    def _own(self, model: str, kind: type) -> dict[str, Record]:
        if (model, kind) not in self._copies:
            self._copies[model, kind] = dict(self._base.get((model, kind), {}))
        return self._copies[model, kind]

    @property
    def tables(self) -> dict[tuple[str, type], dict[str, Record]]:
        """The tables as they are once this transaction is committed; empty ones are left out."""
        tables = {**self._base, **self._copies}
        return {place: table for place, table in tables.items() if table}


class Store(Reader):
    """The records of one controller; one writer, the controller's event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        check(path)
        tables = load_unopened(path)
        self._database = open_database(path)
        # What has happened need not survive a power cut: its writes do not wait for the disk.
        self._journal = open_database(path)
        self._journal.execute("PRAGMA synchronous=NORMAL")
        super().__init__(load(self._database, path) if tables is None else tables)
        self._commits = find_commits(self._database)
        mark(path, self._commits)
        self._watchers: set[asyncio.Event] = set()
        self._open = False
        self.committed: list[Committed] = []  # told of each commit, before whoever waits for it
        self.trouble = ""  # why the last commit was refused; "" once one succeeds

    @property
    def path(self) -> Path:
        """The file of the database."""
        return self._path

    @property
    def folder(self) -> Path:
        """The folder of the database: the controller's own."""
        return self._path.parent

    @property
    def database(self) -> sqlite3.Connection:
        """The connection, for the append-only tables (logs, hook records)."""
        return self._journal

    def models(self) -> list[str]:
        """Return the uuids of the models that have records."""
        return sorted({model for model, kind in self._tables if self._tables[model, kind]} - {""})

    def snapshot(self) -> Transaction:
        """Return the records as they are now; what is put into it is never committed."""
        return Transaction(self._tables)

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Commit what the block has put, all or nothing; an exception drops it."""
        if self._open:
            raise RuntimeError("a transaction is open already: nothing may wait inside of one")
        self._open = True
        try:
            transaction = Transaction(self._tables)
            yield transaction
        finally:
            self._open = False
        if not transaction.writes and not transaction.statements:
            return
        self._write(transaction)
        before, self._tables = Reader(self._tables), transaction.tables
        for tell in self.committed:
            tell(before, self, transaction.writes)
        for watcher in self._watchers:
            watcher.set()

    @contextmanager
    def watch(self) -> Generator[asyncio.Event]:
        """Give an event that is set after each commit; the watcher clears it."""
        event = asyncio.Event()
        self._watchers.add(event)
        try:
            yield event
        finally:
            self._watchers.discard(event)

    def close(self) -> None:
        """Close the database."""
        self._journal.close()
        self._database.close()

    def _write(self, transaction: Transaction) -> None:
        try:
            self._commit(transaction)
            self.trouble = ""
        except sqlite3.Error as error:
            told = unwritable(self._path, error)
            self.trouble = str(told)
            raise told from error

    def _commit(self, transaction: Transaction) -> None:
        number = self._commits + 1
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("UPDATE commits SET number=?", (number,))
            for statement, values in transaction.statements:
                self._database.execute(statement, values)
            for (model, kind, key), record in transaction.writes.items():
                place = (model, kind.__name__, key)
                if record is None:
                    self._database.execute(
                        "DELETE FROM records WHERE model=? AND kind=? AND key=?", place
                    )
                else:
                    row = (*place, msgspec.json.encode(record).decode())
                    self._database.execute(
                        "INSERT OR REPLACE INTO records VALUES (?,?,?,?,?)", (*row, checksum(*row))
                    )
        self._commits = number
        mark(self._path, number)
