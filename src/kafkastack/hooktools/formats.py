"""How a tool's answer is written: smart, yaml and json, as Juju's tools write them."""

import json
from typing import Any, cast

import yaml

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag

FORMAT = Flag(("format",), default="smart")
OUTPUT = Flag(("o", "output"))
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
