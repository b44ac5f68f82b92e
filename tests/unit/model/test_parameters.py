"""Action parameters are read as Juju reads them and checked against their schemas."""

import pytest

from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.model.charm import ActionMeta, CharmMeta
from kafkastack.model.parameters import get_action, parse_parameters, validate_parameters

REBALANCE = ActionMeta(
    "rebalance",
    params={
        "mode": {"type": "string", "enum": ["full", "add"]},
        "dryrun": {"type": "boolean", "default": True},
        "brokerid": {"type": "integer", "minimum": 0},
        "nested": {"type": "object", "properties": {"a": {"type": "string", "default": "x"}}},
        "names": {"type": "array", "items": {"type": "string"}},
    },
    required=("mode",),
    additional_properties=False,
)


def test_arguments_are_yaml_and_may_be_nested() -> None:
    assert parse_parameters(["a=1", "b.c=true", "b.d=x: y", "e=", "f=2026-01-01"]) == {
        "a": 1,
        "b": {"c": True, "d": {"x": "y"}},
        "e": "",
        "f": "2026-01-01",
    }


def test_arguments_can_stay_strings() -> None:
    assert parse_parameters(["password=0123", "a.b=[x"], as_strings=True) == {
        "password": "0123",
        "a": {"b": "[x"},
    }


def test_arguments_win_over_a_file_key_by_key() -> None:
    base = {"a": {"b": 1, "c": 2}, "d": 3}
    assert parse_parameters(["a.b=5"], base=base) == {"a": {"b": 5, "c": 2}, "d": 3}
    assert base["a"] == {"b": 1, "c": 2}, "the file's own map stays as it is"


@pytest.mark.parametrize("argument", ["mode", "=x", "a..b=1"])
def test_an_argument_without_a_key_is_refused(argument: str) -> None:
    with pytest.raises(UsageError, match=r"must be of the form key\.key\.key"):
        parse_parameters([argument])


def test_a_key_has_one_meaning() -> None:
    with pytest.raises(UsageError, match="second meaning"):
        parse_parameters(["a=1", "a.b=2"])


def test_defaults_are_filled_in() -> None:
    assert validate_parameters(REBALANCE, {"mode": "add", "brokerid": 3, "nested": {}}) == {
        "mode": "add",
        "brokerid": 3,
        "dryrun": True,
        "nested": {"a": "x"},
    }


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, '(root) : "mode" property is missing and required, given {}'),
        ({"mode": 5}, "(root).mode : must be of type string, given 5"),
        ({"mode": "x"}, '(root).mode : must match one of the enum values ["full", "add"]'),
        ({"mode": "add", "brokerid": "3"}, '(root).brokerid : must be of type integer, given "3"'),
        ({"mode": "add", "brokerid": True}, "(root).brokerid : must be of type integer"),
        ({"mode": "add", "brokerid": -1}, "(root).brokerid : must be greater than or equal to 0"),
        ({"mode": "add", "x": 1}, '(root) : additional property "x" is not allowed (brokerid,'),
        ({"mode": "add", "nested": {"a": 1}}, "(root).nested.a : must be of type string"),
        ({"mode": "add", "names": ["a", 2]}, "(root).names.1 : must be of type string, given 2"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, object], error: str) -> None:
    with pytest.raises(ConflictError) as caught:
        validate_parameters(REBALANCE, given)

    assert error in str(caught.value)


def test_an_action_without_schema_takes_anything() -> None:
    assert validate_parameters(ActionMeta("pause"), {"a": 1}) == {"a": 1}


def test_an_unknown_action_lists_the_known_ones() -> None:
    meta = CharmMeta("kafka", actions={"rebalance": REBALANCE})

    assert get_action(meta, "rebalance") is REBALANCE
    with pytest.raises(NotFoundError) as caught:
        get_action(meta, "x")
    assert 'action "x" not defined on charm "kafka"' in str(caught.value)
    assert "rebalance" in str(caught.value)


@pytest.mark.parametrize(
    ("schema", "fitting", "other", "error"),
    [
        ({"pattern": "^a+$"}, "aa", "ab", "does not match pattern '^a+$'"),
        ({"minLength": 2}, "aa", "a", "must have at least 2 characters"),
        ({"maxLength": 2}, "aa", "aaa", "must have at most 2 characters"),
        ({"minItems": 1}, [1], [], "must have at least 1 items"),
        ({"maxItems": 1}, [1], [1, 2], "must have at most 1 items"),
    ],
)
def test_sizes_and_patterns_are_kept(
    schema: dict[str, object], fitting: object, other: object, error: str
) -> None:
    action = ActionMeta("act", params={"x": schema})
    assert validate_parameters(action, {"x": fitting}) == {"x": fitting}
    with pytest.raises(ConflictError) as refused:
        validate_parameters(action, {"x": other})
    assert f"(root).x : {error}" in str(refused.value)
