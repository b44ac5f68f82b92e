"""Whatever stands in a databag is read into a form or refused, and never raises."""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafkastack_charms import databag


class Entry(NamedTuple):
    resource: str
    salt: str | None = None
    flags: dict[str, bool] = {}  # noqa: RUF012 - a NamedTuple's default


@dataclass(frozen=True)
class Wish:
    topic: str = ""
    count: int = 0
    ready: bool = False
    requested_secrets: frozenset[str] = frozenset()
    requests: tuple[Entry, ...] = ()
    anything: Any = None
    notes: dict[str, str] = field(default_factory=dict[str, str])


def reason(**bag: str) -> str:
    return databag.read({key.replace("_", "-"): text for key, text in bag.items()}, Wish).reason


def test_a_databag_is_read_into_its_form() -> None:
    requests = [{"resource": "a", "salt": None, "flags": {"x": True}, "new": [1]}]
    bag = {
        "topic": "a topic",
        "count": "12",
        "ready": "true",
        "requested-secrets": '["user", "tls"]',
        "requests": json.dumps(requests),
        "notes": '{"a": "b"}',
        "of-a-newer-version": "not json",
    }
    assert databag.read(bag, Wish) == Wish(
        "a topic",
        12,
        True,
        frozenset({"user", "tls"}),
        (Entry("a", None, {"x": True}),),
        notes={"a": "b"},
    )
    assert databag.read({}, Wish) == Wish()


def test_names_with_underscores_are_read_too() -> None:
    assert databag.read({"requested_secrets": "[]"}, Wish) == Wish()
    assert databag.read({"requested_secrets": "5"}, Wish).reason


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not json", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("5", "is not a list"),
        ("null", "is not a list"),
        ('"word"', "is not a list"),
        ('{"a": 1}', "is not a list"),
        ("[null]", "[0] is not a text"),
        ("[[1, 2]]", "[0] is not a text"),
        ('["a", 5]', "[1] is not a text"),
        ('["a\\u0000b"]', "[0] has control characters"),
        ('["\\ud800"]', "[0] has control characters"),
        ("[" * 17 + "]" * 17, "is nested more than 16 deep"),
        (f"[{'9' * 5000}]", "has a number of more than 18 digits"),
        ("[1e999]", "has a number that is none"),
        ("[NaN]", "has a number that is none"),
        ("[-Infinity]", "has a number that is none"),
    ],
)
def test_what_breaks_the_form_is_named(text: str, why: str) -> None:
    gap = "" if why.startswith("[") else " "
    assert reason(requested_secrets=text) == f"requested-secrets{gap}{why}"


@pytest.mark.parametrize(
    ("bag", "why"),
    [
        ({"topic": "a\nb"}, "topic has control characters"),
        ({"topic": "\udcff"}, "topic has control characters"),
        ({"count": "twelve"}, "count is not JSON"),
        ({"count": "true"}, "count is not a number"),
        ({"count": "1.5"}, "count is not a number"),
        ({"ready": "1"}, "ready is not true or false"),
        ({"requests": '[{"salt": "x"}]'}, "requests[0].resource is missing"),
        ({"requests": '[{"resource": null}]'}, "requests[0].resource is missing"),
        ({"requests": '[{"resource": ["a"]}]'}, "requests[0].resource is not a text"),
        ({"requests": "[5]"}, "requests[0] is not an object"),
        ({"notes": '{"a": 5}'}, "a value of notes is not a text"),
        ({"topic": "x" * 2**22}, "more than 2097152 characters"),
    ],
)
def test_each_kind_of_value_has_its_reason(bag: dict[str, str], why: str) -> None:
    assert reason(**bag) == why


@pytest.mark.parametrize("junk", ["x" * 2**17, "😀" * 11_000, '"' * 2**16])
def test_a_request_is_as_long_as_an_answer_can_repeat(junk: str) -> None:
    refusal = databag.Refusal("more than 131072 characters of JSON")
    assert databag.read_request({"topic": "t", "junk": junk}, Wish) == refusal
    assert databag.read_request({"topic": "t", "data": junk}, Wish) == Wish("t")


def test_what_we_have_written_ourselves_is_read_however_long() -> None:
    bag = {"topic": "t", "junk": "x" * 2**22}
    assert databag.read_own(bag, Wish) == Wish("t")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
values = st.text() | json_values.map(json.dumps) | st.characters().map(lambda letter: letter * 99)


any_bags = st.dictionaries(st.sampled_from(sorted(Wish.__dataclass_fields__)), values)
well_formed_bags = st.fixed_dictionaries(
    {},
    optional={
        "topic": st.text(),
        "count": st.integers().map(str),
        "requested_secrets": st.lists(st.text()).map(json.dumps),
        "requests": st.lists(st.fixed_dictionaries({"resource": st.text()})).map(json.dumps),
        "anything": json_values.map(json.dumps),
    },
)


@settings(max_examples=300)
@given(any_bags | well_formed_bags)
def test_nothing_that_can_be_written_raises(bag: dict[str, str]) -> None:
    read = databag.read(bag, Wish)
    if isinstance(read, databag.Refusal):
        assert read.reason.isprintable()
        return
    assert isinstance(read.topic, str)
    assert type(read.count) is int
    assert all(isinstance(word, str) for word in read.requested_secrets)
    assert all(isinstance(entry.resource, str) for entry in read.requests)
    json.dumps(read.anything).encode()


@given(st.text())
def test_a_foreign_text_is_shown_on_one_printable_line(text: str) -> None:
    shown = databag.show(text)
    assert shown.isprintable()
    assert len(databag.show(text * 1000, limit=50)) <= 50 * 10 + 3


def test_many_complaints_fit_into_a_status() -> None:
    assert databag.summarize(["a", "b", "a"]) == "a; b"
    assert databag.summarize(map(str, range(1000))) == "0; 1; 2; 997 more"
    assert len(databag.summarize(["x" * 2**20, "y" * 2**20])) < 2000
    assert databag.show_some(["a", "b", "c", "d"]) == "'a', 'b', 'c', 1 more"


@pytest.mark.parametrize("uri", ["secret:abc-1", "d5nc0000000000000000", f"secret://{'a' * 36}/x"])
def test_the_id_of_a_secret_is_known(uri: str) -> None:
    assert databag.is_secret(uri)


@pytest.mark.parametrize("uri", ["", "--help", "secret:a b", "secret:\x00", "secret:" + "a" * 99])
def test_what_is_no_id_never_reaches_a_hook_tool(uri: str) -> None:
    assert not databag.is_secret(uri)
