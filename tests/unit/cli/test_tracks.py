"""Two folders are one charm: a channel says which of them is meant."""

import json
from pathlib import Path
from typing import Any

import pytest

from kafkastack.artifacts import our_charms
from kafkastack.cli import catalogue
from kafkastack.cli.main import main
from kafkastack.errors import NotFoundError
from tests.fakes.two_tracks import write_tracks


@pytest.fixture
def charms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_tracks(tmp_path)
    monkeypatch.setattr(our_charms, "charms_dir", lambda: tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(words) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("channel", "folder"),
    [("", "kafka"), ("3", "kafka"), ("edge", "kafka"), ("4", "kafka-4"), ("4/edge", "kafka-4")],
)
def test_a_channel_says_which_folder_is_meant(charms: Path, channel: str, folder: str) -> None:
    found = catalogue.find("kafka", channel)
    assert (found.source, found.name) == (charms / folder, "kafka")


def test_they_are_one_charm(charms: Path) -> None:
    assert our_charms.names() == ["kafka"]
    with pytest.raises(NotFoundError, match='charm or bundle "kafka-4" not found'):
        catalogue.find("kafka-4")


def test_the_default_is_one_line(charms: Path) -> None:
    assert our_charms.default_artifact() == "kafka-3.9.2/kafka.jar"
    write_tracks(charms, default="4/stable")
    assert our_charms.default_artifact() == "kafka-4.3.1/kafka.jar"
    assert our_charms.distribution_of().track == "4"
    assert catalogue.find("kafka").source == charms / "kafka-4"
    assert catalogue.find("kafka", "stable").source == charms / "kafka-4"
    assert catalogue.find(str(charms / "kafka")).channel.name == "3/stable", "a folder is itself"


def test_a_folder_is_deployed_with_what_its_own_file_says(charms: Path) -> None:
    found = catalogue.find(str(charms / "kafka-4"))
    assert found.channel.resources == {"kafka": "kafka-4.3.1/kafka.jar"}
    with pytest.raises(NotFoundError, match=r"there is 3/edge, 3/stable\n"):
        catalogue.find(str(charms / "kafka"), "4/stable")


@pytest.mark.parametrize(("revision", "folder"), [(2, "kafka"), (3, "kafka-4"), (4, "kafka-4")])
def test_a_revision_says_it_too(charms: Path, revision: int, folder: str) -> None:
    assert catalogue.find("kafka", "", revision).source == charms / folder


def test_who_follows_a_channel_stays_there(charms: Path) -> None:
    assert catalogue.find("kafka", now="4/edge").channel.name == "4/edge"
    assert catalogue.find("kafka", "3", now="4/edge").channel.name == "3/stable"
    assert catalogue.find("kafka", "", 4, now="4/stable").channel.name == "4/edge"


def test_a_charm_is_described_as_its_channel_has_it(
    charms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    three = shown(capsys, "info", "kafka", "--format", "json")
    four = shown(capsys, "info", "kafka", "--channel", "4", "--format", "json")
    assert list(three["options"]) == ["option_3"]
    assert list(four["options"]) == ["option-4"]
    assert {three["name"], four["name"]} == {"kafka"}
    assert (four["channel"], four["revision"]) == ("4/stable", 3)
    revisions = {"3/stable": 1, "3/edge": 2, "4/stable": 3, "4/edge": 4}
    for document in (three, four):
        assert {n: c["revision"] for n, c in document["channels"].items()} == revisions


def test_it_is_found_once(charms: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (only,) = shown(capsys, "find", "kafka", "--format", "json")
    assert (only["name"], only["channel"]) == ("kafka", "3/stable")


def test_the_resources_are_those_of_the_channel(
    charms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = shown(capsys, "charm-resources", "kafka", "--channel", "4", "--format", "json")
    assert row["artifact"] == "kafka-4.3.1/kafka.jar"


def test_preflight_looks_for_the_kafka_of_a_channel(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KAFKASTACK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAFKASTACK_DATA", str(tmp_path / "data"))
    assert main(["preflight", "--channel", "4/stable"]) == 0
    assert f"will be fetched to {tmp_path}/cache/kafka/4.3.1" in capsys.readouterr().out
    assert main(["preflight", "--channel", "7"]) == 1
    assert "tracks are: 3, 4" in capsys.readouterr().err


def test_a_port_is_of_a_track() -> None:
    assert 9098 in catalogue.ports_of("kafka", "4/edge")
    assert 9098 not in catalogue.ports_of("kafka", "3/stable")
    assert catalogue.ports_of("zookeeper", "") == (2181, 2888, 3888)


def test_of_ours_no_revision_is_in_two_folders() -> None:
    for name in our_charms.names():
        folders = {c.revision: set[str]() for c in our_charms.channels_of(name).channels.values()}
        for channel in our_charms.channels_of(name).channels.values():
            folders[channel.revision].add(channel.folder)
        assert [r for r, found in folders.items() if len(found) > 1] == [], name
