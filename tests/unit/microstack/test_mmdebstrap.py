"""mmdebstrap is had without being installed, with the programs that it starts itself."""

import shutil
from pathlib import Path

import pytest

from kafkastack.errors import DownloadError
from kafkastack.microstack.mmdebstrap import search_path

APT_GET = "touch mmdebstrap_1_all.deb"
DPKG_DEB = """\
mkdir -p usr/bin
touch usr/bin/mmdebstrap usr/bin/mmtarfilter
chmod 755 usr/bin/*
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is PATH, but for where a host's own mmdebstrap is."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "mkdir", "chmod", "touch"):
        (folder / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(folder))
    place(folder, "apt-get", APT_GET)
    place(folder, "dpkg-deb", DPKG_DEB)
    return folder


def place(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\nset -e\n{script}")
    (folder / name).chmod(0o755)


def test_it_comes_out_of_its_package_with_what_it_starts(programs: Path, tmp_path: Path):
    path = search_path(tmp_path / "cache")

    for name in ("mmdebstrap", "mmtarfilter"):
        found = shutil.which(name, path=path)
        assert found is not None
        assert Path(found).is_relative_to(tmp_path / "cache")
    assert shutil.which("sh", path=path) == str(programs / "sh")


def test_it_is_downloaded_once(programs: Path, tmp_path: Path):
    first = search_path(tmp_path / "cache")
    place(programs, "apt-get", "exit 100")

    assert search_path(tmp_path / "cache") == first


def test_the_host_s_own_is_taken_where_there_is_one(programs: Path, tmp_path: Path):
    place(programs, "mmdebstrap", "")

    assert shutil.which("mmdebstrap", path=search_path(tmp_path / "cache")) == str(
        programs / "mmdebstrap"
    )
    assert not (tmp_path / "cache").exists()


def test_a_download_that_fails_is_told_and_tried_again(programs: Path, tmp_path: Path):
    place(programs, "apt-get", "echo no network >&2; exit 100")
    with pytest.raises(DownloadError, match="mmdebstrap cannot be downloaded"):
        search_path(tmp_path / "cache")
    place(programs, "apt-get", APT_GET)

    assert shutil.which("mmtarfilter", path=search_path(tmp_path / "cache"))
