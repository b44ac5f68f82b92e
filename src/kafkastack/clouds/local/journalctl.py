"""Stand-in for `journalctl` on a local machine: the output of a service, as it was written."""

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path

from kafkastack.clouds.local.logs import LIMIT_BYTES
from kafkastack.clouds.local.services import Services
from kafkastack.clouds.local.unit_files import cannot_be_done, unit_name
from kafkastack.clouds.protocol import Completed
from kafkastack.errors import KafkastackError, UsageError
from kafkastack.gnuflag import Flag, Parsed, parse
from kafkastack.system.reading import open_regular

_FLAGS = (
    Flag(("u", "unit"), repeat=True),
    Flag(("n", "lines"), default="1000"),
    Flag(("o", "output"), default="cat"),
    Flag(("no-pager",), takes_value=False),
    Flag(("q", "quiet"), takes_value=False),
    Flag(("e", "pager-end"), takes_value=False),
    Flag(("b", "boot"), takes_value=False),
)
_BLOCK = 65536
_MOST_BYTES = 1 << 20  # of the lines that stand below a status
_NO_ENTRIES = b"-- No entries --\n"


class Journalctl:
    """The tool `journalctl` of one machine."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, arguments: Sequence[str], cwd: str, stdin: bytes) -> Completed:
        """Answer one call."""
        try:
            return await asyncio.to_thread(self._answer, _parse(arguments))
        except KafkastackError as error:
            return Completed(1, b"", f"{error}\n".encode())

    def _answer(self, flags: Parsed) -> Completed:
        text = b""
        for name in dict.fromkeys(unit_name(word) for word in flags.lists["unit"]):
            left = LIMIT_BYTES - len(text)
            text += last_lines(self._services.output(name), _count(flags), left)
        return Completed(0, text or _NO_ENTRIES)


def _parse(arguments: Sequence[str]) -> Parsed:
    try:
        flags = parse(_FLAGS, arguments)
    except UsageError as error:
        raise cannot_be_done("journalctl", error.message.rpartition(": ")[2]) from None
    if not flags.lists["unit"] or flags.positional:
        raise UsageError("journalctl on the local cloud tells of one service: journalctl -u NAME")
    if flags["output"] not in ("cat", "short"):
        raise cannot_be_done("journalctl", f"-o {flags['output']}")
    return flags


def _count(flags: Parsed) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", flags["lines"]):
        raise cannot_be_done("journalctl", f"-n {flags['lines'][:60]}")
    return int(flags["lines"])


def last_lines(path: Path, count: int, most: int = _MOST_BYTES) -> bytes:
    """Return the last `count` lines of a file, of at most so many bytes; it may not be there."""
    if not count or not path.exists():
        return b""
    blocks: list[bytes] = []
    newlines = 0
    with os.fdopen(open_regular(path, links=False), "rb") as file:
        at = file.seek(0, os.SEEK_END)
        until = max(0, at - most)
        while at > until and newlines <= count:
            step = min(_BLOCK, at - until)
            at = file.seek(at - step)
            blocks.append(file.read(step))
            newlines += blocks[-1].count(b"\n")
    data = b"".join(reversed(blocks))
    before = newlines + (not data.endswith(b"\n")) - count
    return data.split(b"\n", before)[-1] if before > 0 else data
