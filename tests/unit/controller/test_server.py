"""What a controller answers when a verb ends in a way that nobody has foreseen."""

import asyncio
import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kafkastack import __version__
from kafkastack.controller.server import Server


def answers(folder: Path, error: Exception) -> list[dict[str, Any]]:
    """Return what a client hears when the verb raises `error`."""

    async def handle(verb: str, model: str, parameters: Mapping[str, Any], progress: Any) -> None:
        raise error

    async def scenario() -> list[dict[str, Any]]:
        server = Server(folder, handle, lambda: None)
        await server.start()
        reader, writer = await asyncio.open_unix_connection(str(folder / "api.sock"))
        request = {"version": __version__, "verb": "x", "model": "", "params": {}}
        writer.write(json.dumps(request).encode() + b"\n")
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
