"""A charm's YAML files are understood, or refused with the file and the key."""

import json
from pathlib import Path

import pytest
import yaml

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.model.charm import ActionMeta, EndpointMeta, OptionMeta, ResourceMeta, StorageMeta
from kafkastack.model.charm_files import CHARM_FILES, metadata_texts, parse

METADATA = """
name: kafka
summary: A broker.
description: |
  Long.
provides:
  kafka-client: {interface: kafka_client, optional: true}
requires:
  zookeeper: {interface: zookeeper, limit: 1}
  host: {interface: juju-info, scope: container}
peers:
  cluster: {interface: cluster}
extra-bindings: {public: null}
storage:
  data:
    type: filesystem
    minimum-size: 1G
    location: /srv
    multiple: {range: 1-}
resources:
  kafka: {type: file, filename: kafka.jar, description: The broker.}
assumes: [juju >= 3.1, {any-of: [juju < 4]}]
"""
CONFIG = """
options:
  level: {type: string, default: INFO, description: How loud.}
  size: {type: int, default: 5}
  ratio: {type: float, default: 1}
  loud: {type: boolean, default: false}
  users: {type: secret}
  empty: {type: int, default: ""}
"""
ACTIONS = """
pause:
get:
  description: Read it.
  params:
    key: {type: string}
  required: [key]
  additionalProperties: false
"""
CHARMCRAFT = f"""
type: charm
title: Kafka
parts: {{charm: {{plugin: uv}}}}
config: {CONFIG.replace(chr(10), chr(10) + "  ")}
actions: {ACTIONS.replace(chr(10), chr(10) + "  ")}
{METADATA}
"""
FILES = {"metadata.yaml": METADATA, "config.yaml": CONFIG, "actions.yaml": ACTIONS}


@pytest.mark.parametrize("texts", [FILES, {"charmcraft.yaml": CHARMCRAFT}])
def test_both_layouts_say_the_same(texts: dict[str, str]) -> None:
    meta = parse(texts)

    assert (meta.name, meta.summary, meta.description) == ("kafka", "A broker.", "Long.")
    assert meta.endpoints["zookeeper"] == EndpointMeta("zookeeper", "requirer", "zookeeper", 1)
    assert meta.endpoints["host"].scope == "container"
    assert meta.endpoints["kafka-client"].optional
    assert meta.bindings() == ("cluster", "host", "kafka-client", "public", "zookeeper")
    assert meta.storage["data"] == StorageMeta("data", "filesystem", "/srv", 1024, 1, -1)
    assert meta.resources["kafka"] == ResourceMeta("kafka", "file", "kafka.jar", "The broker.")
    assert meta.assumes == ("juju >= 3.1", {"any-of": ["juju < 4"]})
    assert not meta.is_kubernetes and not meta.subordinate


def test_options_have_typed_defaults() -> None:
    options = parse(FILES).options

    assert options["level"] == OptionMeta("level", "string", "INFO", "How loud.")
    assert isinstance(options["ratio"].default, float)
    assert options["users"].default is None and options["empty"].default is None


def test_an_action_may_have_no_body() -> None:
    actions = parse(FILES).actions

    assert actions["pause"] == ActionMeta("pause", "No description")
    assert actions["get"] == ActionMeta(
        "get", "Read it.", {"key": {"type": "string"}}, ("key",), False
    )


def test_juju_info_is_there_without_being_declared() -> None:
    endpoint = parse(FILES).endpoint("juju-info")

    assert endpoint is not None and endpoint.role == "provider"


@pytest.mark.parametrize(
    ("range_text", "counts"),
    [("2", (2, 2)), ("1-3", (1, 3)), ("0-", (0, -1)), ("1+", (1, -1))],
)
def test_storage_ranges(range_text: str, counts: tuple[int, int]) -> None:
    text = METADATA.replace("range: 1-", f'range: "{range_text}"')

    storage = parse({"metadata.yaml": text}).storage["data"]

    assert (storage.count_min, storage.count_max) == counts


@pytest.mark.parametrize(
    ("file", "old", "new", "error"),
    [
        ("metadata.yaml", "name: kafka", "name: Kafka!", "metadata.yaml: name: expected a charm"),
        ("metadata.yaml", "limit: 1", "limit: two", "requires.zookeeper.limit: expected a whole"),
        ("metadata.yaml", "interface: zookeeper, ", "", "requires.zookeeper.interface: expected"),
        ("metadata.yaml", "scope: container", "scope: here", "scope: expected global or"),
        (
            "metadata.yaml",
            "minimum-size: 1G",
            "minimum-size: big",
            "minimum-size: expected a size",
        ),
        ("metadata.yaml", "range: 1-", "range: many", "multiple.range: expected a range"),
        ("metadata.yaml", "filename: kafka.jar", "filename: a/b", "filename: expected a file"),
        ("metadata.yaml", "type: filesystem", "type: tape", "storage.data.type: expected"),
        ("metadata.yaml", "peers:", "peers: [1]\nx:", "metadata.yaml: peers: expected a map"),
        ("metadata.yaml", "  cluster:", "  host:", "an endpoint name used once"),
        ("config.yaml", "default: 5", "default: five", "options.size.default: expected a default"),
        (
            "config.yaml",
            "default: false",
            "default: 1",
            "loud.default: expected a default of type",
        ),
        ("config.yaml", "type: secret", "type: password", "options.users.type: expected string"),
        ("actions.yaml", "required: [key]", "required: key", "get.required: expected a list"),
        ("actions.yaml", "pause:", "pause: [", "actions.yaml, line"),
    ],
)
def test_an_error_names_file_and_key(file: str, old: str, new: str, error: str) -> None:
    texts = {**FILES, file: FILES[file].replace(old, new)}

    with pytest.raises(KafkastackError) as caught:
        parse(texts)

    assert file in str(caught.value) and error in str(caught.value)


_OF_A_RESOURCE = "resources: {{jar: {{type: file, filename: {}}}}}"
_PLACES = {
    "storage": "storage: {{{}: {{type: filesystem}}}}",
    "resource": "resources: {{{}: {{type: file, filename: a.jar}}}}",
    "endpoint": "provides: {{{}: {{interface: http}}}}",
    "binding": "extra-bindings: {{{}: null}}",
}
_LEADING_OUT = [
    "../../../tmp/owned",
    "..",
    ".",
    "",
    "/etc",
    "a/b",
    "a b",
    "-a",
    "a\0",
    "a\n",
    "\x1b[2J",
]


@pytest.mark.parametrize("kind", sorted(_PLACES))
@pytest.mark.parametrize("name", _LEADING_OUT)
def test_a_name_that_juju_would_not_take_is_refused_as_what_it_names(kind: str, name: str) -> None:
    text = "name: a\n" + _PLACES[kind].format(json.dumps(name))

    with pytest.raises(KafkastackError) as caught:
        parse({"metadata.yaml": text})

    assert f"{name!r} is no name of a" in caught.value.message and kind in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("name", [*_LEADING_OUT, "_a"])
def test_a_name_of_an_action_or_an_option_is_refused_likewise(name: str) -> None:
    key = json.dumps(name)

    with pytest.raises(KafkastackError, match=r"actions.yaml: .* is no name of an action"):
        parse({**FILES, "actions.yaml": f"{key}: {{}}"})
    if name != "_a":
        with pytest.raises(KafkastackError, match=r"config.yaml: options: .* is no name of an"):
            parse({**FILES, "config.yaml": f"options: {{{key}: {{type: string}}}}"})


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a\0b", "a\nb", "\x1b[2J", "ä" * 128, ""])
def test_a_file_name_of_a_resource_is_one_that_a_folder_can_hold(name: str) -> None:
    text = "name: a\n" + _OF_A_RESOURCE.format(json.dumps(name))

    with pytest.raises(KafkastackError) as caught:
        parse({"metadata.yaml": text})

    assert "resources.jar.filename: expected a file name" in caught.value.message
    assert caught.value.message.isprintable()


def test_names_as_charms_have_them_are_taken() -> None:
    files = {
        "metadata.yaml": "name: a\nprovides: {grafana_dashboard: {interface: x}, db2-router: y}\n"
        "resources: {grafana_image: {filename: My Jar (1).jar}, 4k: {filename: .x}}\n"
        "storage: {pgdata-2b: {type: filesystem}}",
        "config.yaml": "options: {log.level: {type: int}, AWS_Key: {type: int}, 2fa: {type: int}}",
        "actions.yaml": "pre-upgrade-check2: {}",
    }

    meta = parse(files)

    assert sorted(meta.endpoints) == ["db2-router", "grafana_dashboard"]
    assert sorted(meta.options) == ["2fa", "AWS_Key", "log.level"]


def test_a_folder_without_metadata_is_not_a_charm() -> None:
    with pytest.raises(NotFoundError, match="this is not a charm"):
        parse({"config.yaml": CONFIG})


def test_a_charm_process_finds_the_files_that_ops_reads() -> None:
    made = metadata_texts({"charmcraft.yaml": CHARMCRAFT})

    assert sorted(made) == ["actions.yaml", "config.yaml", "metadata.yaml"]
    metadata = yaml.safe_load(made["metadata.yaml"])
    assert metadata["display-name"] == "Kafka" and "parts" not in metadata
    assert parse(made) == parse({"charmcraft.yaml": CHARMCRAFT})


def test_written_files_win_over_charmcraft() -> None:
    texts = {"charmcraft.yaml": CHARMCRAFT, "actions.yaml": "resume: {}\n"}

    assert list(parse(texts).actions) == ["resume"]
    assert metadata_texts(texts)["actions.yaml"] == "resume: {}\n"
    assert metadata_texts(FILES) == FILES


@pytest.mark.parametrize("folder", sorted(Path("charms").glob("*/metadata.yaml")), ids=str)
def test_our_own_charms_are_understood(folder: Path) -> None:
    texts = {
        n: (folder.parent / n).read_text() for n in CHARM_FILES if (folder.parent / n).is_file()
    }

    assert parse(texts).name == folder.parent.name.removesuffix("-4")  # a track of kafka
