"""A file of a machine as the machine's own programs read it: what they see, and may read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from kafkastack.clouds.protocol import Command, Process
from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system.names import shown

_NOT_THERE = 3
_READ = (
    *("/bin/sh", "-c"),
    f"""\
[ -e "$1" ] || {{ echo "No such file or directory" >&2; exit {_NOT_THERE}; }}
[ -f "$1" ] || {{ echo "not a regular file" >&2; exit 1; }}
[ -r "$1" ] || {{ echo "Permission denied" >&2; exit 1; }}
exec head -c "$2" -- "$1"
""",
    "sh",
)
_SECONDS = 60.0
_LAST_WORDS = 4096
_CHUNK = 1 << 20

Start = Callable[[Command], Awaitable[Process]]


async def read_by_program(
    start: Start, environment: Mapping[str, str], path: str, most: int
) -> bytes:
    """Return the content of a regular file of at most so many bytes."""
    found = bytearray()
    await _pour(start, environment, path, most, found.extend)
    return bytes(found)


async def copy_by_program(
    start: Start, environment: Mapping[str, str], path: str, most: int, target: Path
) -> None:
    """Copy a regular file of at most so many bytes to one of ours."""
    with target.open("wb") as file:
        await _pour(start, environment, path, most, file.write)


async def _pour(
    start: Start,
    environment: Mapping[str, str],
    path: str,
    most: int,
    take: Callable[[bytes], object],
) -> None:
    process = await start(Command((*_READ, path, str(most + 1)), environment, "/"))
    assert process.stdout and process.stderr  # noqa: S101  # started with pipes
    words = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            size, _, code = await asyncio.gather(
                _first(process.stdout, most + 1, take),
                _first(process.stderr, _LAST_WORDS, words.extend),
                process.wait(),
            )
    except TimeoutError as error:
        process.kill()
        raise KafkastackError(f"{shown(path)} cannot be read in {_SECONDS:.0f} s") from error
    if code:
        kind = NotFoundError if code == _NOT_THERE else KafkastackError
        raise kind(f"{shown(path)}: {words.decode(errors='replace').strip()}")
    if size > most:
        raise KafkastackError(
            f"{shown(path)} is larger than {most >> 20} MiB", "that is the limit"
        )


async def _first(stream: asyncio.StreamReader, most: int, take: Callable[[bytes], object]) -> int:
    """Hand over what a program says first, and return how much that was."""
    size = 0
    while size < most and (chunk := await stream.read(min(_CHUNK, most - size))):
        take(chunk)
        size += len(chunk)
    return size
