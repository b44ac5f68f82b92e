"""A file that somebody names is read as far as a bound, and never waited for for ever."""

import os
import threading
from pathlib import Path

import pytest

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.system import reading
from kafkastack.system.reading import read_given, read_inside, read_regular, text_of


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with a file of every kind."""
    (tmp_path / "file").write_text("text")
    (tmp_path / "large").write_bytes(b"0" * 5000)
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "out").symlink_to("/etc/hostname")
    (tmp_path / "dangling").symlink_to("none")
    (tmp_path / "zero").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("large", "larger than 4 KiB"),
        ("link", "link is a link, which is not followed here"),
        ("fifo", "fifo is a FIFO, not a regular file"),
        ("folder", "folder is a folder, not a regular file"),
        ("none", "none: No such file or directory"),
        ("file/x", "file/x: No such file or directory"),
    ],
)
def test_what_is_no_regular_file_is_named(odd: Path, name: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        read_regular(odd / name, 4096, links=False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("out", "out is a link that leads out of"),
        ("zero", "zero is a link that leads out of"),
        ("dangling", "dangling is a link to nothing"),
        ("../x", "leads out of"),
        ("fifo", "fifo is a FIFO"),
    ],
)
def test_nothing_outside_of_a_folder_is_read_by_a_link_in_it(odd: Path, name: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        read_inside(odd, name)
    assert read_inside(odd, "link") == b"text"


def test_what_a_person_names_may_be_a_link_a_pipe_or_nothing(odd: Path):
    def write() -> None:
        with (odd / "fifo").open("wb") as pipe:
            pipe.write(b"1")
            pipe.flush()
            pipe.write(b"2")

    writer = threading.Thread(target=write)
    writer.start()
    assert read_given(odd / "fifo") == b"12"
    writer.join()
    assert read_given(odd / "link") == b"text"
    assert read_given("/dev/null") == b""


def test_a_pipe_of_a_shell_that_is_empty_is_not_waited_for():
    reader, writer = os.pipe()
    os.close(writer)
    assert read_given(f"/dev/fd/{reader}") == b""
    os.close(reader)


@pytest.mark.parametrize("is_held", [False, True])
def test_a_pipe_that_nobody_writes_to_is_not_waited_for_for_ever(
    odd: Path, is_held: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "_FIRST_SECONDS", 0.05)
    monkeypatch.setattr(reading, "_SILENT_SECONDS", 0.05)
    held = os.open(odd / "fifo", os.O_RDWR) if is_held else -1

    with pytest.raises(KafkastackError, match=r"nobody writes to the pipe .*fifo"):
        read_given(odd / "fifo")

    if is_held:
        os.close(held)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/dev/zero", "/dev/zero is a device"),
        ("{odd}/zero", "zero is a device"),
        ("{odd}/large", "larger than 4 KiB"),
        ("{odd}/folder", "is a folder"),
    ],
)
def test_what_has_no_end_is_not_read(odd: Path, path: str, said: str):
    with pytest.raises(KafkastackError, match=said):
        read_given(path.replace("{odd}", str(odd)), 4096)


def test_a_file_that_is_not_there_is_not_found(odd: Path):
    with pytest.raises(NotFoundError, match="none: No such file or directory"):
        read_given(odd / "none")


def test_a_file_that_is_no_text_says_where():
    with pytest.raises(KafkastackError, match=r"a\.yaml is not a text in UTF-8: byte 2 of it"):
        text_of(b"a:\xff", "a.yaml")
