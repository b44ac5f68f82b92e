"""Health check of a controller's database, which does not change a byte of it."""

import os
import sqlite3
import stat
import zlib
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from kafkastack.errors import ControllerError

_MARKER = "state.kept"  # beside a database that was once made: without it, it is new
_RESTORING = "state.restoring"  # while a backup takes its place
_HEADER = b"SQLite format 3\0"
_VERSIONS = (b"\1\1", b"\2\2")  # of the file's format, without and with a log of writes
# What the host refuses is no damage; who opens the database for writing is told what it is.
_REFUSALS = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    )
)


def check(path: Path) -> None:
    """Refuse a database that is damaged, or gone; it is left as it is."""
    if trouble := find_damage(path):
        raise damaged(path, trouble)


def damaged(path: Path, trouble: str) -> ControllerError:
    """Return what a person is told of a damaged database."""
    return ControllerError(
        f"{path} {trouble}; nothing was changed, and what runs on its machines runs on",
        f"bring a backup back: kafkastack restore-controller {path.parent.name}",
    )


def mark(path: Path, commits: int) -> None:
    """Note that the database was made, and how many commits it has: none may be missing.

    It is not waited for the disk: after a power cut the note may be behind, never ahead.
    """
    with suppress(OSError):  # the commit is done, whatever becomes of the note
        marker = os.open(path.with_name(_MARKER), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(marker, b"%020d\n" % commits, 0)
        finally:
            os.close(marker)


def find_commits(database: sqlite3.Connection) -> int:
    """Return how many commits a database has; 0 for one of an older version."""
    if not database.execute("SELECT 1 FROM sqlite_schema WHERE name='commits'").fetchone():
        return 0
    return int((database.execute("SELECT number FROM commits").fetchone() or (0,))[0])


def _noted(path: Path) -> int:
    """Return how many commits were noted; an older version has noted none."""
    with suppress(OSError, ValueError):
        return int(path.with_name(_MARKER).read_bytes()[:20])
    return 0


def restoring(path: Path) -> Path:
    """Return the file that is there while a backup takes the place of the database."""
    return path.with_name(_RESTORING)


def find_damage(path: Path) -> str:
    """Return what is wrong with a database as the rest of a sentence; "" for a good or new one."""
    if restoring(path).exists():
        return "was being replaced by a backup when that was interrupted"
    if other := _find_no_file(path):
        return other
    try:
        start = _read_start(path)
    except FileNotFoundError:
        return "is missing" if _was_made(path) else ""
    except OSError:
        return ""  # what the host refuses
    if not start:
        return "is empty" if _was_made(path) else ""
    if not start.startswith(_HEADER) or start[18:20] not in _VERSIONS:
        return "is damaged: it does not begin as a database does"
    noted = _noted(path)  # before the database: one that is used goes on
    try:
        with closing(open_read_only(path)) as database:
            found = _damage_in(database, was_made=_was_made(path))
            return found or _lack_of(database, path, noted)
    except sqlite3.Error as error:
        return "" if is_refusal(error) else f"is damaged: {error}"


def is_refusal(error: sqlite3.Error) -> bool:
    """Report whether the host is at fault, not the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSALS


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a database without changing it; the log of writes beside it is read."""
    # Without that log, SQLite would make one for a reader, too.
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    address = f"file:{quote(str(path))}?mode=ro{alone}"
    return sqlite3.connect(address, uri=True, isolation_level=None)


def checksum(model: str, kind: str, key: str, document: str) -> int:
    """Return the sum that is kept beside a record: SQLite has none for what it stores."""
    return zlib.crc32("\0".join((model, kind, key, document)).encode())


def find_changed(database: sqlite3.Connection) -> str:
    """Return the name of a record that is not as it was written; "" if there is none."""
    columns = {row[1] for row in database.execute("PRAGMA table_info(records)")}
    if "crc" not in columns:  # of an older version
        return ""
    rows = database.execute("SELECT model, kind, key, doc, crc FROM records")
    changed = (row[1:3] for row in rows if row[4] not in (None, checksum(*row[:4])))
    return " ".join(next(changed, ()))


def _damage_in(database: sqlite3.Connection, *, was_made: bool) -> str:
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        return f"is damaged: {' '.join(str(found).split())}"
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_schema WHERE name='records'").fetchone()
    if was_made and not version:
        return "is another database: it has no record of a controller"
    if bool(version > 0) != bool(tables[0]):
        return "is damaged: it has no records" if version else "is damaged: it has no version"
    return ""


def _lack_of(database: sqlite3.Connection, path: Path, noted: int) -> str:
    """Tell what was committed and is gone: with the log of writes, or under an older copy."""
    if not noted or (lost := noted - find_commits(database)) <= 0:
        return ""
    changes = "change" if lost == 1 else f"{lost} changes"
    return f"lacks its last {changes}: {path.name}-wal was removed, or it is an older copy"


def _find_no_file(path: Path) -> str:
    """Tell what is no file of the database's three; SQLite would wait for a pipe for ever."""
    for beside in ("", "-wal", "-shm"):
        with suppress(OSError):
            if not stat.S_ISREG(path.with_name(f"{path.name}{beside}").stat().st_mode):
                return f"is damaged: {path.name}{beside} is no regular file"
    return ""


def _read_start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(100)


def _was_made(path: Path) -> bool:
    """Report whether there was a database: by the note, or by what can only follow from one."""
    traces = (_MARKER, "machines", "charms", "supervisor", "backups")
    return any((path.parent / name).exists() for name in traces)
