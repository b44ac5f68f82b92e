"""Class archives of the JVM beside the jars, checked against the Java that will use them."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafkastack.artifacts.cache import disk_errors
from kafkastack.artifacts.distributions import Distribution, RunnableJar
from kafkastack.artifacts.java import Java
from kafkastack.artifacts.progress import Progress, Report
from kafkastack.artifacts.recipes import SERVERS
from kafkastack.artifacts.training import FLAGS, train
from kafkastack.errors import KafkastackError
from kafkastack.system.files import locked, write_atomically
from kafkastack.system.programs import run

_RECORD = "archives.json"
_HASHES = "sha256"


def has_archives(distribution: Distribution, folder: Path, java: Java) -> bool:
    """Tell by a few stats whether archives made by this very Java lie beside the jars."""
    try:
        known = {key: value for key, value in _recorded(folder).items() if key != _HASHES}
        return known == _facts(distribution, folder, java)
    except OSError:
        return False


def spoiled_archives(distribution: Distribution, folder: Path) -> tuple[str, ...]:
    """Read the archives; return the names of those with other bytes than were recorded."""
    recorded = _recorded(folder)
    hashes: Mapping[str, str] = recorded.get(_HASHES, {})
    names = [f"{jar.stem}.jsa" for jar in distribution.jars] if recorded else []
    return tuple(name for name in names if _sha256(folder / name) != hashes.get(name))


def forget_archives(folder: Path) -> None:
    """Let archives be made again: what is in the old ones is run by every JVM."""
    (folder / _RECORD).unlink(missing_ok=True)


def _recorded(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / _RECORD).read_bytes())
    except (OSError, ValueError):
        return {}


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def ensure_archives(distribution: Distribution, folder: Path, java: Java, report: Report) -> None:
    """Make `<stem>.jsa` beside each jar by starting the real servers, and see the JVM use them.

    KafkastackError if they cannot be made or the JVM refuses them; the old ones stay then.
    """
    if has_archives(distribution, folder, java):
        return
    with disk_errors(folder), locked(folder / ".lock"):
        if has_archives(distribution, folder, java):
            return
        report(Progress("train", 0, 1, distribution.name))
        scratch = folder / ".training"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        try:
            _make(distribution, folder, scratch, java)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        report(Progress("train", 1, 1, distribution.name))


def _make(distribution: Distribution, folder: Path, scratch: Path, java: Java) -> None:
    train(java.path, SERVERS[distribution.name], folder, scratch)
    for jar in distribution.jars:
        _see_it_used(java, jar, folder, scratch / f"{jar.stem}.jsa")
    # A crash between two renames leaves archives without a record: they are made again.
    (folder / _RECORD).unlink(missing_ok=True)
    for jar in distribution.jars:
        (scratch / f"{jar.stem}.jsa").chmod(0o444)
        (scratch / f"{jar.stem}.jsa").replace(folder / f"{jar.stem}.jsa")
    hashes = {f"{jar.stem}.jsa": _sha256(folder / f"{jar.stem}.jsa") for jar in distribution.jars}
    known = {**_facts(distribution, folder, java), _HASHES: hashes}
    facts = json.dumps(known, indent=1)
    write_atomically(folder / _RECORD, facts.encode())


def _see_it_used(java: Java, jar: RunnableJar, folder: Path, archive: Path) -> None:
    """Let the JVM refuse the archive aloud: without -Xshare:on it would do so in silence."""
    words = [str(java.path), *FLAGS, "-Xshare:on", f"-XX:SharedArchiveFile={archive}"]
    words += ["-Xlog:class+load", "--dry-run", "-cp", str(folder / jar.name), jar.main]
    done = run(words, timeout=60)
    if done.returncode or f"{jar.main} source: shared objects file (top)" not in done.output:
        last = done.output.strip().splitlines()[-1:]
        raise KafkastackError(f"{java.path} refuses the class archive of {jar.name}: {last}")


def _facts(distribution: Distribution, folder: Path, java: Java) -> dict[str, object]:
    """Return what the archives depend on; a JVM also refuses jars at another path."""
    archives = {jar.stem: _stamp(folder / f"{jar.stem}.jsa") for jar in distribution.jars}
    jars = {jar.stem: _stamp(folder / jar.name) for jar in distribution.jars}
    recipe = hashlib.sha256(repr(SERVERS[distribution.name]).encode()).hexdigest()[:16]
    facts = {"java": java.build, "path": str(folder), "recipe": recipe}
    return {**facts, "archives": archives, "jars": jars}


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]
