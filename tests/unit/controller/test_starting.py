"""A controller is started by one command at a time, and whoever is in the way is named."""

import fcntl
import os
from pathlib import Path

import pytest

from kafkastack.cli import starting
from kafkastack.controller.__main__ import main
from kafkastack.errors import ControllerError, PreflightError


def test_a_controller_that_does_not_answer_is_named_with_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(starting, "_END_SECONDS", 0.1)
    with (tmp_path / "controller.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ControllerError, match="kill 4711"):
            starting.start("en", tmp_path, lambda: None)


def test_the_last_words_of_one_that_does_not_start_are_told(tmp_path: Path):
    log = tmp_path / "controller.log"
    log.write_text("ERROR of long ago\nTraceback\nERROR no room\nmake some\n")
    error = starting._refused(3, "en", log, before=18)
    assert isinstance(error, PreflightError)
    assert error.message == "controller en does not start: no room\nmake some"


def test_a_controller_that_cannot_read_its_folder_ends_with_its_reason(tmp_path: Path):
    (tmp_path / "controller.json").write_text('{"cloud": "local", "uuid": "u"}')
    os.close(os.open(tmp_path / "state.db", os.O_CREAT))
    (tmp_path / "state.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(ControllerError, match=r"state\.db .*not (a|begin as a) database"):
        starting.start("en", tmp_path, lambda: None)


def test_a_controller_that_has_its_turn_when_its_folder_is_gone_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "controller.json").write_text('{"cloud": "local", "uuid": "u"}')
    lock = tmp_path / "controller.lock"
    monkeypatch.setattr(fcntl, "flock", lambda *_: lock.unlink())

    assert main(tmp_path) == 0
