"""Copies by scp from a machine: what was asked for, and nothing beside it."""

import io
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from kafkastack.cli.arriving import arriving
from kafkastack.cli.scp import copy
from kafkastack.cli.ssh_words import AskedCopy
from kafkastack.errors import KafkastackError


class Machine:
    """A machine that says of its files what it likes."""

    def __init__(self, folder: Path, kind: str = "file", matches: str = "") -> None:
        self.archive = folder / "sent.tar"
        self._answers = {"if [": kind, "compgen": matches}
        self._folder = folder

    def send(self, *members: tuple[str, bytes, str]) -> "Machine":
        with tarfile.open(self.archive, "w") as archive:
            for name, kind, link in members:
                member = tarfile.TarInfo(name)
                member.type, member.linkname = kind, link
                member.size = 3 if kind == tarfile.REGTYPE else 0
                archive.addfile(member, io.BytesIO(b"new"))
        return self

    def enter(self, _: str, command: str) -> dict[str, Any]:
        said = next((text for word, text in self._answers.items() if word in command), None)
        argv = ["cat", str(self.archive)] if said is None else ["printf", "%b", said]
        argv = ["sh", "-c", "cat > /dev/null; exit 0"] if "tar -x" in command else argv
        return {"argv": argv, "env": dict(os.environ), "cwd": str(self._folder)}


def scp(machine: Machine, source: str, target: Path) -> None:
    copy(AskedCopy((source,), str(target), recursive=True, keep_times=False), machine.enter)


FILE, LINK, FOLDER = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE


def test_a_file_arrives_in_a_folder_and_in_place_of_another(tmp_path: Path):
    machine = Machine(tmp_path).send(("x", FILE, ""))
    (tmp_path / "old").write_text("old")
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to("old")

    scp(machine, "kafka/0:/tmp/x", tmp_path / "here")
    scp(machine, "kafka/0:/tmp/x", tmp_path / "link")
    scp(machine, "kafka/0:/tmp/x", Path("/dev/null"))

    assert (tmp_path / "here" / "x").read_text() == "new"
    assert (tmp_path / "link").is_symlink() and (tmp_path / "old").read_text() == "new"
    assert Path("/dev/null").is_char_device()


def test_a_folder_is_merged_into_one_that_is_there(tmp_path: Path):
    machine = Machine(tmp_path, "folder").send(("d", FOLDER, ""), ("d/s/x", FILE, ""))
    (tmp_path / "here" / "d" / "s").mkdir(parents=True)
    (tmp_path / "here" / "d" / "s" / "kept").touch()

    scp(machine, "kafka/0:d", tmp_path / "here")

    assert sorted(p.name for p in (tmp_path / "here" / "d" / "s").iterdir()) == ["kept", "x"]


@pytest.mark.parametrize(
    "members",
    [
        [("d/l", LINK, "/{out}"), ("d/l/owned", FILE, "")],
        [("d/../owned", FILE, "")],
        [("other", FILE, "")],
        [("d/fifo", tarfile.FIFOTYPE, "")],
    ],
)
def test_a_machine_writes_nothing_but_what_was_asked_for(
    tmp_path: Path, members: list[tuple[str, bytes, str]]
):
    (tmp_path / "out").mkdir()
    (tmp_path / "here").mkdir()
    made = [
        (name, kind, link.replace("{out}", str(tmp_path / "out"))) for name, kind, link in members
    ]

    with pytest.raises(KafkastackError, match="the archive of d cannot be unpacked"):
        scp(Machine(tmp_path, "folder").send(*made), "kafka/0:d", tmp_path / "here")

    assert not list((tmp_path / "here").iterdir()) and not list((tmp_path / "out").iterdir())


def test_a_link_in_the_folder_that_is_there_is_not_followed(tmp_path: Path):
    machine = Machine(tmp_path, "folder").send(("d/s/x", FILE, ""))
    (tmp_path / "out").mkdir()
    (tmp_path / "here" / "d").mkdir(parents=True)
    (tmp_path / "here" / "d" / "s").symlink_to(tmp_path / "out")

    with pytest.raises(KafkastackError, match="scp: s is there, and is no folder"):
        scp(machine, "kafka/0:d", tmp_path / "here")

    assert not list((tmp_path / "out").iterdir())


def test_names_that_a_machine_answers_have_to_match_what_was_asked_for(tmp_path: Path):
    matches = r".bashrc\n../x.txt\nlog/x.txt\n.x.txt\na.txt\nb.md\n"
    machine = Machine(tmp_path, "file", matches).send(("a.txt", FILE, ""))
    (tmp_path / "here").mkdir()

    scp(machine, "kafka/0:*.[^m]xt", tmp_path / "here")

    assert [path.name for path in (tmp_path / "here").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("name", ["fifo", "folder", "/dev/zero"])
def test_only_files_and_folders_of_them_are_sent(tmp_path: Path, name: str):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    os.mkfifo(tmp_path / "folder" / "fifo")

    asked = AskedCopy((str(tmp_path / name),), "kafka/0:", recursive=True, keep_times=False)
    with pytest.raises(KafkastackError, match="not a regular file"):
        copy(asked, Machine(tmp_path).enter)


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path):
    with (
        pytest.raises(KafkastackError, match=r"scp: .*none: No such file"),
        arriving(tmp_path / "none" / "x"),
    ):
        pass
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(KafkastackError, match="scp: folder is there, and is a folder"),
        arriving(tmp_path / "folder") as new,
    ):
        new.touch()
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_program_that_waits_for_us_is_ended_when_we_do_not_listen(tmp_path: Path):
    machine = Machine(tmp_path, "folder").send(("d/../owned", FILE, ""))
    with machine.archive.open("ab") as archive:
        archive.truncate(50 << 20)
    with pytest.raises(KafkastackError, match="cannot be unpacked"):
        scp(machine, "kafka/0:d", tmp_path / "there")
    assert subprocess.run(["pgrep", "-f", str(machine.archive)], stdout=-3).returncode == 1
