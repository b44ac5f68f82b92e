"""Runner of an agent's own small programs on a machine."""

import asyncio
from collections.abc import Mapping
from typing import IO

from kafkastack.clouds.protocol import Command, Machine
from kafkastack.errors import KafkastackError
from kafkastack.system.programs import last_of

_SECONDS = 60.0
_LAST_WORDS = 1 << 16
_MOST_OUTPUT = 72 << 20  # a file for a hook tool, and a little


async def run(
    machine: Machine, *argv: str, cwd: str = "/", stdin: IO[bytes] | None = None
) -> bytes:
    """Run a program to its end and return its stdout; KafkastackError with its stderr."""
    return (await capture(machine, *argv, cwd=cwd, stdin=stdin))[0]


async def capture(
    machine: Machine, *argv: str, cwd: str = "/", stdin: IO[bytes] | None = None
) -> tuple[bytes, bytes]:
    """Run a program that must succeed and return its stdout and its stderr."""
    command = Command(argv, base_environment(machine), cwd, stdin)
    process = await machine.start(command)
    assert process.stdout and process.stderr  # noqa: S101  # started with pipes
    try:
        async with asyncio.timeout(_SECONDS):
            out, errors, code = await asyncio.gather(
                _whole(process.stdout), last_of(process.stderr, _LAST_WORDS), process.wait()
            )
    except TimeoutError as error:
        process.kill()
        raise KafkastackError(f"{argv[0]} did not end within {_SECONDS:.0f} s") from error
    except KafkastackError:
        process.kill()
        raise
    if code:
        raise KafkastackError(f"{' '.join(argv[:2])} failed: {errors.decode(errors='replace')}")
    return out, errors


async def _whole(stream: asyncio.StreamReader) -> bytes:
    kept = await last_of(stream, _MOST_OUTPUT + 1, first=True)
    if len(kept) > _MOST_OUTPUT:
        raise KafkastackError(f"the machine says more than {_MOST_OUTPUT >> 20} MiB")
    return kept


def base_environment(machine: Machine) -> Mapping[str, str]:
    """Return what every program of ours on that machine starts from."""
    return {**machine.environment, "PATH": machine.path}
