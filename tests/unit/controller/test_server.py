"""Answers of a controller to a verb that ends in a way that nobody has foreseen."""

import asyncio
import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kafkastack import __version__
from kafkastack.controller.server import Handler, Server


def answers(folder: Path, error: Exception) -> list[dict[str, Any]]:
    """Return what a client hears when the verb raises `error`."""

    async def handle(verb: str, model: str, parameters: Mapping[str, Any], progress: Any) -> None:
        raise error

    request = {"version": __version__, "verb": "x", "model": "", "params": {}}
    return hears(folder, handle, json.dumps(request).encode() + b"\n")


def hears(folder: Path, handle: Handler, sent: bytes) -> list[dict[str, Any]]:
    """Return what a client hears who sends this."""

    async def scenario() -> list[dict[str, Any]]:
        server = Server(folder, handle, lambda: None)
        await server.start()
        reader, writer = await asyncio.open_unix_connection(str(folder / "api.sock"))
        writer.write(sent)
        heard = [json.loads(line) async for line in reader]
        writer.close()
        await server.close()
        return heard

    return asyncio.run(scenario())


def test_a_disk_that_refuses_is_told_as_what_the_machine_lacks(tmp_path: Path):
    error = OSError(errno.ENOSPC, "No space left on device", "/data/charms/x")

    assert answers(tmp_path, error) == [
        {"begun": True},
        {
            "error": {
                "type": "PreflightError",
                "message": "the controller cannot write /data/charms/x: No space left on device",
                "advice": "make room or make it writable again, then type the command again",
            }
        },
    ]


def test_anything_else_names_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (_, heard) = answers(tmp_path, ValueError("odd"))

    assert heard["error"]["message"] == "the controller failed: ValueError('odd')"
    assert heard["error"]["advice"] == f"its log is {tmp_path}/controller.log"
    assert "ValueError: odd" in capsys.readouterr().err


async def nobody(verb: str, model: str, parameters: Mapping[str, Any], progress: Any) -> None:
    raise AssertionError(verb)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"\n", "this is no call of the controller"),
        (b"GET / HTTP/1.1\r\n\r\n", "this is no call of the controller"),
        (b"\xff\xfe\n", "this is no call of the controller"),
        (b"[]\n", "Expected `object`, got `array`"),
        (b'{"verb": "status"}\n', "missing required field `version`"),
        (b'{"version": 1, "verb": "x", "model": "", "params": {}}\n', "Expected `str`, got `int`"),
        (b'{"version": "1", "verb": "x", "model": "", "params": []}\n', "Expected `object`"),
        (b'{"version": "1", "verb": "\\ud800", "model": "", "params": {}}\n', "no call of the"),
        (b'{"params": {"a": ' + b"[" * 100_000 + b"\n", "a call is nested too deep"),
        (b"x" * 3_000_000, "a call has more than 2 MiB, on one line"),
    ],
    ids=range(10),
)
def test_what_is_no_call_is_answered_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes, said: str
):
    monkeypatch.setattr("kafkastack.controller.server._LINE", 2 << 20)
    (heard,) = hears(tmp_path, nobody, sent)
    assert heard["error"]["type"] == "UsageError"
    assert said in heard["error"]["message"]


@pytest.mark.parametrize("version", ["²", "", "a.b", "-1", "0" * 5000])
def test_a_version_that_is_none_is_refused(tmp_path: Path, version: str):
    call = {"version": version, "verb": "x", "model": "", "params": {}}
    (heard,) = hears(tmp_path, nobody, json.dumps(call).encode() + b"\n")
    assert heard["error"]["type"] == "ControllerError"
    assert heard["error"]["advice"] == "use the newer kafkastack"


def test_a_version_that_is_newer_than_any_makes_it_end(tmp_path: Path):
    call = {"version": "9" * 5000, "verb": "x", "model": "", "params": {}}
    assert hears(tmp_path, nobody, json.dumps(call).encode() + b"\n") == [{"stale": True}]
