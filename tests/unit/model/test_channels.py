"""A channel means a revision and resources, however short it is typed."""

import json

import pytest

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.model.channels import Channels, parse_channels, parse_options

CHANNELS = {
    "3/stable": {"revision": 1, "resources": {"kafka": "kafka-3.9.2/kafka.jar"}},
    "3/edge": {"revision": 2, "resources": {}},
    "4/stable": {"revision": 3},
}
TEXT = json.dumps({"default": "3/stable", "channels": CHANNELS})


@pytest.fixture
def channels() -> Channels:
    return parse_channels(TEXT, "kafka")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "3/stable"),
        ("4/stable", "4/stable"),
        ("4", "4/stable"),
        ("edge", "3/edge"),
        ("stable", "3/stable"),
    ],
)
def test_a_channel_may_be_shortened(channels: Channels, text: str, name: str) -> None:
    assert channels.resolve(text).name == name


@pytest.mark.parametrize(
    ("revision", "text", "name"),
    [(2, "", "3/edge"), (1, "", "3/stable"), (3, "4", "4/stable"), (1, "3/stable", "3/stable")],
)
def test_a_revision_is_that_of_a_channel(
    channels: Channels, revision: int, text: str, name: str
) -> None:
    assert channels.of_revision(revision, text).name == name


@pytest.mark.parametrize(("now", "name"), [("", "3/stable"), ("4/stable", "4/stable")])
def test_a_revision_of_two_channels_is_that_of_the_one_that_is_followed(
    now: str, name: str
) -> None:
    text = TEXT.replace('{"revision": 3}', '{"revision": 1}')
    assert parse_channels(text, "kafka").of_revision(1, "", now).name == name


@pytest.mark.parametrize(("revision", "text"), [(9, ""), (2, "3/stable")])
def test_a_revision_that_no_channel_has_is_not_found(
    channels: Channels, revision: int, text: str
) -> None:
    with pytest.raises(NotFoundError, match=rf"has no revision {revision}.*there is 1, 2, 3"):
        channels.of_revision(revision, text)


def test_a_channel_names_its_resources(channels: Channels) -> None:
    assert channels.resolve().resources == {"kafka": "kafka-3.9.2/kafka.jar"}


def test_a_risk_alone_means_the_latest_track_where_there_is_one() -> None:
    channels = {**CHANNELS, "latest/edge": {"revision": 9}}
    text = json.dumps({"default": "3/stable", "channels": channels})

    assert parse_channels(text, "kafka").resolve("edge").revision == 9


@pytest.mark.parametrize("text", ["5/stable", "beta", "4/edge", "3/stable/fix"])
def test_an_unknown_channel_lists_the_known_ones(channels: Channels, text: str) -> None:
    with pytest.raises(NotFoundError, match="there is 3/edge, 3/stable, 4/stable"):
        channels.resolve(text)


def test_the_default_must_exist() -> None:
    with pytest.raises(KafkastackError, match=r"kafka/channels.json: default: expected one of"):
        parse_channels(TEXT.replace('"default": "3/', '"default": "9/'), "kafka")


@pytest.mark.parametrize("text", ["{", "default: 3/stable", "[" * 100_000, "9" * 5000])
def test_what_is_no_channels_file_is_one_sentence(text: str) -> None:
    with pytest.raises(KafkastackError, match=r"kafka/channels.json"):
        parse_channels(text, "kafka")


TRACK_4 = {"4/stable": {"revision": 5, "resources": {"kafka": "kafka-4.3.1/kafka.jar"}}}
PARTS = json.dumps(
    {"default": "3/stable", "channels": {**CHANNELS, "4/stable": {"charm": "kafka-4"}}}
)


def track_4(**more: object) -> Channels:
    text = json.dumps({"default": "4/stable", "channels": {**TRACK_4, **more}})
    return parse_channels(text, "kafka-4")


def test_a_channel_of_another_folder_is_what_that_folder_says() -> None:
    channels = parse_channels(PARTS, "kafka").joined({"kafka-4": track_4()})
    found = channels.resolve("4")
    assert (found.folder, found.revision) == ("kafka-4", 5)
    assert found.resources == {"kafka": "kafka-4.3.1/kafka.jar"}
    assert channels.resolve().folder == ""


@pytest.mark.parametrize("default", ["3/stable", "4/stable"])
def test_a_folder_by_itself_has_its_own_channels_alone(default: str) -> None:
    text = PARTS.replace('"default": "3/stable"', f'"default": "{default}"')
    channels = parse_channels(text, "kafka").own()
    assert channels.resolve().name == "3/stable"
    with pytest.raises(NotFoundError, match="there is 3/edge, 3/stable"):
        channels.resolve("4/stable")


def test_a_folder_that_does_not_know_its_channel_is_named() -> None:
    channels = parse_channels(PARTS.replace("4/stable", "4/edge"), "kafka")
    with pytest.raises(KafkastackError, match=r"kafka-4/channels\.json has no such channel"):
        channels.joined({"kafka-4": track_4()})


def test_options_have_a_default_of_a_cloud() -> None:
    text = json.dumps({"options": {"local": {"profile": "testing", "number": 1}}})
    assert parse_options(text, "kafka", "local") == {"profile": "testing", "number": 1}
    assert parse_options(text, "kafka", "openstack") == {}
    assert parse_options(TEXT, "kafka", "local") == {}


@pytest.mark.parametrize("text", ["{", '{"options": []}', '{"options": {"local": "x"}}'])
def test_what_is_no_map_of_options_is_one_sentence(text: str) -> None:
    with pytest.raises(KafkastackError, match=r"kafka/channels.json"):
        parse_options(text, "kafka", "local")
