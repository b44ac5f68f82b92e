"""Run of a program to its end, with what it said."""

import subprocess
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:  # a command line has no loop to import
    from asyncio import StreamReader

OTHERS_READ = 0o022  # the umask of what fills a folder of ours that others may read


class Finished(Struct, frozen=True):
    """What a program left: its exit code, stdout and stderr as one text."""

    returncode: int
    output: str


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    umask: int = -1,
) -> Finished:
    """Run a program without stdin; one that cannot start or is too slow has exit code 127."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            timeout=timeout,
            umask=umask,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finished(127, str(error))
    return Finished(done.returncode, done.stdout.decode(errors="replace"))


async def last_of(stream: "StreamReader", most: int, *, first: bool = False) -> bytes:
    """Return the end of what a program says, however much that is.

    With `first` it is not waited for more than so many bytes.
    """
    kept = bytearray()
    while chunk := await stream.read(1 << 16):
        kept += chunk
        if first and len(kept) >= most:
            break
        if len(kept) > 2 * most:
            del kept[:-most]
    return bytes(kept[-most:])
