"""YAML as Go writes it: the one module of the formats that loads PyYAML."""

from typing import Any

import yaml

from kafkastack.model.text import escaped, visible

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class GoDumper(_Dumper):
    """Quotes with `"` what would be read as something else, and keeps line ends."""

    def ignore_aliases(self, data: object) -> bool:
        """Write a value that occurs twice twice."""
        return True


def dump(value: object) -> str:
    """Return a value as block-style YAML with a newline at its end."""
    if value in ({}, []):
        return "{}\n" if value == {} else "[]\n"
    text: str = yaml.dump(
        value,
        Dumper=GoDumper,
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
        width=10_000,
    )
    return escaped(text.removesuffix("...\n"))  # what libyaml takes for printable: see `_text`


def _text(dumper: Any, text: str) -> Any:
    is_plain = dumper.resolve(yaml.ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str"
    style = "|" if "\n" in text else None if is_plain and text else '"'
    style = style if text == visible(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


GoDumper.add_representer(str, _text)
