"""Controller file, read with distrust."""

import os
from pathlib import Path

import pytest

from kafkastack.errors import ControllerError
from kafkastack.system.controller_file import FILE, read_settings


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cloud": "local"}',
        b'{"cloud": 1, "uuid": "u"}',
        b"\xff",
        b"[" * 9999,
    ],
    ids=["empty", "cut", "list", "null", "no-uuid", "kind", "bytes", "depth"],
)
def test_a_damaged_one_is_told_with_what_to_type(tmp_path: Path, content: bytes):
    folder = tmp_path / "controllers" / "en"
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(content)
    with pytest.raises(ControllerError, match=r"controller\.json is damaged: ") as caught:
        read_settings(folder)
    assert str(tmp_path / "client.json") in caught.value.advice
    assert (folder / FILE).read_bytes() == content


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(ControllerError, match="is a FIFO"):
        read_settings(tmp_path)
