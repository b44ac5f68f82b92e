"""Copies by scp: a tar archive from here to a machine, or from a machine to here."""

import posixpath
import re
import shlex
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from kafkastack.cli.arriving import arriving
from kafkastack.cli.ssh_words import AskedCopy
from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system.archives import unpack_tar
from kafkastack.system.names import shown
from kafkastack.system.tree_rules import SCP

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
    # A machine that is not to be trusted must not choose what is written here.
    matching = [match for match in found if _is_match(match, path)]
    if not matching:
        raise NotFoundError(f"scp: {path}: No such file or directory")
    return [f"{place}:{match}" for match in matching]


def _is_match(name: str, pattern: str) -> bool:
    names, patterns = name.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(map(_matches_part, names, patterns))


def _matches_part(name: str, pattern: str) -> bool:
    in_fnmatch = re.sub(r"\\(.)", r"[\1]", pattern.replace("[^", "[!"))
    hidden = name.startswith(".") and not pattern.startswith((".", "\\."))
    return fnmatchcase(name, in_fnmatch) and not hidden


def _upload(asked: AskedCopy, enter: Enter, source: Path, place: str, path: str) -> None:
    if not source.exists():
        raise NotFoundError(f"scp: {source}: No such file or directory")
    if not (source.is_file() or source.is_dir()):
        raise KafkastackError(f"scp: {source}: not a regular file", "name a file or a folder")
    _refuse_folder(asked, str(source), is_folder=source.is_dir())
    folder, name = path, source.resolve().name
    if _look(enter, place, path) != "folder":
        folder, name = posixpath.split(path.rstrip("/"))
    options = "" if asked.keep_times else "-m"
    command = _UNPACK.format(shlex.quote(folder or "."), options)
    with _running(enter(place, command), stdin=subprocess.PIPE) as process:
        assert process.stdin  # noqa: S101  # a pipe
        with tarfile.open(fileobj=process.stdin, mode="w|", dereference=True) as archive:
            archive.add(source, arcname=name, filter=_refuse_other_kinds)
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
    program = enter(place, command)
    with arriving(target) as new, _running(program, stdout=subprocess.PIPE) as process:
        assert process.stdout  # noqa: S101  # a pipe
        unpack_tar(process.stdout, base or ".", new, SCP, keep_times=asked.keep_times)


def _refuse_other_kinds(member: tarfile.TarInfo) -> tarfile.TarInfo:
    if not (member.isfile() or member.isdir() or member.islnk()):
        raise KafkastackError(f"scp: {shown(member.name)}: not a regular file", "leave it out")
    return member


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
        if kind not in (None, BrokenPipeError):
            self._process.kill()  # which may wait for us, as we do for it
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                if pipe:
                    pipe.close()
        code = self._process.wait()
        if code and kind in (None, BrokenPipeError):
            raise KafkastackError(f"scp: the copy failed: its program ended with code {code}")
