"""What ends before it answers is asked again; what does not answer at all is ended by force."""

import os
import signal
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kafkastack.cli import destroy
from kafkastack.cli.main import main
from kafkastack.system.places import controller_dir, private_folder
from tests.fakes.controllers import Controllers, Message
from tests.fakes.programs import running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a controller that accepts nothing, and is ended by force with a word."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(destroy, "_end_by_force", lambda _folder: print("by force"))
    monkeypatch.setattr(destroy, "_remove", lambda *_: None)
    made = private_folder(controller_dir("c"))
    (made / "controller.json").write_text("{}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(made / "api.sock"))
        listener.listen(1)
        yield made


def test_one_that_is_stopped_is_not_waited_for(folder: Path, capsys: pytest.CaptureFixture[str]):
    with running(["sleep", "60"]) as sleeper:
        sleeper.send_signal(signal.SIGSTOP)
        os.waitpid(sleeper.pid, os.WUNTRACED)
        (folder / "controller.lock").write_text(f"{sleeper.pid}\n")
        assert main(["kill-controller", "c", "--no-prompt", "--timeout", "1h"]) == 0
    said = capsys.readouterr()
    assert said.out == "by force\n"
    assert f"Unable to end it in order: process {sleeper.pid} is stopped\n" in said.err


def test_one_that_is_blocked_is_waited_for_as_long_as_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    (folder / "controller.lock").write_text(f"{os.getpid()}\n")
    assert main(["kill-controller", "c", "--no-prompt", "--timeout", "0.1s"]) == 0
    said = capsys.readouterr()
    assert said.out == "by force\n"
    assert "Unable to end it in order: it took more than 0 s\n" in said.err


def _answering(folder: Path, *answers: Sequence[Message]) -> Controllers:
    (folder / "api.sock").unlink()
    return Controllers(folder / "api.sock", answers)


@pytest.mark.parametrize("times", [1, 2])
def test_a_destroy_whose_controller_ended_for_another_s_sake_goes_on(
    folder: Path, times: int, capsys: pytest.CaptureFixture[str]
):
    done = {"result": {"left": [], "reason": ""}}
    controllers = _answering(folder, *[[{"begun": True}]] * times, [{"begun": True}, done])
    assert main(["destroy-controller", "c", "--no-prompt"]) == 0
    controllers.thread.join()
    assert controllers.asked == ["destroy-controller"] * (times + 1)
    assert "All models reclaimed, controller removed" in capsys.readouterr().err


def test_a_destroy_whose_controller_ends_each_time_is_given_up(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    controllers = _answering(folder, *[[{"begun": True}]] * 3)
    assert main(["destroy-controller", "c", "--no-prompt"]) == 6
    controllers.thread.join()
    assert "ERROR controller c ended before it answered" in capsys.readouterr().err
