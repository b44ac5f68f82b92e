"""File that --output of a hook tool names, on the machine."""

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from kafkastack.agent.contexts import Contexts
from kafkastack.agent.site import Place, Site
from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command
from kafkastack.errors import KafkastackError


class Host:
    """Only starts programs, as a machine does."""

    environment, path = {"HOME": "/"}, "/usr/bin:/bin"

    async def start(self, command: Command) -> HostProcess:
        return start_process(command)


def write(path: Path | str, content: bytes) -> None:
    place = SimpleNamespace(machine=Host())
    contexts = Contexts(cast(Site, None), cast(Place, place), "m")
    asyncio.run(asyncio.wait_for(contexts._write_file(str(path), content), 20))


def test_a_file_takes_the_place_of_what_was_in_it(tmp_path: Path):
    write(tmp_path / "it's here", b"a long answer\n")
    write(tmp_path / "it's here", b"short\n")
    assert (tmp_path / "it's here").read_bytes() == b"short\n"
    write("/dev/null", b"nobody reads it\n")


def test_a_pipe_that_nobody_reads_does_not_hold_the_hook(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(KafkastackError, match="pipe is not a regular file"):
        write(tmp_path / "pipe", b"an answer\n")
