"""Settings that a tool is given: `key=value` words, and a map in a file or on stdin."""

import asyncio
import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.tools.call import Call
from kafkastack.model.bounds import SETTINGS, SETTINGS_CHARACTERS
from kafkastack.model.text import first_fault

FILE = Flag(("file",))
_LARGE = 64 * 1024  # bytes
_NO_MAP = "expected a map of settings, each of them a string"
_JSON = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_SPACES = " \t\n\r"
_OPEN = re.compile(rf"\{{[{_SPACES}]*")
_COLON = re.compile(rf"[{_SPACES}]*:[{_SPACES}]*")
_COMMA = re.compile(rf"[{_SPACES}]*(?:,[{_SPACES}]*|(?=\}}))")
_KEY, _VALUE = '"', '"-0123456789tfnNI'
_JSON_WORDS: Mapping[Any, str] = {None: "", True: "true", False: "false"}
_FRAME = (
    yaml.StreamStartEvent,
    yaml.StreamEndEvent,
    yaml.DocumentStartEvent,
    yaml.DocumentEndEvent,
)
_YAML_NULL = ("", "~", "null", "Null", "NULL")


async def read_settings(context: HookContext, call: Call, parsed: Parsed) -> dict[str, str]:
    """Return the settings of a call: those of `--file` (`-` is stdin), then those of its words."""
    settings: dict[str, str] = {}
    if parsed["file"] == "-":
        settings = await read_map(call.stdin)
    elif parsed["file"]:
        settings = await read_map(await read_file(context, call, parsed["file"]))
    settings |= pairs(parsed.positional)
    context.count(settings)
    return settings


async def read_file(
    context: HookContext, call: Call, name: str, most: int = SETTINGS_CHARACTERS
) -> bytes:
    """Return a file of the machine, as the caller names it; one of more bytes is refused."""
    try:
        return await context.environment.read_file(posixpath.join(call.cwd, name), most)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error


def pairs(words: Sequence[str]) -> dict[str, str]:
    """Split `key=value` words."""
    result: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise UsageError(f'expected "key=value", got "{word}"')
        result[key] = value
    return result


async def read_map(text: bytes) -> dict[str, str]:
    """Read a map of strings; a large one beside what else the controller does."""
    return map_from(text) if len(text) <= _LARGE else await asyncio.to_thread(map_from, text)


def map_from(text: bytes) -> dict[str, str]:
    """Read a map of strings from JSON or YAML; values are kept as they are written."""
    _refuse_many_characters(len(text))
    values = _from_json(text) if text[:1] == b"{" else None
    if values is None:  # a flow map of YAML begins like JSON
        values = _from_yaml(text)
    _check(values)
    return values


def _check(values: dict[str, str]) -> None:
    for key, value in values.items():
        if problem := first_fault((key, value)):
            raise UsageError(f"the setting {key!a} is not text: {problem}")
    check_size(values)


def check_size(values: Mapping[str, str]) -> None:
    """Refuse more settings than one place may hold: they are read again for every hook."""
    _refuse_many_settings(len(values))
    _refuse_many_characters(sum(len(key) + len(value) for key, value in values.items()))


def _refuse_many_settings(count: int) -> None:
    if count > SETTINGS:
        raise UsageError(f"there are more than {SETTINGS} settings")


def _refuse_many_characters(count: int) -> None:
    if count > SETTINGS_CHARACTERS:
        raise UsageError(f"the settings have more than {SETTINGS_CHARACTERS} characters")


def _from_json(text: bytes) -> dict[str, str] | None:
    try:
        return dict(_json_pairs(text.decode()))
    except ValueError:
        return None


def _json_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Read setting by setting: what is nested is refused where it begins, however large it is."""
    at, count = _expect(_OPEN, text, 0), 0
    while not text.startswith("}", at):
        key, at = _decode(_KEY, text, at)
        value, at = _decode(_VALUE, text, _expect(_COLON, text, at))
        at, count = _expect(_COMMA, text, at), count + 1
        _refuse_many_settings(count)
        yield key, value
    if text[at + 1 :].strip(_SPACES):
        raise ValueError("there is more behind it")


def _expect(pattern: re.Pattern[str], text: str, at: int) -> int:
    if not (found := pattern.match(text, at)):
        raise ValueError(f"expected {pattern.pattern}")
    return found.end()


def _decode(first: str, text: str, at: int) -> tuple[str, int]:
    """Return the text of a value of JSON that begins with one of these letters, and its end."""
    if text[at : at + 1] in ("[", "{"):
        raise UsageError(_NO_MAP)
    if text[at : at + 1] not in first:
        raise ValueError(f"expected one of {first}")
    value, end = _JSON.raw_decode(text, at)
    return (value if isinstance(value, str) else _JSON_WORDS[value]), end


def _from_yaml(text: bytes) -> dict[str, str]:
    try:
        return _flat_map(yaml.parse(text, yaml.CBaseLoader))
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(f"the settings are neither JSON nor YAML: {error}") from error


def _flat_map(events: Iterator[yaml.Event]) -> dict[str, str]:
    """Read event by event: what is nested is refused where it begins, however deep it goes."""
    content = (event for event in events if not isinstance(event, _FRAME))
    first = next(content, None)
    if first is None:
        return {}
    if not isinstance(first, yaml.MappingStartEvent):
        raise UsageError(_NO_MAP)
    words, anchors = list[str](), dict[str, str]()
    for event in content:
        if isinstance(event, yaml.MappingEndEvent):
            break
        words.append(_scalar(event, anchors))
        _refuse_many_settings(len(words) // 2)
    if next(content, None) is not None:
        raise UsageError("the settings are more than one document")
    return dict(zip(words[::2], words[1::2], strict=True))


def _scalar(event: yaml.Event, anchors: dict[str, str]) -> str:
    """Return a scalar as it stands there ("yes", "1e3"): Juju reads strings, and null as ""."""
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise UsageError(f"the settings name {event.anchor}, which is nowhere before")
        return anchors[event.anchor]
    if not isinstance(event, yaml.ScalarEvent):
        raise UsageError(_NO_MAP)
    is_null = not event.style and event.value in _YAML_NULL
    text = "" if is_null else event.value
    if event.anchor:
        anchors[event.anchor] = text
    return text
