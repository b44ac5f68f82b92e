"""Reader of databags that others have written, with distrust.

    class Wish(NamedTuple):
        topic: str                                      # the text of the key `topic`
        requested_secrets: frozenset[str] = frozenset()  # the JSON of `requested-secrets`

    wish = databag.read(relation.data[relation.app], Wish)
    if isinstance(wish, databag.Refusal): ...           # wish.reason: what breaks the form

Nothing that can be written raises or takes long. A schema is a NamedTuple or a dataclass; its
fields are `str`, `Text` (more than one line), `int`, `bool`, `tuple[X, ...]`, `frozenset[str]`,
`dict[str, X]`, `X | None`, `Any` and schemas. A field without a default must be there; keys that
the schema does not name are left alone, as a newer version may have written them.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    NamedTuple,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

MAX_CHARACTERS = 2**21  # in one databag
MAX_REQUEST = 2**17  # characters of JSON in one that answers repeat
MAX_DEPTH = 16  # of JSON
MAX_DIGITS = 18  # of a whole number
SHOWN = 64  # characters of a foreign text that a message shows
TOLD = 3  # complaints that a status names one by one
MAX_COMPLAINT = 500  # characters of each: all are an argument of a hook tool

T = TypeVar("T")
_LINES = "lines"
Text = Annotated[str, _LINES]
# Control characters, and halves of characters that no UTF-8 can carry.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNFIT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_URI = re.compile(r"(?:secret:)?(?://[0-9a-f-]{36}/)?[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([0-9A-Za-z+/=\s]+)-----END CERTIFICATE-----")
_MISSING = object()


class Refusal(NamedTuple):
    """Why a databag is not read."""

    reason: str


class _BrokenError(ValueError):
    """A value breaks the form; the message says which and how."""


class _Field(NamedTuple):
    name: str
    kind: Any
    default: Any

    @property
    def key(self) -> str:
        return self.name.replace("_", "-")

    def find(self, entry: Mapping[str, Any]) -> Any:
        """Return what is written under the name with hyphens, else with underscores."""
        return entry.get(self.key, entry.get(self.name))


def read(databag: Mapping[str, str], schema: type[T]) -> T | Refusal:
    """Return what a databag says in the form of a schema, or why it cannot be read."""
    if _count_characters(databag) > MAX_CHARACTERS:
        return Refusal(f"more than {MAX_CHARACTERS} characters")
    return read_own(databag, schema)


def read_request(databag: Mapping[str, str], schema: type[T]) -> T | Refusal:
    """Return what a client asks for, or why it cannot be read.

    What is repeated in an answer is written as JSON, where one character can come to twelve.
    """
    asked = {key: value for key, value in databag.items() if key != "data"}  # the client's notes
    if _count_characters(asked) > MAX_REQUEST or len(json.dumps(asked)) > MAX_REQUEST:
        return Refusal(f"more than {MAX_REQUEST} characters of JSON")
    return read_own(asked, schema)


def read_own(databag: Mapping[str, str], schema: type[T]) -> T | Refusal:
    """Return what our own application has written, however long, or why it cannot be read."""
    try:
        return schema(**dict(_fields_of_databag(databag, schema)))
    except _BrokenError as error:
        return Refusal(str(error))


def _count_characters(databag: Mapping[str, str]) -> int:
    return sum(len(key) + len(value) for key, value in databag.items())


def read_entry(value: object, schema: type[T], where: str) -> T | Refusal:
    """Return a parsed JSON object in the form of a schema, or why it cannot be read."""
    try:
        return _convert(value, schema, where)
    except _BrokenError as error:
        return Refusal(str(error))


def is_text(value: str) -> bool:
    """Report whether a text has lines of printable characters and nothing else."""
    return _fits(value, _UNFIT_LINES)


def _fits(value: str, unfit: re.Pattern[str]) -> bool:
    return value.isprintable() or not unfit.search(value)


def is_secret(uri: str) -> bool:
    """Report whether a text can be the id of a secret: safe to be asked for by a hook tool."""
    return _URI.fullmatch(uri) is not None


def is_certificate(text: str) -> bool:
    """Report whether a text is PEM of one certificate or more, as far as its outer form says."""
    rest = _PEM.sub("", text)
    found = _PEM.findall(text)
    return bool(found) and "-----" not in rest and all(map(_is_der, found))


def _is_der(encoded: str) -> bool:
    try:
        der = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(der) < 2 or der[0] != 0x30:  # a sequence, whose length comes next
        return False
    size = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + size], "big") if size else der[1]
    return len(der) == 2 + size + length


def show(text: str, limit: int = SHOWN) -> str:
    """Quote a foreign text for a message: one line, printable, short."""
    return repr(text if len(text) <= limit else f"{text[:limit]}…")


def show_some(texts: Iterable[str]) -> str:
    """Quote the first ones of foreign texts for a message."""
    return summarize(map(show, texts), ", ")


def plain(text: str, limit: int = 200) -> str:
    """Return a text as a databag may carry it: one line, printable, not long."""
    return "".join(c if c.isprintable() else " " for c in text[:limit])


def summarize(complaints: Iterable[str], separator: str = "; ") -> str:
    """Return complaints as one text that fits into a status."""
    known = list(dict.fromkeys(complaints))
    more = [f"{len(known) - TOLD} more"] if len(known) > TOLD else []
    return separator.join((*(text[:MAX_COMPLAINT] for text in known[:TOLD]), *more))


def parse_json(text: str) -> Any:
    """Return the value of a JSON text; raise ValueError with the reason for one that is unfit."""
    try:
        value = json.loads(
            text, parse_int=_parse_int, parse_float=_parse_float, parse_constant=_refuse
        )
    except _BrokenError:
        raise
    except (ValueError, RecursionError):
        raise _BrokenError("is not JSON") from None
    if _is_deeper(value, MAX_DEPTH):
        raise _BrokenError(f"is nested more than {MAX_DEPTH} deep")
    return value


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _BrokenError(f"has a number of more than {MAX_DIGITS} digits")
    return int(digits)


def _parse_float(text: str) -> float:
    value = float(text)
    return _refuse(text) if value in (float("inf"), float("-inf")) else value


def _refuse(_: str) -> float:
    raise _BrokenError("has a number that is none")


def _is_deeper(value: Any, limit: int) -> bool:
    level: list[Any] = [value]
    for _ in range(limit):
        children = (child for item in level for child in _children(item))
        level = [child for child in children if isinstance(child, (dict, list))]
        if not level:
            return False
    return True


def _children(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return cast("dict[str, Any]", item).values()
    return cast("list[Any]", item) if isinstance(item, list) else ()


def _fields_of_databag(databag: Mapping[str, str], schema: type) -> Iterable[tuple[str, Any]]:
    for field in _fields(schema):
        text = field.find(databag)
        if text:
            yield field.name, _read_value(text, field.kind, field.key)
        else:
            yield field.name, _default(field, field.key)


def _read_value(text: str, kind: Any, key: str) -> Any:
    """Read the value of a key: words stand there as they are, all else is JSON."""
    if _plain(kind) is str:
        return _convert(text, kind, key)
    try:
        value = parse_json(text)
    except ValueError as error:
        raise _BrokenError(f"{key} {error}") from None
    return _convert(value, kind, key)


def _default(field: _Field, where: str) -> Any:
    if field.default is _MISSING:
        raise _BrokenError(f"{where} is missing")
    return field.default


@cache
def _fields(schema: Any) -> tuple[_Field, ...]:
    found = get_type_hints(schema, include_extras=True)
    hints = {name: _without_none(kind) for name, kind in found.items()}
    known: Iterable[dataclasses.Field[Any]] = getattr(schema, "__dataclass_fields__", {}).values()
    defaults: dict[str, Any] = getattr(schema, "_field_defaults", {})
    defaults |= {field.name: _made(field) for field in known}
    return tuple(_Field(name, kind, defaults.get(name, _MISSING)) for name, kind in hints.items())


def _without_none(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is UnionType else kind


def _made(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return _MISSING if field.default_factory is dataclasses.MISSING else field.default_factory()


def _convert(value: Any, kind: Any, where: str) -> Any:
    if kind is Any:
        return value
    plain = _plain(kind)
    converter = _CONVERTERS.get(plain, _convert_schema)
    return converter(value, kind, where)


def _plain(kind: Any) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        return get_args(kind)[0]
    return origin or kind


def _convert_str(value: Any, kind: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _BrokenError(f"{where} is not a text")
    unfit = _UNFIT_LINES if _LINES in get_args(kind) else _UNFIT
    if not _fits(value, unfit):
        raise _BrokenError(f"{where} has control characters")
    return value


def _convert_scalar(value: Any, kind: Any, where: str) -> Any:
    if type(value) is not kind:  # True is an int of Python's, and no number here
        raise _BrokenError(f"{where} is not {'true or false' if kind is bool else 'a number'}")
    return value


def _convert_list(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, list):
        raise _BrokenError(f"{where} is not a list")
    element, entries = get_args(kind)[0], enumerate(cast("list[Any]", value))
    found = (_convert(entry, element, f"{where}[{number}]") for number, entry in entries)
    return frozenset(found) if get_origin(kind) is frozenset else tuple(found)


def _convert_dict(value: Any, kind: Any, where: str) -> dict[str, Any]:
    entries = _as_object(value, where)
    element, keys, values = get_args(kind)[1], f"a key of {where}", f"a value of {where}"
    return {
        _convert_str(name, str, keys): _convert(entry, element, values)
        for name, entry in entries.items()
    }


def _convert_schema(value: Any, kind: Any, where: str) -> Any:
    entry = _as_object(value, where)
    found: dict[str, Any] = {}
    for field in _fields(kind):
        written, name = field.find(entry), f"{where}.{field.key}"
        # null is how the interfaces write that nothing was said
        is_said = written is not None
        found[field.name] = (
            _convert(written, field.kind, name) if is_said else _default(field, name)
        )
    return kind(**found)


def _as_object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _BrokenError(f"{where} is not an object")
    return cast("dict[str, Any]", value)


_CONVERTERS: dict[Any, Callable[[Any, Any, str], Any]] = {
    str: _convert_str,
    int: _convert_scalar,
    bool: _convert_scalar,
    tuple: _convert_list,
    frozenset: _convert_list,
    dict: _convert_dict,
}
