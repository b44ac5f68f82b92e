"""Copies of files and folders: whoever wrote them, nothing outside is read or written."""

import errno
import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kafkastack.errors import KafkastackError
from kafkastack.model.links import Place
from kafkastack.system import beneath
from kafkastack.system.beneath import Owner
from kafkastack.system.names import shown
from kafkastack.system.tree_rules import OWN, Rules
from kafkastack.system.tree_writer import TreeWriter

LeftOut = Callable[[str], bool]  # by its name

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1 << 20


def copy_tree(source: Path, target: Path, rules: Rules, left_out: LeftOut | None = None) -> None:
    """Copy a file or a folder to `target`, which is new, in a folder of ours.

    A link that `source` itself is, or that leads to it, is followed: it was named by who asks.
    """
    with beneath.opened(target.parent) as folder:
        copy_into(source.resolve(), folder, target.name, rules, left_out=left_out)


def copy_into(
    source: Path,
    folder: int,
    name: str,
    rules: Rules = OWN,
    *,
    root: Path | None = None,
    owner: Owner | None = None,
    left_out: LeftOut | None = None,
) -> None:
    """Copy `source` into an open folder as `name`; below `root` no link leads to it."""
    with (
        beneath.opened(root or source.parent, source.parent) as parent,
        TreeWriter(folder, rules, owner) as writer,
    ):
        _Copy(writer, str(source), left_out or _nothing, rules).entry(parent, source.name, (name,))


class _Copy:
    def __init__(self, writer: TreeWriter, source: str, left_out: LeftOut, rules: Rules) -> None:
        self._writer = writer
        self._source = source
        self._left_out = left_out
        self._rules = rules

    def entry(self, folder: int, name: str, place: Place) -> None:
        """Copy what is called `name` in an open folder."""
        try:
            self._entry(folder, name, place)
        except OSError as error:
            path = shown("/".join((self._source, *place[1:])))
            raise KafkastackError(
                f"cannot copy {path} of {self._rules.whole}: {error.strerror or error}",
                "make it a file that you can read, make room for it, then try again",
            ) from error

    def _entry(self, folder: int, name: str, place: Place) -> None:
        found = os.lstat(name, dir_fd=folder)
        if stat.S_ISLNK(found.st_mode):
            self._writer.link(place, os.readlink(name, dir_fd=folder))
        elif stat.S_ISDIR(found.st_mode):
            self._folder(folder, name, place, found)
        elif stat.S_ISREG(found.st_mode):
            self._file(folder, name, place)
        else:
            self._writer.other(place, found.st_mode)

    def _folder(self, folder: int, name: str, place: Place, found: os.stat_result) -> None:
        self._writer.folder(place, found.st_mode, found.st_mtime_ns)
        inner = beneath.enter(folder, name)
        try:
            for each in sorted(beneath.names_in(inner)):
                if not self._left_out(each):
                    self.entry(inner, each, (*place, each))
        finally:
            os.close(inner)

    def _file(self, folder: int, name: str, place: Place) -> None:
        source = os.open(name, _READ, dir_fd=folder)
        try:
            found = os.fstat(source)
            if not stat.S_ISREG(found.st_mode):  # it was exchanged just now
                self._writer.other(place, found.st_mode)
                return
            self._writer.file(place, partial(send, source), found.st_mode, found.st_mtime_ns)
        finally:
            os.close(source)


def send(source: int, target: int, most: int) -> int:
    """Copy what is left in an open file to another, and stop soon after `most` bytes."""
    sent = 0
    while sent <= most and (size := _send_chunk(source, target)):
        sent += size
    return sent


def _send_chunk(source: int, target: int) -> int:
    try:
        return os.sendfile(target, source, None, _CHUNK)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS):  # not of every file system
            raise
    data = os.read(source, _CHUNK)
    return write_all(target, data)


def write_all(target: int, data: bytes) -> int:
    """Write all of `data`; returns its size."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
    return len(data)


def _nothing(_: str) -> bool:
    return False
