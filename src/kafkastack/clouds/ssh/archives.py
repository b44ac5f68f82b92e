"""Tar archives of files and folders, packed as root's, and unpacked."""

import asyncio
import os
import tarfile
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from kafkastack.errors import KafkastackError
from kafkastack.system.archives import unpack_tar
from kafkastack.system.files import remove_tree
from kafkastack.system.tree_rules import STORAGE

_NOT_TAR = b"!" * 1024  # an archive that cannot be completed is not to pass for one that is


@contextmanager
def packed(source: Path) -> Generator[IO[bytes]]:
    """Give a pipe from which the archive of a file or a folder is read while it is written."""
    reading, writing = os.pipe()
    writer = threading.Thread(target=_pack, args=(source, writing), daemon=True)
    writer.start()
    with open(reading, "rb", buffering=0) as archive:  # noqa: PTH123  # a descriptor
        yield archive


@contextmanager
def unpacked(name: str, target: Path) -> Generator[IO[bytes]]:
    """Give a file for an archive."""
    with tempfile.TemporaryFile(dir=target.parent) as archive:
        yield archive


async def arrive(archive: IO[bytes], name: str, target: Path) -> None:
    """Replace `target` by the member `name` of an archive."""
    archive.seek(0)
    await asyncio.to_thread(_unpack, archive, name, target)


def _pack(source: Path, descriptor: int) -> None:
    # Who reads may have gone: it tells why, and the archive ends here.
    with suppress(BrokenPipeError), open(descriptor, "wb") as archive:  # a number
        try:
            with tarfile.open(fileobj=archive, mode="w|", bufsize=1 << 18) as tar:
                tar.add(source, source.name, filter=_as_root)
        except OSError:
            archive.write(_NOT_TAR)
            raise


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _unpack(archive: IO[bytes], name: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as part:
        new = Path(part) / "new"
        unpack_tar(archive, name, new, STORAGE)
        if not os.path.lexists(new):
            raise KafkastackError(f"there is no file or folder in the archive of {name}")
        remove_tree(target)
        new.replace(target)
