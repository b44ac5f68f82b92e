"""Names and kinds of files: checks of them, and the way errors show them."""

import stat
from pathlib import PurePosixPath

from kafkastack.model.links import Place


def kind_of(mode: int) -> str:
    """Return what a file is that is neither a regular file, a folder nor a link."""
    kinds = {
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "of an unknown kind")


def shown(place: Place | str) -> str:
    """Return a name as an error shows it: on one line, and not too long."""
    text = place if isinstance(place, str) else "/".join(place)
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= 250 else f"{text[:150]}…{text[-80:]}"


def is_plain(name: str) -> bool:
    """Report whether a name is UTF-8 without control characters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return not any(character < " " or character == "\x7f" for character in name)


def parts_of(path: str) -> Place | None:
    """Return the names of a relative path; None for one that leads out, or to nothing."""
    parts = PurePosixPath(path).parts
    return None if path.startswith("/") or ".." in parts or "\0" in path else parts
