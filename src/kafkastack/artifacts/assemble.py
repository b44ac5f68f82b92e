"""Assembly of checked jars into one runnable jar: a manifest names them in a fixed order."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from kafkastack.artifacts.cache import cache_folder, disk_errors
from kafkastack.artifacts.distributions import Distribution, locked_jars
from kafkastack.artifacts.lockfile import LockedJar
from kafkastack.artifacts.progress import Progress, Report
from kafkastack.artifacts.remotes import Remote
from kafkastack.artifacts.verified import has_locked_bytes, is_verified, mark_verified
from kafkastack.errors import DownloadError
from kafkastack.system.files import locked, write_atomically

_EPOCH = (1980, 1, 1, 0, 0, 0)


def is_assembled(distribution: Distribution, folder: Path) -> bool:
    """Tell by one stat for each file, without reading any, whether all is there."""
    lib = folder / "lib"
    return all(is_verified(lib / jar.file, jar) for jar in locked_jars(distribution)) and all(
        _is_current(folder / jar.name, manifest_jar(jar.main, distribution.lib(jar)))
        for jar in distribution.jars
    )


def assemble(distribution: Distribution, folder: Path, remote: Remote, report: Report) -> None:
    """Make the folder of a distribution complete: every jar's sha256 is checked first."""
    lib = folder / "lib"
    with disk_errors(folder):
        cache_folder(lib)
        with locked(folder / ".lock"):
            wrong = _refused(locked_jars(distribution), lib, report)
            if wrong:
                _download(wrong, lib, remote, report)
            for jar in distribution.jars:
                _write_once(folder / jar.name, manifest_jar(jar.main, distribution.lib(jar)))


def missing_jars(distribution: Distribution, folder: Path) -> tuple[LockedJar, ...]:
    """Return what would have to be fetched, by one stat for each file."""
    lib = folder / "lib"
    return tuple(jar for jar in locked_jars(distribution) if not is_verified(lib / jar.file, jar))


def manifest_jar(main: str, lib: Sequence[LockedJar]) -> bytes:
    """Return a jar of a manifest only, always the same bytes for the same words."""
    path = " ".join(f"lib/{name}" for name in sorted(jar.file for jar in lib))
    lines = ["Manifest-Version: 1.0", f"Main-Class: {main}", f"Class-Path: {path}", ""]
    content = "".join(f"{_folded(line)}\r\n" for line in lines)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF", _EPOCH), content)
    return buffer.getvalue()


def _folded(line: str) -> str:
    """Break a line of a manifest, which may hold 72 bytes, the rest behind one space each."""
    head, rest = line[:72], line[72:]
    return "\r\n ".join([head, *(rest[i : i + 71] for i in range(0, len(rest), 71))])


def _refused(jars: Sequence[LockedJar], lib: Path, report: Report) -> list[LockedJar]:
    """Read every jar that is there; return those that are missing or have other bytes."""
    there = [jar for jar in jars if (lib / jar.file).exists()]
    refused = [jar for jar in jars if jar not in there]
    total, done = sum(jar.size for jar in there), 0
    for jar in there:
        path = lib / jar.file
        if not has_locked_bytes(path, jar):
            refused.append(jar)
            _tell_refused(path, report)
        elif not is_verified(path, jar):
            mark_verified(path)
        done += jar.size
        report(Progress("verify", done, total, jar.file))
    return refused


def _tell_refused(path: Path, report: Report) -> None:
    found = path.stat().st_size
    words = f"{path.name} is refused: its {found} bytes are not the locked ones; fetching it"
    report(Progress("warning", file=words))


def _is_current(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _write_once(path: Path, content: bytes) -> None:
    if not _is_current(path, content):
        write_atomically(path, content, 0o444)
    mark_verified(path)


def _download(jars: Sequence[LockedJar], lib: Path, remote: Remote, report: Report) -> None:
    """Download jars; an error also names those that are there and refused."""
    # The HTTP library takes longer to import than all else takes when nothing is missing.
    from kafkastack.artifacts.download import download

    spoiled = [jar.file for jar in jars if (lib / jar.file).exists()]
    try:
        download(jars, lib, remote, report)
    except DownloadError as error:
        words = f"\nrefused, for other bytes than the locked ones: {', '.join(spoiled)}"
        raise DownloadError(f"{error.message}{words if spoiled else ''}", error.advice) from error
