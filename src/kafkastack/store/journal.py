"""Journal: the log, the hook records and the status history, append-only and bounded."""

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager, suppress

from msgspec import Struct

from kafkastack.model.bounds import LOG_BYTES, shortened
from kafkastack.store.history import Change
from kafkastack.store.schema import Statement

_LOG_ROWS = 50_000  # per model
NEWEST = 2**63 - 1  # above the id of any line
_HOOK_ROWS = 1000  # per unit
_HISTORY_ROWS = 100  # per entity
_TRIM_EVERY = 1000  # rows
_TRIM_BYTES = LOG_BYTES // 8
_HOOK_COLUMNS = (
    "unit",
    "hook",
    "started",
    "seconds",
    "returncode",
    "kind",
    "subject",
    "traceback",
)


class LogLine(Struct, frozen=True):
    """One line of debug-log."""

    id: int
    time: float
    entity: str  # "unit-kafka-0", "machine-0", "controller"
    level: str
    module: str
    message: str


class HookRecord(Struct, frozen=True):
    """One program of a charm that ran, with its calls as (tool, arguments, milliseconds, code)."""

    unit: str
    hook: str
    started: float
    seconds: float
    returncode: int
    calls: tuple[tuple[str, str, float, int], ...] = ()
    kind: str = "hook"  # or "action", "exec"
    subject: str = ""  # what it told of or was asked by: "db:7 pg/0", "data/0", "task 3"
    traceback: str = ""  # the last lines of one that failed, scrubbed


class StatusLine(Struct, frozen=True):
    """One status that something has had."""

    time: float
    kind: str
    current: str
    message: str


def hook_statements(model: str, record: HookRecord) -> tuple[Statement, ...]:
    """Return what appends a hook that has run; of very many only the newest are kept."""
    row = (*(getattr(record, name) for name in _HOOK_COLUMNS), json.dumps(record.calls))
    place = (model, record.unit)
    append = (
        f"INSERT INTO hooks (model, {', '.join(_HOOK_COLUMNS)}, calls) "  # noqa: S608  # constant
        f"VALUES (?,?{',?' * len(_HOOK_COLUMNS)})"
    )
    trim = (
        "DELETE FROM hooks WHERE model=? AND unit=? AND id <= (SELECT id FROM hooks "
        "WHERE model=? AND unit=? ORDER BY id DESC LIMIT 1 OFFSET ?)"
    )
    return (append, (model, *row)), (trim, (*place, *place, _HOOK_ROWS))


def action_log_statement(model: str, task: str, time: float, message: str) -> Statement:
    """Return what appends to the log of an action that runs."""
    append = "INSERT INTO action_log (model, task, time, message) VALUES (?,?,?,?)"
    return append, (model, task, time, message)


def forget_action_log_statement(model: str, task: str) -> Statement:
    """Return what removes the log of an action: once it has ended, its record holds it."""
    return "DELETE FROM action_log WHERE model=? AND task=?", (model, task)


def forget_statements(model: str) -> tuple[Statement, ...]:
    """Return what removes everything that has happened in a model."""
    return (
        ("DELETE FROM log WHERE model=?", (model,)),
        ("DELETE FROM hooks WHERE model=?", (model,)),
        ("DELETE FROM action_log WHERE model=?", (model,)),
        ("DELETE FROM status_history WHERE model=?", (model,)),
    )


class Journal:
    """Writes and reads the append-only tables of a store's database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._watchers: set[asyncio.Event] = set()
        self._logged: dict[str, tuple[int, int]] = {}  # rows and characters since it was trimmed

    @contextmanager
    def watch(self) -> Generator[asyncio.Event]:
        """Give an event that is set after each log line; the watcher clears it."""
        event = asyncio.Event()
        self._watchers.add(event)
        try:
            yield event
        finally:
            self._watchers.discard(event)

    def log(self, model: str, entity: str, level: str, module: str, message: str) -> None:
        """Append to the log of a model ("" for the controller's own)."""
        self.log_lines(model, entity, module, [(level, message)])

    def log_lines(
        self, model: str, entity: str, module: str, lines: Iterable[tuple[str, str]]
    ) -> None:
        """Append (level, message) lines as one; of very many only the newest are kept."""
        now = time.time()
        rows = [(model, now, entity, level, module, _kept(text)) for level, text in lines]
        if not rows:
            return
        with self._writing():
            self._database.executemany(
                "INSERT INTO log (model, time, entity, level, module, message) "
                "VALUES (?,?,?,?,?,?)",
                rows[-_LOG_ROWS:],
            )
        for watcher in self._watchers:
            watcher.set()
        self._trim_when_due(model, len(rows), sum(len(row[-1]) for row in rows))

    def read_log(
        self, model: str, after: int = 0, limit: int = 0, until: int = NEWEST
    ) -> list[LogLine]:
        """Return lines with an id above `after`, oldest first; `limit` takes so many of them."""
        rows = self._database.execute(
            "SELECT id, time, entity, level, module, message FROM log "
            "WHERE model=? AND id>? AND id<=? ORDER BY id LIMIT ?",
            (model, after, until, limit or -1),
        )
        return [LogLine(*row) for row in rows]

    def read_log_back(self, model: str, until: int, limit: int) -> list[LogLine]:
        """Return so many lines with an id of at most `until`, newest first."""
        rows = self._database.execute(
            "SELECT id, time, entity, level, module, message FROM log "
            "WHERE model=? AND id<=? ORDER BY id DESC LIMIT ?",
            (model, until, limit),
        )
        return [LogLine(*row) for row in rows]

    def read_hooks(self, model: str, name: str, newest: int = 0) -> list[HookRecord]:
        """Return what a unit's or an application's charm has run, oldest first; 0: all."""
        first, end = (name, f"{name} ") if "/" in name else (f"{name}/", f"{name}0")
        rows = self._database.execute(
            f"SELECT {', '.join(_HOOK_COLUMNS)}, calls FROM hooks "  # noqa: S608  # constant
            "WHERE model=? AND unit>=? AND unit<? ORDER BY id DESC LIMIT ?",
            (model, first, end, newest or -1),
        ).fetchall()
        return [
            HookRecord(
                **dict(zip(_HOOK_COLUMNS, row[:-1], strict=True)),
                calls=tuple(tuple(call) for call in json.loads(row[-1])),
            )
            for row in reversed(rows)
        ]

    def read_action_log(self, model: str, task: str, skip: int = 0) -> list[tuple[float, str]]:
        """Return what an action that runs has logged, oldest first, but for the first lines."""
        return self._database.execute(
            "SELECT time, message FROM action_log WHERE model=? AND task=? "
            "ORDER BY id LIMIT -1 OFFSET ?",
            (model, task, skip),
        ).fetchall()

    def record_status(self, changes: Collection[Change]) -> None:
        """Append what statuses have become."""
        if not changes:
            return
        now = time.time()
        with self._writing():
            self._database.executemany(
                "INSERT INTO status_history (model, entity, kind, time, current, message) "
                "VALUES (?,?,?,?,?,?)",
                [(c.model, c.entity, c.kind, now, c.current, c.message) for c in changes],
            )
            self._database.executemany(
                "DELETE FROM status_history WHERE model=? AND entity=? AND id <= (SELECT id FROM "
                "status_history WHERE model=? AND entity=? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                [(c.model, c.entity, c.model, c.entity, _HISTORY_ROWS) for c in changes],
            )

    def read_status(
        self, model: str, entity: str, kinds: Collection[str], since: float, newest: int
    ) -> list[StatusLine]:
        """Return the statuses of an entity since a moment, oldest first; `newest` 0: all."""
        marks = ",".join("?" * len(kinds))
        rows = self._database.execute(
            "SELECT time, kind, current, message FROM status_history "  # noqa: S608  # only "?"
            "WHERE model=? AND entity=? "
            f"AND kind IN ({marks}) AND time>=? ORDER BY id DESC LIMIT ?",
            (model, entity, *kinds, since, newest or -1),
        ).fetchall()
        return [StatusLine(*row) for row in reversed(rows)]

    def _trim_when_due(self, model: str, rows: int, characters: int) -> None:
        before = self._logged.get(model, (0, 0))
        rows, characters = before[0] + rows, before[1] + characters
        is_due = rows >= _TRIM_EVERY or characters >= _TRIM_BYTES
        self._logged[model] = (0, 0) if is_due else (rows, characters)
        if is_due:
            self._trim_log(model)

    def _trim_log(self, model: str) -> None:
        with self._writing():
            self._database.execute(
                "DELETE FROM log WHERE model=? AND id <= (SELECT max(id) FROM (SELECT id, "
                "sum(length(CAST(message AS BLOB))) OVER newest AS bytes, "
                "row_number() OVER newest AS number "
                "FROM log WHERE model=? WINDOW newest AS (ORDER BY id DESC)) "
                "WHERE bytes>? OR number>?)",
                (model, model, LOG_BYTES, _LOG_ROWS),
            )

    @contextmanager
    def _writing(self) -> Generator[None]:
        """Write as one transaction; on a full disk nothing is kept, for no hook ends over it."""
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.OperationalError as error:
            with suppress(OSError):
                print(f"the journal is not written: {error}", file=sys.stderr)  # noqa: T201


def _kept(text: str) -> str:
    """Show what is no UTF-8: a line is kept, whatever is in it, as long as a message may be."""
    return shortened(text).encode(errors="backslashreplace").decode()
