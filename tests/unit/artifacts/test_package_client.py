"""uv reads strangers' locks: in bounded time and memory, and of its words the last are told."""

import asyncio
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from kafkastack.artifacts import package_client
from kafkastack.artifacts.package_client import bring_python, export, host_python, run_uv
from kafkastack.artifacts.poetry_project import Choice
from kafkastack.errors import DownloadError, KafkastackError


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that is taken for uv; the tests write what it does."""
    program = tmp_path / "uv"
    monkeypatch.setattr(package_client, "find_uv_bin", lambda: str(program))
    return program


def does(program: Path, body: str) -> None:
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    program.chmod(0o755)


def test_a_lock_that_takes_too_long_is_told_as_one(
    tmp_path: Path, uv: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(package_client, "_READING_SECONDS", 0.5)
    does(uv, "while True: pass")

    with pytest.raises(KafkastackError, match=r"uv.lock of the charm .*: it takes longer than"):
        asyncio.run(export(Choice(), tmp_path))


def test_a_lock_that_takes_too_much_memory_is_told_as_one(tmp_path: Path, uv: Path):
    does(uv, "bytearray(3 << 30)")

    with pytest.raises(KafkastackError, match=r"(?s)uv.lock of the charm .*MemoryError"):
        asyncio.run(export(Choice(), tmp_path))


def test_a_list_larger_than_any_is_refused(tmp_path: Path, uv: Path):
    does(uv, "open('exported.txt', 'w').truncate(1 << 40)")

    with pytest.raises(KafkastackError, match=r"exported.txt is larger than 16 MiB"):
        asyncio.run(export(Choice(), tmp_path))


def test_a_flood_of_words_is_cut_to_the_last(tmp_path: Path, uv: Path):
    does(uv, "sys.stderr.write('x' * 50_000_000 + 'the end'); sys.exit(1)")

    with pytest.raises(DownloadError, match="the end") as told:
        asyncio.run(run_uv("pip", "install", cwd=tmp_path))

    assert len(told.value.message) < 3000


def test_who_is_ended_by_a_signal_says_so(tmp_path: Path, uv: Path):
    does(uv, "import os; os.kill(os.getpid(), 6)")

    with pytest.raises(DownloadError, match="uv was ended by signal 6"):
        asyncio.run(run_uv("pip", "install", cwd=tmp_path))


MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


def version_of(python: str) -> str:
    words = (python, "-c", "import platform; print(platform.python_version())")
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_a_python_of_this_host_is_found(tmp_path: Path):
    found = asyncio.run(host_python(MINOR, tmp_path / "pythons"))

    assert version_of(found).startswith(MINOR)


def test_a_python_that_uv_fetches_is_found_where_it_was_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_index_of_pythons(tmp_path, monkeypatch)

    for _ in range(2):
        found = asyncio.run(bring_python(MINOR, tmp_path / "pythons"))

        assert Path(found).resolve().is_relative_to(tmp_path / "pythons")
        assert version_of(found).startswith(MINOR)


def test_where_uv_can_fetch_no_python_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_index_of_pythons(tmp_path, monkeypatch)

    assert asyncio.run(bring_python("3.18", tmp_path / "pythons")) == ""


def write_index_of_pythons(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let uv know of one Python, a file of this host that runs the one of the tests."""
    python = Path(sys.executable).resolve()
    program = f'#!/bin/bash\nexec -a "$0" "{python}" "$@"\n'.encode()  # it says where it is
    archive = folder / "python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        entry = tarfile.TarInfo(f"python/bin/python{MINOR}")
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
    patch, machine = sys.version_info.micro, os.uname().machine
    known = {
        f"cpython-{MINOR}.{patch}-linux-{machine}-gnu": {
            "name": "cpython",
            "arch": {"family": machine, "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": 3,
            "minor": sys.version_info.minor,
            "patch": patch,
            "prerelease": "",
            "url": archive.as_uri(),
            "sha256": None,
            "variant": None,
            "build": "20260101",
        }
    }
    (folder / "index.json").write_text(json.dumps(known))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(folder / "index.json"))
