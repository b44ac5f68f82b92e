import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command


def shell(script: str, **options: object) -> HostProcess:
    return start_process(Command(["/bin/sh", "-c", script], {"PATH": os.defpath}, "/", **options))  # type: ignore[arg-type]


def test_output_and_exit_code_are_the_programs():
    async def scenario() -> "tuple[bytes, bytes, int]":
        process = shell("echo out; echo err >&2; exit 7")
        assert process.stdout and process.stderr
        out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
        return out, err, await process.wait()

    assert asyncio.run(scenario()) == (b"out\n", b"err\n", 7)


def test_a_megabyte_of_output_is_not_lost():
    async def scenario() -> int:
        process = shell("head -c 3000000 /dev/zero")
        assert process.stdout
        size = len(await process.stdout.read())
        await process.wait()
        return size

    assert asyncio.run(scenario()) == 3_000_000


def test_a_child_that_keeps_stdout_does_not_keep_the_wait(tmp_path: Path):
    fifo = tmp_path / "end"
    os.mkfifo(fifo)

    async def scenario() -> "tuple[bytes, int]":
        process = shell(f"echo done; cat {fifo} & exit 3")
        assert process.stdout
        found = await process.stdout.read(), await process.wait()
        process.kill()  # reaches the child that was left, too
        return found

    assert asyncio.run(asyncio.wait_for(scenario(), 10)) == (b"done\n", 3)


def test_a_program_that_is_not_there_ends_as_in_a_shell():
    async def scenario() -> "tuple[bytes, int]":
        process = start_process(Command(["no-such-program"], {"PATH": os.defpath}, "/"))
        assert process.stderr
        return await process.stderr.read(), await process.wait()

    message, code = asyncio.run(scenario())

    assert code == 127
    assert b"no-such-program" in message


@pytest.mark.parametrize(("end", "code"), [("terminate", -15), ("kill", -9)])
def test_the_whole_group_can_be_ended(end: str, code: int):
    async def scenario() -> int:
        process = shell("tail -f /dev/null & wait")
        getattr(process, end)()
        return await process.wait()

    assert asyncio.run(asyncio.wait_for(scenario(), 10)) == code


def test_stdout_can_be_a_file_and_stderr_go_with_it(tmp_path: Path):
    async def scenario() -> int:
        with (tmp_path / "out").open("wb") as file:
            process = shell("echo a; echo b >&2", stdout=file, stderr=subprocess.STDOUT)
        assert process.stdout is None
        return await process.wait()

    assert asyncio.run(scenario()) == 0
    assert (tmp_path / "out").read_bytes() == b"a\nb\n"
