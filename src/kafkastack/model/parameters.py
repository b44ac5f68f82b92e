"""Parameters of an action, checked against the schemas of actions.yaml."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import NoReturn, cast

from kafkastack.errors import ConflictError, KafkastackError, NotFoundError, UsageError
from kafkastack.model.charm import ActionMeta, CharmMeta
from kafkastack.model.yaml_file import read_yaml

_Map = dict[str, object]
_SHOWN = 200  # characters of a value in an error


def get_action(meta: CharmMeta, name: str) -> ActionMeta:
    """Return the action; NotFoundError lists the charm's actions."""
    if name not in meta.actions:
        known = ", ".join(sorted(meta.actions)) or "none"
        raise NotFoundError(
            f'action "{name}" not defined on charm "{meta.name}"', f"the charm's actions: {known}"
        )
    return meta.actions[name]


def parse_parameters(
    arguments: Sequence[str], *, as_strings: bool = False, base: Mapping[str, object] | None = None
) -> _Map:
    """Read `a=1 b.c=x` as nested parameters over a base; values are YAML unless `as_strings`."""
    found: _Map = deepcopy(dict(base or {}))
    for argument in arguments:
        path, equals, text = argument.partition("=")
        names = path.split(".")
        if not equals or not all(names):
            raise UsageError(f'argument "{argument}" must be of the form key.key.key...=value')
        _put(found, names, text if as_strings else _typed(text), argument)
    return found


def validate_parameters(action: ActionMeta, given: Mapping[str, object]) -> _Map:
    """Return the parameters with their defaults; ConflictError says which one does not fit."""
    schema: _Map = {
        "properties": action.params,
        "required": list(action.required),
        "additionalProperties": action.additional_properties,
    }
    return _check_object(schema, dict(given), "(root)", _parameters_of(action))


def has_pattern(action: ActionMeta) -> bool:
    """Report whether a charm's own regular expression is to be run, which may never end."""
    return any('"pattern"' in json.dumps(schema) for schema in action.params.values())


def _parameters_of(action: ActionMeta) -> str:
    needed = {name: " (needed)" if name in action.required else "" for name in action.params}
    listed = ", ".join(name + needed[name] for name in sorted(needed)) or "none"
    return f'the parameters of "{action.name}": {listed}; --string-args keeps digits a string'


def _put(target: _Map, names: list[str], value: object, argument: str) -> None:
    for name in names[:-1]:
        inner = target.setdefault(name, {})
        if not isinstance(inner, dict):
            raise UsageError(f'argument "{argument}" gives "{name}" a second meaning')
        target = cast(_Map, inner)
    target[names[-1]] = value


def _typed(text: str) -> object:
    try:
        value = read_yaml(text, "the value").value
    except KafkastackError:
        return text
    return text if value is None else value


def _check_object(schema: _Map, given: _Map, place: str, advice: str) -> _Map:
    properties = {key: _map(one) for key, one in _map(schema.get("properties")).items()}
    for name in _list(schema.get("required")):
        if isinstance(name, str) and name not in given:
            _refuse(f'{place} : "{name}" property is missing and required', given, advice)
    if schema.get("additionalProperties") is False:
        _refuse_unknown(properties, given, place, advice)
    checked = {
        name: _check(properties.get(name) or {}, value, f"{place}.{name}", advice)
        for name, value in given.items()
    }
    return _defaults(properties, given) | checked


def _refuse_unknown(properties: dict[str, _Map], given: _Map, place: str, advice: str) -> None:
    for name in given:
        if name not in properties:
            known = ", ".join(sorted(properties)) or "none"
            _refuse(
                f'{place} : additional property "{name}" is not allowed ({known})', given, advice
            )


def _defaults(properties: dict[str, _Map], given: _Map) -> _Map:
    return {
        name: schema["default"]
        for name, schema in properties.items()
        if name not in given and "default" in schema
    }


def _check(schema: _Map, value: object, place: str, advice: str) -> object:
    given = schema.get("type")
    kinds = _list(cast(object, given)) or [given]
    allowed = [kind for kind in kinds if isinstance(kind, str)]
    if allowed and not any(_is(kind, value) for kind in allowed):
        _refuse(f"{place} : must be of type {' or '.join(allowed)}", value, advice)
    choices = _list(schema.get("enum"))
    if choices and value not in choices:
        shown = ", ".join(_shown(choice) for choice in choices)
        _refuse(f"{place} : must match one of the enum values [{shown}]", value, advice)
    _check_bounds(schema, value, place, advice)
    if isinstance(value, dict):
        return _check_object(schema, cast(_Map, value), place, advice)
    if isinstance(value, list):
        return _check_items(schema, cast(list[object], value), place, advice)
    return value


def _check_items(schema: _Map, values: list[object], place: str, advice: str) -> list[object]:
    items = _map(schema.get("items"))
    return [_check(items, value, f"{place}.{n}", advice) for n, value in enumerate(values)]


def _check_bounds(schema: _Map, value: object, place: str, advice: str) -> None:
    _check_size(schema, value, place, advice)
    pattern = schema.get("pattern")
    if isinstance(value, str) and isinstance(pattern, str) and not _matches(pattern, value):
        _refuse(f"{place} : does not match pattern '{pattern}'", value, advice)
    if not _is("number", value):
        return
    number = cast(float, value)
    least, most = schema.get("minimum"), schema.get("maximum")
    if isinstance(least, int | float) and number < least:
        _refuse(f"{place} : must be greater than or equal to {least}", value, advice)
    if isinstance(most, int | float) and number > most:
        _refuse(f"{place} : must be less than or equal to {most}", value, advice)


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except (re.error, OverflowError, RecursionError) as error:
        raise ConflictError(
            f"the charm's pattern '{pattern:.60}' is no regular expression: {error}",
            "tell its author; without that parameter the action can be run",
        ) from error


def _check_size(schema: _Map, value: object, place: str, advice: str) -> None:
    size, kind, what = _size(value)
    least, most = schema.get(f"min{kind}"), schema.get(f"max{kind}")
    if isinstance(least, int) and size < least:
        _refuse(f"{place} : must have at least {least} {what}", value, advice)
    if isinstance(most, int) and size > most:
        _refuse(f"{place} : must have at most {most} {what}", value, advice)


def _size(value: object) -> tuple[int, str, str]:
    """Return how long a value is, and what a schema calls that."""
    if isinstance(value, str):
        return len(value), "Length", "characters"
    if isinstance(value, list):
        return len(cast(list[object], value)), "Items", "items"
    return 0, "", ""


_KINDS: dict[str, Callable[[object], bool]] = {
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
    "null": lambda v: v is None,
}


def _is(kind: str, value: object) -> bool:
    return kind not in _KINDS or _KINDS[kind](value)


def _refuse(problem: str, given: object, advice: str) -> NoReturn:
    raise ConflictError(f"validation failed: {problem}, given {_shown(given)}", advice)


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


# What a charm's schema has of another kind than JSON Schema says is as if it were not there.


def _map(value: object) -> _Map:
    return cast(_Map, value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []
