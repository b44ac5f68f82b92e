"""How scp copies: a tar archive from here to a machine, or from a machine to here."""

import posixpath
import shlex
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from kafkastack.cli.ssh_words import AskedCopy
from kafkastack.errors import KafkastackError, NotFoundError

Enter = Callable[[str, str], dict[str, Any]]  # (machine, command) → program of this host
_LOOK = "cd; if [ -d {0} ]; then echo folder; elif [ -e {0} ]; then echo file; fi"
_PACK = "cd; tar -chf - -C {0} -- {1}"
_UNPACK = "cd; tar -xf - --no-same-owner {1} -C {0}"
_MATCH = "cd; compgen -G {0}"


def copy(asked: AskedCopy, enter: Enter) -> None:
    """Copy every source to the target."""
    place, path = _split(asked.target)
    for source in [match for given in asked.sources for match in _matches(given, enter)]:
        source_place, source_path = _split(source)
        if source_place and place:
            _relay(asked, enter, (source_place, source_path), (place, path))
        elif source_place:
            _download(asked, enter, source_place, source_path, Path(path))
        elif place:
            _upload(asked, enter, Path(source_path), place, path)
        else:
            raise KafkastackError("scp: neither side is on a machine", "such as: kafka/0:FILE")


def _split(word: str) -> tuple[str, str]:
    """Return machine and path of "kafka/0:/tmp/x"; "" is this host."""
    place, colon, path = word.partition(":")
    if not colon or place.startswith((".", "/")):
        return "", word
    return place, path or "."


def _matches(source: str, enter: Enter) -> list[str]:
    place, path = _split(source)
    if not place or not set(path) & set("*?["):
        return [source]
    found = _ask(enter, place, _MATCH.format(shlex.quote(path))).splitlines()
    if not found:
        raise NotFoundError(f"scp: {path}: No such file or directory")
    return [f"{place}:{match}" for match in found]


def _upload(asked: AskedCopy, enter: Enter, source: Path, place: str, path: str) -> None:
    if not source.exists():
        raise NotFoundError(f"scp: {source}: No such file or directory")
    _refuse_folder(asked, str(source), is_folder=source.is_dir())
    folder, name = path, source.resolve().name
    if _look(enter, place, path) != "folder":
        folder, name = posixpath.split(path.rstrip("/"))
    options = "" if asked.keep_times else "-m"
    command = _UNPACK.format(shlex.quote(folder or "."), options)
    with _running(enter(place, command), stdin=subprocess.PIPE) as process:
        assert process.stdin  # noqa: S101  # a pipe
        with tarfile.open(fileobj=process.stdin, mode="w|", dereference=True) as archive:
            archive.add(source, arcname=name)
        process.stdin.close()


def _download(asked: AskedCopy, enter: Enter, place: str, path: str, target: Path) -> None:
    kind = _look(enter, place, path)
    if not kind:
        raise NotFoundError(f"scp: {path}: No such file or directory")
    _refuse_folder(asked, path, is_folder=kind == "folder")
    folder, base = posixpath.split(path.rstrip("/") or "/")
    if target.is_dir():
        target = target / (base if base not in ("", ".", "..") else "")
    command = _PACK.format(shlex.quote(folder or "."), shlex.quote(base or "."))
    with _running(enter(place, command), stdout=subprocess.PIPE) as process:
        assert process.stdout  # noqa: S101  # a pipe
        _unpack(process.stdout, base or ".", target, keep_times=asked.keep_times)


def _unpack(stream: IO[bytes], base: str, target: Path, *, keep_times: bool) -> None:
    """Extract an archive whose one root is `base` under the name of `target`."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # none in 3.11.2
        for member in archive:
            inner = posixpath.relpath(member.name, base)
            member.name = str(target.name if inner == "." else Path(target.name, inner))
            member.mtime = member.mtime if keep_times else time.time()
            archive.extract(member, target.parent)


def _relay(
    asked: AskedCopy, enter: Enter, source: tuple[str, str], target: tuple[str, str]
) -> None:
    with tempfile.TemporaryDirectory(prefix="kafkastack-scp-") as folder:
        _download(asked, enter, *source, Path(folder))
        (copied,) = Path(folder).iterdir()
        _upload(asked, enter, copied, *target)


def _refuse_folder(asked: AskedCopy, path: str, *, is_folder: bool) -> None:
    if is_folder and not asked.recursive:
        raise KafkastackError(f"scp: {path}: not a regular file", "a folder needs: scp -- -r")


def _look(enter: Enter, place: str, path: str) -> str:
    return _ask(enter, place, _LOOK.format(shlex.quote(path))).strip()


def _ask(enter: Enter, place: str, command: str) -> str:
    program = enter(place, command)
    asked = subprocess.run(
        program["argv"], env=program["env"], cwd=program["cwd"], stdout=subprocess.PIPE, text=True
    )
    return asked.stdout


class _running:  # noqa: N801  # used as a statement
    """A program that has to end well when the block does."""

    def __init__(
        self, program: dict[str, Any], *, stdin: int | None = None, stdout: int | None = None
    ) -> None:
        self._process = subprocess.Popen(
            program["argv"], env=program["env"], cwd=program["cwd"], stdin=stdin, stdout=stdout
        )

    def __enter__(self) -> "subprocess.Popen[bytes]":
        return self._process

    def __exit__(self, kind: object, *_: object) -> None:
        code = self._process.wait()
        if code and kind in (None, BrokenPipeError):
            raise KafkastackError(f"scp: the copy failed: its program ended with code {code}")
