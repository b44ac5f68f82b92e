"""A file that somebody names is read if it is one, and never waited for."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kafkastack.errors import KafkastackError
from kafkastack.system.given_files import read_bytes, read_text, refuse_hidden_way_out


@pytest.mark.parametrize(
    ("kind", "words"),
    [("pipe", "it is a named pipe"), ("folder", "it is a folder"), ("zero", "it is a device")],
)
def test_what_is_no_file_is_refused_by_its_kind(tmp_path: Path, kind: str, words: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "zero").symlink_to("/dev/zero")

    with pytest.raises(KafkastackError) as caught:
        read_bytes(tmp_path / kind)

    assert words in str(caught.value)


def test_a_socket_is_no_file_either(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))

        with pytest.raises(OSError, match="No such device"):
            read_bytes(tmp_path / "socket")


def test_what_a_shell_hands_over_is_read(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from kafkastack.system.given_files import read_text;"
        "import sys; print(read_text(Path(sys.argv[1])))"
    )
    for path in ("/dev/stdin", "/dev/fd/0"):
        done = subprocess.run(
            [sys.executable, "-c", program, path], input=b"a: b", capture_output=True, check=False
        )
        assert done.stdout == b"a: b\n", done.stderr


def test_a_large_file_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(1 << 40)

    with pytest.raises(KafkastackError, match="it has more than 5,242,880 bytes"):
        read_text(tmp_path / "large")


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"a: b\nc: \xff\n")

    with pytest.raises(KafkastackError, match="odd, line 2 cannot be read: byte 9 is not UTF-8"):
        read_text(tmp_path / "odd")


def test_a_path_that_can_be_none_is_refused() -> None:
    for path in ("a\0b", "a\ud800b"):
        with pytest.raises(KafkastackError, match="is no path"):
            read_bytes(Path(path))


def test_only_a_link_hides_that_a_path_leads_out(tmp_path: Path) -> None:
    inside = tmp_path / "bundle"
    inside.mkdir()
    (tmp_path / "secret").write_text("x")
    (inside / "link").symlink_to("../secret")
    (inside / "own").write_text("x")
    (inside / "linked").symlink_to("own")

    for path in ("../secret", "own", "linked"):
        refuse_hidden_way_out(inside / path, inside)
    with pytest.raises(KafkastackError, match="leads out of"):
        refuse_hidden_way_out(inside / "link", inside)
