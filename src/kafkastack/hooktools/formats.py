"""Formats of a tool's answer: smart, yaml and json, as Juju's tools write them."""

import asyncio
import json
from typing import Any, cast

import yaml

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag

FORMAT = Flag(("format",), default="smart")
OUTPUT = Flag(("o", "output"))
_LARGE, _ENTRY = 64 * 1024, 100  # characters, and what a setting counts beside its value
_ONE_LINE = 1 << 30


def write(value: Any, form: str) -> str:
    """Write a value in a format; every answer ends with one newline, an empty one has none."""
    if form == "json":
        return json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n"
    if form == "yaml":
        return _yaml(value)
    if form == "smart":
        return _smart(value)
    raise UsageError(f'invalid value "{form}" for option --format: unknown format "{form}"')


async def write_settings(values: Any, form: str) -> str:
    """Write settings, or one of them; many are written beside what else the controller does."""
    if isinstance(values, dict) and _size(cast(dict[str, Any], values)) > _LARGE:
        return await asyncio.to_thread(write, values, form)
    return write(values, form)


def _size(values: dict[str, Any]) -> int:
    return sum(_ENTRY + len(str(value)) for value in values.values())


def _smart(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f"{value}\n"
    if isinstance(value, str | int | float):
        return f"{value}\n"
    if isinstance(value, list):
        items = cast(list[Any], value)
        if all(isinstance(item, str) for item in items):
            return "".join(f"{item}\n" for item in items)
    return _yaml(value)


def _yaml(value: Any) -> str:
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=False,
        sort_keys=True,
        allow_unicode=True,
        width=_ONE_LINE,
    )
    return text.removesuffix("...\n")


class _Dumper(yaml.CSafeDumper):
    """Writes texts of several lines as blocks, as Juju does: a certificate stays readable."""


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
