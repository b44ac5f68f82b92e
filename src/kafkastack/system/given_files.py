"""Files that a person or a stranger names, read within bounds: of a regular file, or a stream."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import FILE_BYTES

_KINDS: Mapping[str, Callable[[int], bool]] = {
    "a folder": stat.S_ISDIR,
    "a named pipe": stat.S_ISFIFO,
    "a socket": stat.S_ISSOCK,
    "a device": lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode),
}
_STREAMS = ("/dev/stdin", "/dev/fd", "/proc/self/fd")  # what a shell hands over, as in <(command)


def read_text(path: Path, *, most: int = FILE_BYTES) -> str:
    """Return the text of a file, as `read_bytes` reads it."""
    data = read_bytes(path, most=most)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise KafkastackError(
            f"{path}, line {line} cannot be read: byte {error.start + 1} is not UTF-8",
            "save it as UTF-8",
        ) from None


def read_bytes(path: Path, *, most: int = FILE_BYTES) -> bytes:
    """Return the bytes of a file that is one, of at most that many, without waiting for any.

    What a shell hands over, as standard input or in <(command), is read to its end.
    """
    try:
        with os.fdopen(_open(path), "rb") as stream:
            data = stream.read(most + 1)
    except ValueError as error:  # a path with NUL in it
        raise KafkastackError(f"{path!s:.100} is no path: {error}", "check it") from error
    if len(data) > most:
        raise KafkastackError(
            f"{path} cannot be read: it has more than {most:,} bytes", "give a smaller file"
        )
    return data


def refuse_hidden_way_out(path: Path, folder: Path) -> None:
    """Refuse a path that leads out of a folder by a link: what it names must be plain to see."""
    plain = Path(os.path.normpath(path.absolute()))
    if plain.is_relative_to(folder.absolute()) and not path.resolve().is_relative_to(
        folder.resolve()
    ):
        raise KafkastackError(
            f"{path} leads out of {folder}", "put the file itself in the place of the link"
        )


def _open(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if str(path.absolute()).startswith(_STREAMS):
        os.set_blocking(descriptor, True)
    elif not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = next((name for name, matches in _KINDS.items() if matches(mode)), "no file")
        raise KafkastackError(f"{path} cannot be read: it is {kind}", "give a file")
    return descriptor
