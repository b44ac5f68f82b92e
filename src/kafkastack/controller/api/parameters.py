"""The parameters of a call, checked against the signature of the function that answers it."""

import functools
import inspect
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from kafkastack.errors import UsageError
from kafkastack.model.text import fault

_DEEPEST = 100  # a map in a map in a map …: what documents of people never reach

Verb = Callable[..., Awaitable[Any]]


def checked(verb: str, function: Verb, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a verb as its function declares them; UsageError says what not."""
    check_values(verb, parameters)
    try:
        return asdict(msgspec.convert(parameters, _declared(function)))
    except msgspec.ValidationError as error:
        names = ", ".join(_declared(function).__struct_fields__) or "no parameters"
        raise UsageError(f'"{verb}" was called wrongly: {error}', f"it takes {names}") from error


def check_values(verb: str, parameters: Mapping[str, Any]) -> None:
    """Refuse what no record could keep: NUL, no UTF-8, numbers too large, too many levels."""
    level: list[Any] = [parameters]
    for _ in range(_DEEPEST):
        if not level:
            return
        level = [inner for value in level for inner in _parts(verb, value)]
    if level:
        raise UsageError(f'"{verb}" was called wrongly: more than {_DEEPEST} levels in one value')


def _parts(verb: str, value: Any) -> list[Any]:
    if isinstance(value, dict):
        items = cast(dict[str, Any], value)
        return [*items, *items.values()]
    if isinstance(value, list):
        return cast(list[Any], value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise UsageError(f'"{verb}" was called wrongly: a number has more than 64 bits')
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f'"{verb}" was called wrongly: {value} is no number')
    if isinstance(value, str) and (problem := fault(value)):
        raise UsageError(f'"{verb}" was called wrongly: {value[:50]!a} is not text: {problem}')
    return []


@functools.cache
def _declared(function: Verb) -> type[Struct]:
    """Return a type with a field for each parameter that follows the session."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    types = inspect.get_annotations(function, eval_str=True)
    fields = [
        (p.name, types[p.name])
        if p.default is inspect.Parameter.empty
        else (p.name, types[p.name], p.default)
        for p in parameters
    ]
    return msgspec.defstruct(function.__name__, fields, forbid_unknown_fields=True, kw_only=True)
