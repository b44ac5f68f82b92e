"""Verification of a file's bytes: once by sha256, then by one stat."""

import hashlib
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kafkastack.artifacts.lockfile import LockedJar
from kafkastack.errors import KafkastackError

# A jar gets this modification time when its bytes have been checked, so that one stat tells a
# checked jar from any other, and JVM archives stay valid when a jar is fetched again.
VERIFIED_NS = 1_577_836_800 * 10**9  # 2020-01-01


def is_verified(path: Path, jar: LockedJar) -> bool:
    """Tell by one stat whether the jar was checked when it was put there."""
    try:
        found = path.stat()
    except OSError:
        return False
    return found.st_size == jar.size and found.st_mtime_ns == VERIFIED_NS


def has_locked_bytes(path: Path, jar: LockedJar) -> bool:
    """Read the whole file and compare it with the lock; a missing file has other bytes."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


@contextmanager
def refused(what: str, names: Sequence[str]) -> Generator[None]:
    """Tell what was refused, if anything, and let what cannot replace it say so."""
    if not names:
        yield
        return
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    reason = f"{what}: not as it was made: {', '.join(names[:3])}{more}"
    print(f"WARNING {reason}; making it again", file=sys.stderr)  # noqa: T201  # into the log
    try:
        yield
    except KafkastackError as error:
        raise type(error)(f"{error.message}\n{reason}", error.advice) from error


def mark_verified(path: Path) -> None:
    """Make a checked file read-only and give it the time that says so."""
    path.chmod(0o444)
    os.utime(path, ns=(VERIFIED_NS, VERIFIED_NS))
