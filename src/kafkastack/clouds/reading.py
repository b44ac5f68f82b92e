"""A file of a machine as the machine's own programs read it: what they see, and may read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

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

Start = Callable[[Command], Awaitable[Process]]


async def read_by_program(
    start: Start, environment: Mapping[str, str], path: str, most: int
) -> bytes:
    """Return the content of a regular file of at most so many bytes."""
    process = await start(Command((*_READ, path, str(most + 1)), environment, "/"))
    assert process.stdout and process.stderr  # noqa: S101  # started with pipes
    try:
        async with asyncio.timeout(_SECONDS):
            data, errors, code = await asyncio.gather(
                _first(process.stdout, most + 1),
                _first(process.stderr, _LAST_WORDS),
                process.wait(),
            )
    except TimeoutError as error:
        process.kill()
        raise KafkastackError(f"{shown(path)} cannot be read in {_SECONDS:.0f} s") from error
    if code:
        kind = NotFoundError if code == _NOT_THERE else KafkastackError
        raise kind(f"{shown(path)}: {errors.decode(errors='replace').strip()}")
    if len(data) > most:
        raise KafkastackError(
            f"{shown(path)} is larger than {most >> 20} MiB", "that is the limit"
        )
    return data


async def _first(stream: asyncio.StreamReader, most: int) -> bytes:
    found = bytearray()
    while len(found) < most and (chunk := await stream.read(most - len(found))):
        found += chunk
    return bytes(found)
