"""Jar of a workload: read from a resource, tried before it replaces the one that works."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import ops

_PROBE_SECONDS = 60.0
_CHUNK = 1 << 20
KEPT = ".kept.jar"  # beside the record: a copy of what was chosen

Probe = Callable[[Path], str]
"""Returns why a jar cannot be run, empty if it can."""


class NoJarError(Exception):
    """There is no jar to run; the message says why."""


class Jar(NamedTuple):
    """The jar to run, the digest of its bytes, and why the one that is offered is not taken."""

    path: Path
    digest: str
    fault: str = ""


class _Record(NamedTuple):
    path: str = ""
    stamp: str = ""
    digest: str = ""
    refused: str = ""  # the stamp of what was tried in vain
    fault: str = ""


def read_jar(model: ops.Model, resource: str) -> Path:
    """Return the file of a resource; NoJarError says why there is none."""
    try:
        jar = model.resources.fetch(resource)
    except (ops.ModelError, NameError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise NoJarError(reason.removeprefix("ERROR ")) from error
    if jar.is_file() and jar.stat().st_size:
        return jar
    raise NoJarError(f"the resource {resource} is empty: it is a runnable jar")


def choose_jar(record: Path, offered: Path, probe: Probe) -> Jar:
    """Return the offered jar, else the one before with the fault that the probe has found.

    `record` is a file that remembers what was chosen; a copy is kept beside it. What is offered
    first is taken untried: nothing is replaced by it. A jar that was refused is not tried again.
    """
    before, stamp = _load(record), stamp_of(offered)
    known = before
    if stamp == known.stamp:
        known = known._replace(path=str(offered), refused="", fault="")
    elif stamp != known.refused:
        fault = probe(offered) if known.digest else ""
        refused = known._replace(refused=stamp, fault=fault)
        known = refused if fault else _Record(str(offered), stamp, _digest(offered))
    if known != before:
        record.write_text(json.dumps(known._asdict()))
    path = _find_bytes(record, known)
    if path is None:
        raise NoJarError(known.fault or f"{known.path} is gone")
    return Jar(path, known.digest, known.fault)


def _find_bytes(record: Path, known: _Record) -> Path | None:
    """Return a file of the bytes that were chosen: Juju may write others to the same path."""
    given, kept = Path(known.path), record.with_name(KEPT)
    if _has(given, known.stamp):
        if not _has(kept, known.stamp) and _stands_alone(given):
            fresh = kept.with_name(f"{KEPT}.new")
            shutil.copy2(given, fresh)
            fresh.replace(kept)
        return given
    return kept if _has(kept, known.stamp) else None


def _has(path: Path, stamp: str) -> bool:
    return path.is_file() and stamp_of(path) == stamp


def _stands_alone(jar: Path) -> bool:
    """Report whether a jar runs at any place, as it needs no others beside it."""
    with suppress(KeyError, OSError, zipfile.BadZipFile), zipfile.ZipFile(jar) as archive:
        return b"Class-Path:" not in archive.read("META-INF/MANIFEST.MF")
    return True


def probe_main(java: str, main: str, arguments: Sequence[str] = ()) -> Probe:
    """Return a probe that runs a main class which ends by itself."""

    def probe(jar: Path) -> str:
        command = (java, "-cp", str(jar), main, *arguments)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS)
        except subprocess.TimeoutExpired:
            return f"{main} does not end within {_PROBE_SECONDS:.0f} s"
        if not done.returncode:
            return ""
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        return lines[0] if lines else f"{main} ends with {done.returncode}"

    return probe


def _load(record: Path) -> _Record:
    with suppress(OSError, ValueError, TypeError):
        return _Record(**json.loads(record.read_text()))
    return _Record()


def stamp_of(path: Path) -> str:
    """Name the bytes of a file without reading them."""
    found = path.stat()
    return f"{found.st_size} bytes of {found.st_mtime_ns}"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:16]


def java_word(text: str) -> str:
    """Return a text as one word of an argument file of Java, whatever characters it has."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def argument_file(flags: Iterable[str], jar: Path, mark: str, *program: str) -> str:
    """Return the argument file of a server: its flags and its program.

    The mark makes a jar with other bytes a changed file.
    """
    words = (*flags, "-cp", str(jar), *program)
    return "".join(f"{line}\n" for line in (f"# {mark}", *map(java_word, words)))


def login_flag(file: Path) -> str:
    """Return the flag that names the file of a JAAS login."""
    return f"-Djava.security.auth.login.config={file}"


def log4j_flag(file: Path) -> str:
    """Return the flag that names the configuration of log4j 1."""
    return f"-Dlog4j.configuration=file:{file}"
