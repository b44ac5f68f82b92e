"""A controller that does not answer: it is told in time, by number, with what to type."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kafkastack.cli import client_store, connection, controllers, silence, starting
from kafkastack.cli.connection import call, is_running
from kafkastack.cli.main import main
from kafkastack.errors import ControllerError
from kafkastack.system.files import locked
from kafkastack.system.places import controller_dir, private_folder
from tests.fakes.programs import running
from tests.fakes.waiting import wait_until


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A controller's folder, and little patience."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(silence, "TOLD_SECONDS", 0.2)
    monkeypatch.setattr(silence, "_ASKED_SECONDS", 0.05)
    monkeypatch.setattr(silence, "READER_SECONDS", 0.6)
    return private_folder(controller_dir("c"))


@pytest.fixture
def listener(folder: Path) -> Iterator[socket.socket]:
    """One that accepts nothing by itself."""
    (folder / "controller.lock").write_text(f"{os.getpid()}\n")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "api.sock"))
        made.listen(1)
        yield made
        made.shutdown(socket.SHUT_RDWR)  # who accepts on it is woken


def test_whoonly_reads_gives_up_with_the_pid_and_what_to_type(
    listener: socket.socket, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(ControllerError, match=rf"\(process {os.getpid()}\) has not answered") as e:
        call("c", "status", {})
    assert e.value.exit_code == 6
    said = capsys.readouterr().err
    assert said.count("has not answered for 0 s: it is busy or blocked") == 1
    assert f"kill -9 {os.getpid()}" in said


def test_one_that_is_stopped_is_told_how_it_goes_on(folder: Path, listener: socket.socket):
    with running(["sleep", "60"]) as sleeper:
        sleeper.send_signal(19)
        (folder / "controller.lock").write_text(f"{sleeper.pid}\n")
        with pytest.raises(ControllerError, match="it is stopped") as raised:
            call("c", "status", {})
    assert raised.value.advice == f"to let it go on: kill -CONT {sleeper.pid}"


def test_so_many_that_wait_that_none_is_accepted_hang_nobody(
    listener: socket.socket, capsys: pytest.CaptureFixture[str]
):
    crowd = [socket.socket(socket.AF_UNIX) for _ in range(5)]
    for one in crowd:
        one.setblocking(False)
        try:
            one.connect(listener.getsockname())
        except BlockingIOError:
            break
    with pytest.raises(ControllerError, match="has not answered"):
        call("c", "status", {})
    assert is_running("c")
    for one in crowd:
        one.close()


class Slow:
    """Begins one call and ends it when told to; with `knocks` it answers who knocks meanwhile."""

    def __init__(self, listener: socket.socket, *, knocks: bool) -> None:
        self.go, self.knocked = threading.Event(), 0
        self._listener, self._knocks = listener, knocks
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        if self._knocks:
            threading.Thread(target=self._answer_knocks, daemon=True).start()
        with connection, connection.makefile("rwb") as stream:
            stream.readline()
            stream.write(b'{"begun": true}\n')
            stream.flush()
            self.go.wait()
            stream.write(json.dumps({"result": "x" * 3_000_000}).encode() + b"\n")

    def _answer_knocks(self) -> None:
        while True:
            with suppress(OSError), self._listener.accept()[0] as knock:
                knock.recv(10)
                knock.sendall(b"{}\n")
                self.knocked += 1
            if self.knocked >= 5:
                self.go.set()
            if self._listener.fileno() < 0:
                return


def test_a_verb_that_lasts_is_no_silence(
    listener: socket.socket, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(silence, "TOLD_SECONDS", 20.0)  # whatever else the host does
    monkeypatch.setattr(silence, "READER_SECONDS", 60.0)
    slow = Slow(listener, knocks=True)
    assert len(call("c", "wait-idle", {})) == 3_000_000
    slow.thread.join()
    assert slow.knocked >= 5
    assert capsys.readouterr().err == ""


def test_who_writes_waits_on_once_it_is_told(
    listener: socket.socket, capsys: pytest.CaptureFixture[str]
):
    slow = Slow(listener, knocks=False)
    heard: list[str] = []
    writer = threading.Thread(target=lambda: heard.append(call("c", "deploy", {})))
    writer.start()
    said = ""

    def is_told() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return "has not answered" in said

    wait_until(is_told)
    slow.go.set()
    writer.join()
    slow.thread.join()
    assert len(heard[0]) == 3_000_000
    assert "kill -9" in said


@pytest.mark.parametrize(
    ("verb", "params", "reads"),
    [
        ("status", {}, True),
        ("show-unit", {"units": ["a/0"]}, True),
        ("config", {"application": "a", "values": {}, "reset": []}, True),
        ("config", {"application": "a", "values": {"a": "1"}, "reset": []}, False),
        ("constraints", {"application": "a", "words": None}, True),
        ("deploy", {}, False),
        ("exec", {}, False),
    ],
)
def test_whoonly_reads_is_known(verb: str, params: dict[str, object], reads: bool):
    assert connection.only_reads(verb, params) is reads


def test_another_command_that_hangs_while_it_starts_the_controller_is_told_and_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(starting, "_TURN_SECONDS", 0.5)
    with (
        locked(folder / ".start.lock"),
        pytest.raises(ControllerError, match="another command has been starting"),
    ):
        starting.start("c", folder, lambda: None)
    assert "another command is starting controller c" in capsys.readouterr().err


def test_one_of_several_that_does_not_answer_has_a_row_that_says_so(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(controllers, "_PATIENCE_SECONDS", 0.2)
    with client_store.edit() as store:
        store.controllers["c"] = {"cloud": "local", "uuid": "u", "region": "here"}
        store.controllers["gone"] = {"cloud": "local", "uuid": "v", "region": "here"}

    assert main(["controllers"]) == 0

    out, err = capsys.readouterr()
    rows = {line.split()[0]: line for line in out.splitlines()[1:]}
    assert rows["c"].split()[3:5] == ["superuser", "local/here"]
    assert all("(does not answer)" in rows[name] for name in ("c", "gone"))
    assert f"(process {os.getpid()}) has not answered" in err
    assert "controller gone has no data in" in err
