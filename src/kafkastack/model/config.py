"""Values of an application's options, and the refusal of invalid ones."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from kafkastack.errors import ConflictError
from kafkastack.model.bounds import VALUE
from kafkastack.model.charm import OptionMeta, Value

# The words that Go reads as booleans.
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")
_EXPECTED = {
    "string": "give a text",
    "int": "give a whole number, such as 3",
    "float": "give a number, such as 0.5",
    "boolean": "give true or false",
    "secret": "give the secret's id, such as secret:cvq3h3nmp25c7e60ab8g",
}
_SHOWN = 80  # characters of a value in an error
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
# More digits than the largest number of a computer word has, and no more ways to read them.
_FLOAT = re.compile(
    r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,9})?"
)


def parse_values(options: Mapping[str, OptionMeta], texts: Mapping[str, str]) -> dict[str, Value]:
    """Return the typed values of `k=v` arguments; ConflictError in Juju's words."""
    check_names(options, texts)
    return {name: _parse_value(options[name], text) for name, text in texts.items()}


def check_values(
    options: Mapping[str, OptionMeta], values: Mapping[str, object]
) -> dict[str, Value]:
    """Return the values of a YAML file or a bundle; strings are parsed, null is left out."""
    check_names(options, values)
    given = {name: value for name, value in values.items() if value is not None}
    return {name: _check_value(options[name], value) for name, value in given.items()}


def check_names(options: Mapping[str, OptionMeta], names: Iterable[str]) -> None:
    """Refuse a name that is no option, with the ones there are."""
    for name in names:
        if name not in options:
            known = ", ".join(sorted(options)) or "none"
            raise ConflictError(f'unknown option "{name}"', f"the charm's options: {known}")


def effective_values(
    options: Mapping[str, OptionMeta], user: Mapping[str, Value]
) -> dict[str, Value]:
    """Return what `config-get` says: the value set, else the default; unset ones are absent."""
    defaults = {n: o.default for n, o in sorted(options.items()) if o.default is not None}
    return defaults | {name: value for name, value in user.items() if name in options}


def with_defaults(
    options: Mapping[str, OptionMeta], values: Mapping[str, object]
) -> dict[str, OptionMeta]:
    """Return options with other defaults."""
    defaults = check_values(options, values)
    changed = {name: replace(options[name], default=value) for name, value in defaults.items()}
    return {**options, **changed}


def config_hash(values: Mapping[str, Value], *facts: str) -> str:
    """Return a digest of everything that config-changed tells of: values, trust, addresses."""
    text = json.dumps([sorted(values.items()), facts], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _parse_value(option: OptionMeta, text: str) -> Value:
    if len(text) > VALUE:
        raise ConflictError(
            f'option "{option.name}": the value is longer than {VALUE:,} characters'
        )
    if option.type == "string" or (option.type == "secret" and _is_secret(text)):
        return text
    if option.type == "boolean" and text in (*_TRUE, *_FALSE):
        return text in _TRUE
    if option.type == "int" and _INTEGER.fullmatch(text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if option.type == "float" and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    raise _wrong_type(option, text)


def _check_value(option: OptionMeta, value: object) -> Value:
    if not _fits(value):
        raise _wrong_type(option, "a number that no computer word holds")
    if isinstance(value, str):
        return _parse_value(option, value)
    if isinstance(value, bool) and option.type == "boolean":
        return value
    if isinstance(value, int) and not isinstance(value, bool) and option.type == "int":
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and option.type == "float":
        return float(value)
    raise _wrong_type(option, value)


def _fits(value: object) -> bool:
    """Report whether a number is one that JSON can hold."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _is_secret(text: str) -> bool:
    return not text or text.startswith("secret:")


def _wrong_type(option: OptionMeta, value: object) -> ConflictError:
    shown = json.dumps(value, default=str, ensure_ascii=False)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return ConflictError(
        f'option "{option.name}" expected {option.type}, got {shown}', _EXPECTED[option.type]
    )
