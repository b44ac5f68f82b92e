"""However much a program of a machine says, the controller keeps no more than a bound."""

import asyncio
from typing import cast

import pytest

from kafkastack.agent import programs
from kafkastack.agent.programs import last_of, run
from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command, Machine
from kafkastack.errors import KafkastackError


class Host:
    """Only starts programs, as a machine does."""

    environment, path = {"HOME": "/"}, "/usr/bin:/bin"

    async def start(self, command: Command) -> HostProcess:
        self.process = start_process(command)
        return self.process


def test_an_answer_without_an_end_is_refused_and_its_program_ended(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(programs, "_MOST_OUTPUT", 1 << 20)

    async def body() -> None:
        host = Host()
        with pytest.raises(KafkastackError, match="says more than 1 MiB"):
            await run(cast(Machine, host), "yes")
        assert await asyncio.wait_for(host.process.wait(), 10) < 0

    asyncio.run(body())


def test_of_a_long_output_the_end_is_kept():
    async def body() -> bytes:
        process = await Host().start(Command(("seq", "300000"), {"PATH": "/usr/bin"}, "/"))
        assert process.stdout
        end = await last_of(process.stdout, 14)
        await process.wait()
        return end

    assert asyncio.run(body()) == b"299999\n300000\n"
