"""A file of a machine is read as its programs would read it, and never for ever."""

import asyncio
import os
from pathlib import Path

import pytest

from kafkastack.clouds.processes import HostProcess, start_process
from kafkastack.clouds.protocol import Command
from kafkastack.clouds.reading import read_by_program
from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system.reading import read_of_owner


async def _start(command: Command) -> HostProcess:
    return start_process(command)


def read(path: Path, most: int = 1 << 20) -> bytes:
    environment = {"PATH": "/usr/bin:/bin"}
    return asyncio.run(read_by_program(_start, environment, str(path), most))


def test_a_program_reads_all_of_a_file_and_follows_links(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"\0two\nlines\n" * 20_000)
    (tmp_path / "link").symlink_to("file")
    assert read(tmp_path / "link") == (tmp_path / "file").read_bytes()


def test_what_is_no_file_of_that_size_is_one_sentence(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * ((2 << 20) + 1))
    with pytest.raises(NotFoundError, match="none: No such file or directory"):
        read(tmp_path / "none")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(KafkastackError, match="not a regular file"):
            read(path)
    with pytest.raises(KafkastackError, match="large is larger than 2 MiB"):
        read(tmp_path / "large", 2 << 20)


def test_without_a_program_only_a_users_own_regular_files_are_read(tmp_path: Path):
    (tmp_path / "own").write_bytes(b"word")
    (tmp_path / "link").symlink_to("own")
    os.mkfifo(tmp_path / "pipe")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert read_of_owner("own", os.getuid(), 4, folder=folder) == b"word"
        for name, uid, most in (
            ("own", os.getuid() + 1, 4),
            ("own", os.getuid(), 3),
            ("link", os.getuid(), 4),
            ("pipe", os.getuid(), 4),
            ("none", os.getuid(), 4),
        ):
            with pytest.raises(KafkastackError):
                read_of_owner(name, uid, most, folder=folder)
    finally:
        os.close(folder)
