"""Settings arrive as the strings that were written, however they are given."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.errors import UsageError
from kafkastack.hooktools.tools.settings import map_from, pairs
from tests.fakes.world import World

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
DEEP, WIDE = '{"a": ' + "[" * 1_000_000, '{"a": [' + "10," * 1_000_000 + "1]}"
NUMBERS = {"a": "-1", "b": "NaN", "c": "-Infinity", "d": "false"}
MAPS = st.dictionaries(TEXT, TEXT)


@given(MAPS)
def test_json_is_read_as_it_was_written(values: dict[str, str]):
    assert map_from(json.dumps(values).encode()) == values


@given(MAPS)
def test_yaml_is_read_as_it_was_written(values: dict[str, str]):
    assert map_from(yaml.safe_dump(values).encode()) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "a: yes\nb: 1e3\nc: 0x10\nd: 2026-01-01\ne: 1_000",
            {"a": "yes", "b": "1e3", "c": "0x10", "d": "2026-01-01", "e": "1_000"},
        ),
        (
            "a: null\nb: ~\nc:\nd: 'null'\ne: \"~\"",
            {"a": "", "b": "", "c": "", "d": "null", "e": "~"},
        ),
        (
            '{"a": 5, "b": 1.50, "c": true, "d": null, "e": 1e400}',
            {"a": "5", "b": "1.50", "c": "true", "d": "", "e": "1e400"},
        ),
        (' {"a": "b"}', {"a": "b"}),
        ('{ "a" : "b" , "a":"c","d":"\\u00e4\\ud83d\\ude00\\n" }\n', {"a": "c", "d": "ä😀\n"}),
        ('{"a": -1, "b": NaN, "c": -Infinity, "d": false}', NUMBERS),
        ('{"a": "b",}', {"a": "b"}),
        ("{a: b}", {"a": "b"}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("", {}),
        ("{}", {}),
        ("a: &x 1\nb: *x", {"a": "1", "b": "1"}),
    ],
)
def test_what_is_read(text: str, values: dict[str, str]):
    assert map_from(text.encode()) == values


@pytest.mark.parametrize(
    "text",
    [
        "- a",
        "a",
        '{"a": {}}',
        '{"a": []}',
        "a: [1]",
        "[a]: b",
        "{",
        "a: b: c",
        DEEP,
        WIDE,
        '{"a": "b"} x',
        '{"a" "b"}',
        '{"a": ',
        "{1: x",
    ],
)
def test_what_is_refused(text: str):
    with pytest.raises(UsageError, match=r"expected a map of settings|neither JSON nor YAML"):
        map_from(text.encode())


def test_a_value_may_hold_anything_but_needs_a_key():
    assert pairs(["a==b", "c=", "d=x y"]) == {"a": "=b", "c": "", "d": "x y"}
    for word in ("a", "=a", ""):
        with pytest.raises(UsageError, match='expected "key=value"'):
            pairs([word])


@pytest.mark.parametrize(
    ("tool", "read"),
    [
        ("relation-set -r 1", "relation-get -r 1 a app/0"),
        ("state-set", "state-get a"),
        ("leader-set", "leader-get a"),
    ],
)
def test_a_file_of_the_machine_is_read_and_words_win(world: World, tool: str, read: str):
    world.files["/work/here/settings.yaml"] = b"a: from the file\nb: 1\n"
    run = world.run()
    run.call(*tool.split(), "--file", "settings.yaml", cwd="/work/here")
    assert run.says(*read.split()) == "from the file\n"
    run.call(*tool.split(), "--file", "/work/here/settings.yaml", "a=from a word")
    assert run.says(*read.split()) == "from a word\n"
