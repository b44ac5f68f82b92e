"""Shell of a person on a machine: its contents, and every program, there to be run."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms import shell
from kafkastack_charms.kafka import launch
from kafkastack_charms.kafka.layout import Layout

from tests.charms.kafka.modules import templates
from tests.charms.kafka_4.modules import templates as of_kafka_4
from tests.fakes.distribution import find_jar

PLACES = {"CONF": "/data/conf", "BIN": "/charm/bin"}
# bin/kafka-*.sh of Kafka 4.3, but what starts and stops a server, and jmx: nothing here speaks it.
SCRIPTS = """
acls broker-api-versions client-metrics cluster configs console-consumer console-producer
console-share-consumer consumer-groups consumer-perf-test delegation-tokens delete-records dump-log
e2e-latency features get-offsets groups leader-election log-dirs metadata-quorum metadata-shell
producer-perf-test reassign-partitions replica-verification share-consumer-perf-test share-groups
storage streams-application-reset streams-groups topics transactions verifiable-consumer
verifiable-producer verifiable-share-consumer
"""
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


@pytest.mark.parametrize(
    ("version", "programs"), [("3.9.2", templates.PROGRAMS), ("4.3.1", of_kafka_4.PROGRAMS)]
)
def test_every_program_is_in_the_distribution(version: str, programs: launch.Programs) -> None:
    found = find_jar(version).with_name("lib")
    names = {name for jar in found.glob("*.jar") for name in zipfile.ZipFile(jar).namelist()}
    missing = [
        main
        for main in (*programs.mains.values(), launch.MAIN)
        if f"{main.replace('.', '/')}.class" not in names
    ]
    assert missing == []


def test_track_4_has_the_programs_that_kafka_has_scripts_for() -> None:
    assert set(of_kafka_4.PROGRAMS.mains) == set(SCRIPTS.split())


def test_the_scripts_of_kafka_are_below_bin_too(tmp_path: Path) -> None:
    layout = Layout(tmp_path, (tmp_path / "data",))
    for _ in range(2):
        launch.publish(of_kafka_4.PROGRAMS, layout, "/bin/echo", tmp_path / "kafka.jar")
    script = layout.bin / "bin" / "kafka-topics.sh"
    said = subprocess.run([script, "--list"], capture_output=True, text=True, check=True).stdout
    assert said.endswith("org.apache.kafka.tools.TopicCommand --list\n")
