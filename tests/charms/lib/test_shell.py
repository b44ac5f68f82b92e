"""What a person finds in a shell, and that every program is there to be run."""

import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms import shell

from tests.charms.kafka.modules import templates
from tests.charms.zookeeper.conftest import find_jar

PLACES = {"CONF": "/data/conf", "BIN": "/charm/bin"}
lines = st.lists(st.sampled_from(['PATH="/usr/bin"', "CONF=/old", "# a remark", "LANG=C"]))


@given(lines)
def test_the_environment_of_others_is_left_alone(some: list[str]) -> None:
    before = "".join(f"{line}\n" for line in some)
    after = shell.merge(before, PLACES)
    assert shell.merge(after, PLACES) == after
    assert 'CONF="/data/conf"\n' in after
    others = [line for line in some if not line.startswith("CONF=")]
    assert [x for x in after.splitlines() if x in others] == others
    gone = shell.merge(after, dict.fromkeys(PLACES, ""))
    assert gone.splitlines() == others


def test_root_links_the_programs_and_takes_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for folder in ("usr/local/bin", "etc", "charm/bin"):
        (tmp_path / folder).mkdir(parents=True)
    program = tmp_path / "charm" / "bin" / "charmed-kafka.topics"
    stranger = tmp_path / "usr" / "local" / "bin" / "mine"
    stranger.symlink_to("/usr/bin/env")
    for _ in range(2):
        shell.publish([program], PLACES, tmp_path)
    link = tmp_path / "usr" / "local" / "bin" / program.name
    assert link.readlink() == program
    assert 'BIN="/charm/bin"' in (tmp_path / "etc" / "environment").read_text()
    shell.withdraw(program.parent, tmp_path)
    assert not link.is_symlink()
    assert stranger.is_symlink()
    assert (tmp_path / "etc" / "environment").read_text() == ""


def test_whoever_is_not_root_changes_nothing_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    shell.publish([tmp_path / "program"], PLACES, tmp_path)
    shell.withdraw(tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_program_is_in_the_distribution() -> None:
    jars = (find_jar().parent / "lib").glob("*.jar")
    names = {name for jar in jars for name in zipfile.ZipFile(jar).namelist()}
    missing = [
        main
        for main in (*templates.PROGRAMS.values(), templates.MAIN)
        if f"{main.replace('.', '/')}.class" not in names
    ]
    assert missing == []
