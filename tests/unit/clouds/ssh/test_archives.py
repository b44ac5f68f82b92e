"""Trees that come back from a machine: each of its own, whatever the archive says."""

import asyncio
import io
import os
import tarfile
from pathlib import Path

import pytest

from kafkastack.clouds.ssh.archives import arrive, packed
from kafkastack.errors import KafkastackError


def archive_of(*members: tuple[str, bytes, str]) -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            archive.addfile(member, io.BytesIO())
    return made


def test_a_pull_writes_nothing_through_a_link(tmp_path: Path):
    (tmp_path / "out").mkdir()
    link = ("data/l", tarfile.SYMTYPE, str(tmp_path / "out"))
    made = archive_of(link, ("data/l/owned", tarfile.REGTYPE, ""))

    with pytest.raises(KafkastackError, match="the archive of data cannot be unpacked: l is in"):
        asyncio.run(arrive(made, "data", tmp_path / "shelf"))

    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    assert not list((tmp_path / "out").iterdir())


def test_a_pull_replaces_what_was_there_only_by_what_was_asked_for(tmp_path: Path):
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "old").touch()
    for made in (archive_of(), archive_of(("other", tarfile.REGTYPE, ""))):
        with pytest.raises(KafkastackError):
            asyncio.run(arrive(made, "data", tmp_path / "shelf"))
    assert (tmp_path / "shelf" / "old").exists()

    asyncio.run(arrive(archive_of(("data/new", tarfile.REGTYPE, "")), "data", tmp_path / "shelf"))
    assert [p.name for p in (tmp_path / "shelf").iterdir()] == ["new"]


def test_what_is_pushed_comes_back_the_same(tmp_path: Path):
    source = tmp_path / "data"
    (source / "empty").mkdir(parents=True)
    (source / "program").write_text("x" * 100_000)
    (source / "program").chmod(0o750)
    (source / "same").hardlink_to(source / "program")
    (source / "out").symlink_to("/elsewhere")
    os.utime(source / "program", (1e9, 1e9))

    with packed(source) as archive, (tmp_path / "tar").open("w+b") as file:
        file.write(archive.read())
        while data := archive.read():
            file.write(data)
        asyncio.run(arrive(file, "data", tmp_path / "shelf"))

    shelf = tmp_path / "shelf"
    assert sorted(p.name for p in shelf.iterdir()) == ["empty", "out", "program", "same"]
    assert (shelf / "program").stat().st_mode & 0o777 == 0o750
    assert (shelf / "program").stat().st_mtime == 1e9
    assert (shelf / "same").samefile(shelf / "program")
    assert (shelf / "out").readlink() == Path("/elsewhere")
