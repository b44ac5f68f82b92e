"""An answer is written smart, as yaml or as json, as Juju's tools write it."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.errors import UsageError
from kafkastack.hooktools.formats import write

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
WRITTEN: list[tuple[Any, str, str]] = [
    # value, smart, yaml
    (None, "", "null\n"),
    ("", "", "''\n"),
    (True, "True\n", "true\n"),
    (3, "3\n", "3\n"),
    (1.5, "1.5\n", "1.5\n"),
    ("text", "text\n", "text\n"),
    ("true", "true\n", "'true'\n"),
    ("ö", "ö\n", "ö\n"),
    ([], "", "[]\n"),
    (["a", "b"], "a\nb\n", "- a\n- b\n"),
    ([1], "- 1\n", "- 1\n"),
    ({}, "{}\n", "{}\n"),
    ({"b": "1", "a": True}, "a: true\nb: '1'\n", "a: true\nb: '1'\n"),
    ({"l": "word " * 40}, f"l: '{'word ' * 40}'\n", f"l: '{'word ' * 40}'\n"),
    (
        {"c": CERTIFICATE},
        "c: |-\n  -----BEGIN CERTIFICATE-----\n  MIIB\n  -----END CERTIFICATE-----\n",
        "c: |-\n  -----BEGIN CERTIFICATE-----\n  MIIB\n  -----END CERTIFICATE-----\n",
    ),
    ({"a": {"b": ["c"]}}, "a:\n  b:\n  - c\n", "a:\n  b:\n  - c\n"),
]


@pytest.mark.parametrize(("value", "smart", "text"), WRITTEN, ids=repr)
def test_each_format(value: Any, smart: str, text: str):
    assert write(value, "smart") == smart
    assert write(value, "yaml") == text
    assert json.loads(write(value, "json")) == value


def test_json_is_one_line_in_a_fixed_order():
    assert write({"b": "x\ny", "a": []}, "json") == '{"a":[],"b":"x\\ny"}\n'


def test_another_format_is_refused():
    with pytest.raises(UsageError, match='unknown format "xml"'):
        write(1, "xml")


BAGS = st.dictionaries(st.text(), st.text())


@given(BAGS)
def test_every_bag_is_read_back_as_it_was(bag: dict[str, str]):
    assert json.loads(write(bag, "json")) == bag


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
)
def test_every_bag_of_text_is_read_back_from_yaml(bag: dict[str, str]):
    assert yaml.safe_load(write(bag, "yaml")) == bag
