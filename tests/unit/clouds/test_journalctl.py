"""journalctl of the local cloud answers in one sentence, whatever numbers are."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from kafkastack.clouds.local.journalctl import Journalctl
from kafkastack.clouds.protocol import Completed


def ask(folder: Path, *words: str) -> Completed:
    services = SimpleNamespace(output=folder.joinpath)
    return asyncio.run(Journalctl(services)(["-u", "x", *words], "/", b""))  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, "-1", "", "1_0", "all"])
def test_what_is_no_number_of_lines_is_refused(tmp_path: Path, number: str):
    told = ask(tmp_path, f"--lines={number}")

    assert (told.returncode, told.stdout) == (1, b"")
    assert b"cannot be done on the local cloud" in told.stderr
    assert len(told.stderr) < 300


def test_the_last_lines_are_those_that_were_asked_for(tmp_path: Path):
    (tmp_path / "x.service").write_text("one\ntwo\nthree\n")

    assert ask(tmp_path, "-n", "2").stdout == b"two\nthree\n"
    assert ask(tmp_path, "-n", "999999999").stdout == b"one\ntwo\nthree\n"
