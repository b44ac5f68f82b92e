"""A controller whose record is damaged says so, and has it again from a backup."""

import time
from pathlib import Path

import pytest

from kafkastack.store.backups import back_up
from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


@pytest.fixture
def damaged(own: Engine, charms: Path) -> Engine:
    """A controller with one unit in a backup and another one that came later, then damaged."""
    charm = str(write_charm(charms))
    own("deploy", charm, "early")
    own.wait_for_idle(count=1)
    own.kill_controller()
    back_up(database(own), "hourly", now=time.time())
    own("deploy", charm, "late")
    own.wait_for_idle(count=2)
    own.kill_controller()
    database(own).write_bytes(b"")
    return own


def database(engine: Engine) -> Path:
    return engine.controller_folder() / "state.db"


def test_a_damaged_record_is_told_restored_and_what_it_lacks_is_ended_on_request(damaged: Engine):
    said = damaged.fails("status", code=6)
    assert f"{database(damaged)} is empty; nothing was changed" in said
    assert "kafkastack restore-controller en" in said
    assert database(damaged).read_bytes() == b""

    listed = damaged("restore-controller", "--list")
    assert "-hourly.db" in listed
    assert "sound" in listed

    told = damaged("restore-controller", "en")
    assert "Controller en has its record of state-" in told
    assert "Without a record, and running on:" in told
    assert "late/0" in told
    assert list(damaged.units()) == ["early/0"]
    home = damaged.home("late/0")  # untouched

    assert "sound: there is nothing to restore" in damaged.fails("restore-controller", "en")
    told = damaged("restore-controller", "en", "--end-unrecorded")
    assert "Without a record, ended now:" in told
    assert home.exists()

    damaged("add-unit", "early")
    damaged.wait_for_idle(count=2)
    machines = damaged.status()["machines"]
    assert sorted(machines) == ["0", "2"], "the number of a machine without a record is taken"


def test_a_sound_record_goes_back_only_when_asked_and_the_running_one_is_ended(own: Engine):
    backup = back_up(database(own), "hourly", now=time.time() - 60)
    own("add-model", "other")
    assert "add --no-prompt" in own.fails("restore-controller", "--from", backup.name, code=2)
    pid = own.controller_pid()
    own("restore-controller", "--from", backup.name, "--no-prompt")
    wait_until(lambda: own.controller_pid() != pid, what="the controller's end")
    assert "other" not in own("models")
    assert own.fails("restore-controller", "--from", "nothing").startswith("ERROR backup")
