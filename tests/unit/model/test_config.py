"""Option values are typed, and refused in Juju's words."""

import pytest

from kafkastack.errors import ConflictError
from kafkastack.model.charm import OptionMeta, Value
from kafkastack.model.config import (
    check_names,
    check_values,
    config_hash,
    effective_values,
    parse_values,
)

OPTIONS = {
    "name": OptionMeta("name", "string", "kafka"),
    "count": OptionMeta("count", "int", 3),
    "ratio": OptionMeta("ratio", "float"),
    "on": OptionMeta("on", "boolean", False),
    "users": OptionMeta("users", "secret"),
}


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("name", "12", "12"),
        ("name", "", ""),
        ("count", "-5", -5),
        ("ratio", "1.5e3", 1500.0),
        ("ratio", "2", 2.0),
        ("on", "true", True),
        ("on", "F", False),
        ("users", "secret:abc", "secret:abc"),
    ],
)
def test_texts_become_typed(option: str, text: str, value: Value) -> None:
    found = parse_values(OPTIONS, {option: text})[option]

    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("option", "text", "error"),
    [
        ("count", "abc", 'option "count" expected int, got "abc"'),
        ("count", "1.0", 'option "count" expected int, got "1.0"'),
        ("count", "٣", 'option "count" expected int, got "٣"'),
        ("count", "1_000", 'option "count" expected int, got "1_000"'),
        ("count", str(2**63), 'option "count" expected int'),
        ("count", "", 'option "count" expected int, got ""'),
        ("ratio", "nan", 'option "ratio" expected float, got "nan"'),
        ("on", "yes", 'option "on" expected boolean, got "yes"'),
        ("users", "hunter2", 'option "users" expected secret, got "hunter2"'),
        (
            "nope",
            "1",
            'unknown option "nope"\nthe charm\'s options: count, name, on, ratio, users',
        ),
    ],
)
def test_a_wrong_value_is_refused(option: str, text: str, error: str) -> None:
    with pytest.raises(ConflictError) as caught:
        parse_values(OPTIONS, {option: text})

    assert error in str(caught.value)


def test_values_of_a_file_keep_their_types_and_null_is_left_out() -> None:
    given = {"count": 4, "ratio": 2, "on": True, "name": "x", "users": None}

    assert check_values(OPTIONS, given) == {"count": 4, "ratio": 2.0, "on": True, "name": "x"}


@pytest.mark.parametrize(
    ("option", "value"), [("name", 5), ("count", True), ("on", 1), ("count", [1]), ("ratio", {})]
)
def test_a_value_of_a_file_of_another_type_is_refused(option: str, value: object) -> None:
    with pytest.raises(ConflictError, match=f'option "{option}" expected'):
        check_values(OPTIONS, {option: value})


def test_effective_values_are_those_set_or_defaulted() -> None:
    assert effective_values(OPTIONS, {"ratio": 1.0, "on": True, "gone": 1}) == {
        "count": 3,
        "name": "kafka",
        "on": True,
        "ratio": 1.0,
    }


def test_the_hash_tells_values_types_and_facts_apart() -> None:
    same = config_hash({"a": 1, "b": 2}, "127.0.0.1")

    assert same == config_hash({"b": 2, "a": 1}, "127.0.0.1")
    others = [config_hash({"a": 1, "b": 2}), config_hash({"a": "1", "b": 2}, "127.0.0.1")]
    assert same not in others and config_hash({"a": True}) != config_hash({"a": 1})


def test_names_to_reset_must_exist() -> None:
    check_names(OPTIONS, ["name", "on"])
    with pytest.raises(ConflictError, match='unknown option "x"'):
        check_names(OPTIONS, ["name", "x"])
