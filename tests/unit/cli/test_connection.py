"""A call is repeated only as long as no controller has begun it."""

import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from kafkastack.cli.connection import ask_running, call
from kafkastack.errors import ControllerError, NotFoundError
from kafkastack.system.places import controller_dir, private_folder
from tests.fakes.controllers import Controllers, Message


@pytest.fixture
def controllers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Controllers]]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = private_folder(controller_dir("c"))
    made: list[Controllers] = []

    def make(*answers: Sequence[Message]) -> Controllers:
        made.append(Controllers(folder / "api.sock", answers))
        return made[0]

    yield make
    made[0].thread.join()


def test_a_call_that_was_not_begun_is_made_again(controllers: Callable[..., Controllers]):
    answering = controllers([], [{"stale": True}], [{"begun": True}, {"result": 1}])
    assert call("c", "deploy", {}) == 1
    assert answering.asked == ["deploy"] * 3


@pytest.mark.parametrize("said", [{"begun": True}, {"progress": "a line"}])
def test_a_call_that_was_begun_is_never_made_twice(
    controllers: Callable[..., Controllers], said: Message
):
    answering = controllers([said])
    with pytest.raises(ControllerError, match="ended before it answered"):
        call("c", "deploy", {})
    assert answering.asked == ["deploy"]


def test_an_error_of_the_controller_is_raised_as_it_was(controllers: Callable[..., Controllers]):
    error = {"type": "NotFoundError", "message": "no such thing", "advice": "type: that"}
    controllers([{"begun": True}, {"error": error}])
    with pytest.raises(NotFoundError) as raised:
        call("c", "deploy", {})
    assert (raised.value.message, raised.value.advice) == ("no such thing", "type: that")


def test_a_controller_of_anybody_that_runs_is_asked_for_so_long_only(tmp_path: Path):
    silent, gone = tmp_path / "silent", tmp_path / "gone"
    for folder in (silent, gone):
        folder.mkdir()
    told = Controllers(tmp_path / "api.sock", [[{"begun": True}, {"result": {"models": {}}}]])
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(silent / "api.sock"))
        listener.listen()

        answers = [ask_running(each, "show-controller", 0.2) for each in (silent, gone)]

    assert answers == [None, None]
    assert ask_running(tmp_path, "show-controller", 30) == {"models": {}}
    told.thread.join(10)
