"""Reader of a file that somebody named: a regular one, of bounded size, and never for ever."""

import errno
import os
import select
import stat
import sys
import time
from pathlib import Path

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system.names import kind_of, shown

MOST_BYTES = 16 << 20  # of a file that a person names
MOST_OF_CHARM = 1 << 20  # of one file of a charm that we read ourselves

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FIRST_SECONDS = 5.0  # until somebody writes to a pipe
_SILENT_SECONDS = 30.0  # until the next of who does
_NULL = os.makedev(1, 3)


def open_regular(path: Path | str, *, links: bool = True, folder: int | None = None) -> int:
    """Open a regular file; any other kind is refused, and so is a link where `links` is off."""
    follow = 0 if links else os.O_NOFOLLOW
    try:
        descriptor = os.open(path, _READ | follow, dir_fd=folder)
    except OSError as error:
        raise _unreadable(path, error) from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    kind = "a folder" if stat.S_ISDIR(mode) else kind_of(mode)
    raise KafkastackError(f"{shown(str(path))} is {kind}, not a regular file")


def read_regular(
    path: Path | str, most: int = MOST_OF_CHARM, *, links: bool = True, folder: int | None = None
) -> bytes:
    """Return the content of a regular file of at most so many bytes."""
    descriptor = open_regular(path, links=links, folder=folder)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(most + 1)
    return _checked(content, path, most)


def read_of_owner(name: str, uid: int, most: int, *, folder: int) -> bytes:
    """Return the content of a regular file in an open folder, if it is that user's own."""
    descriptor = open_regular(name, links=False, folder=folder)
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(descriptor).st_uid != uid:
            raise KafkastackError(f"{shown(name)} is another user's")
        content = file.read(most + 1)
    return _checked(content, name, most)


def read_inside(folder: Path, name: str, most: int = MOST_OF_CHARM) -> bytes:
    """Return the content of a file below a folder; a link may lead to it, but not out."""
    top = folder.resolve()
    path = (top / name).resolve()
    if not path.is_relative_to(top):
        raise KafkastackError(f"{shown(name)} is a link that leads out of {shown(str(folder))}")
    descriptor = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return read_regular(path.relative_to(top), most, links=False, folder=descriptor)
    except NotFoundError as error:
        if os.path.lexists(top / name):
            raise KafkastackError(
                f"{shown(name)} is a link to nothing", "let it be a file, or remove it"
            ) from error
        raise
    finally:
        os.close(descriptor)


def read_given(path: Path | str, most: int = MOST_BYTES) -> bytes:
    """Return what a person names on the command line: a file, a pipe as of <(…), "-" for stdin.

    A pipe is read until its end, so large at most; who does not write to it is not waited for.
    """
    if str(path) == "-":
        return _checked(sys.stdin.buffer.read(most + 1), "standard input", most)
    try:
        descriptor = os.open(path, _READ)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        found = os.fstat(descriptor)
        if stat.S_ISFIFO(found.st_mode):
            return _checked(_from_pipe(descriptor, path, most), path, most)
        if not stat.S_ISREG(found.st_mode) and found.st_rdev != _NULL:
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else kind_of(found.st_mode)
            raise KafkastackError(f"{shown(str(path))} is {kind}", "name a file")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return _checked(file.read(most + 1), path, most)
    finally:
        os.close(descriptor)


def text_of(content: bytes, path: Path | str) -> str:
    """Return a file's content as text; one that is not UTF-8 is refused by name."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise KafkastackError(
            f"{shown(str(path))} is not a text in UTF-8: byte {error.start} of it is none"
        ) from error


def _from_pipe(descriptor: int, path: Path | str, most: int) -> bytes:
    unnamed = os.readlink(f"/proc/self/fd/{descriptor}").startswith("pipe:")  # noqa: PTH115
    content, begun = b"", unnamed  # whose writer may be done already
    until = time.monotonic() + _FIRST_SECONDS
    while len(content) <= most:
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:  # somebody holds it, and is still to write
            if not begun:
                begun, until = True, time.monotonic() + _SILENT_SECONDS
            data = None
        if data:
            content, begun = content + data, True
            until = time.monotonic() + _SILENT_SECONDS
        elif data is not None and begun:
            break
        elif time.monotonic() > until:
            raise KafkastackError(f"nobody writes to the pipe {shown(str(path))}", "name a file")
        else:
            select.select([descriptor], [], [], 0.05)
            time.sleep(0 if data is None else 0.02)
    return content


def _checked(content: bytes, path: Path | str, most: int) -> bytes:
    if len(content) > most:
        size = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
        raise KafkastackError(f"{shown(str(path))} is larger than {size}", "that is the limit")
    return content


def _unreadable(path: Path | str, error: OSError) -> KafkastackError:
    there = shown(str(path))
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return NotFoundError(f"{there}: No such file or directory", "check the path")
    if error.errno == errno.ELOOP:
        return KafkastackError(f"{there} is a link, which is not followed here")
    if error.errno == errno.ENXIO:
        return KafkastackError(f"{there} is a socket, not a regular file")
    return KafkastackError(f"cannot read {there}: {error.strerror}", "check the path")
