"""Settings that a tool is given: `key=value` words, and a map in a file or on stdin."""

import json
import posixpath
from collections.abc import Sequence
from typing import Any

import yaml

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.tools.call import Call

FILE = Flag(("file",))
_NO_MAP = "expected a map of settings, each of them a string"
_JSON_WORDS = {None: "", True: "true", False: "false"}
_YAML_NULL = ("", "~", "null", "Null", "NULL")


async def read_settings(context: HookContext, call: Call, parsed: Parsed) -> dict[str, str]:
    """Return the settings of a call: those of `--file` (`-` is stdin), then those of its words."""
    settings: dict[str, str] = {}
    if parsed["file"] == "-":
        settings = map_from(call.stdin)
    elif parsed["file"]:
        settings = map_from(await read_file(context, call, parsed["file"]))
    return settings | pairs(parsed.positional)


async def read_file(context: HookContext, call: Call, name: str) -> bytes:
    """Return a file of the machine, as the caller names it."""
    try:
        return await context.environment.read_file(posixpath.join(call.cwd, name))
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


def map_from(text: bytes) -> dict[str, str]:
    """Read a map of strings from JSON or YAML; values are kept as they are written."""
    values = _from_json(text) if text[:1] == b"{" else None
    return _from_yaml(text) if values is None else values  # a flow map of YAML begins like JSON


def _from_json(text: bytes) -> dict[str, str] | None:
    try:
        document: dict[str, Any] = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str
        )
    except ValueError:
        return None
    return {key: _text(value) for key, value in document.items()}


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise UsageError(_NO_MAP)
    return value if isinstance(value, str) else _JSON_WORDS[value]


def _from_yaml(text: bytes) -> dict[str, str]:
    try:
        root = yaml.compose(text, yaml.CBaseLoader)
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(f"the settings are neither JSON nor YAML: {error}") from error
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(_NO_MAP)
    return {_scalar(key): _scalar(value) for key, value in root.value}


def _scalar(node: yaml.Node) -> str:
    """Return a scalar as it stands there ("yes", "1e3"): Juju reads strings, and null as ""."""
    if not isinstance(node, yaml.ScalarNode):
        raise UsageError(_NO_MAP)
    is_null = not node.style and node.value in _YAML_NULL
    return "" if is_null else node.value
