"""Our own charms are found, described and listed with their resources."""

import json

import pytest

from kafkastack.cli.main import main


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def test_charms_are_found_by_words_of_name_and_summary(capsys: pytest.CaptureFixture[str]):
    assert [line.split()[0] for line in said(capsys, "find").splitlines()] == [
        "Name",
        "data-integrator",
        "kafka",
        "kafka-test-app",
        "self-signed-certificates",
        "zookeeper",
    ]
    (only,) = json.loads(said(capsys, "find", "kafka", "TEST", "--format", "json"))
    assert only["name"] == "kafka-test-app"
    assert main(["find", "postgresql"]) == 0
    assert capsys.readouterr().err == 'No matching charms for "postgresql"\n'


def test_a_charm_is_described_with_its_channels(capsys: pytest.CaptureFixture[str]):
    shown = json.loads(said(capsys, "info", "kafka", "--format", "json"))
    assert shown["channel"] == "3/stable" and "3/edge" in shown["channels"]
    assert shown["relations"]["requirer"]["zookeeper"] == "zookeeper"


def test_the_resources_of_a_channel_are_listed(capsys: pytest.CaptureFixture[str]):
    assert said(capsys, "charm-resources", "kafka").splitlines()[1].split() == [
        "kafka",
        "kafka-3.9.2/kafka.jar",
    ]
    assert said(capsys, "charm-resources", "data-integrator") == ""
