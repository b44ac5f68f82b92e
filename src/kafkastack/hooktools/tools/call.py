"""What a tool is: a function of the context and the words it was called with."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import yaml

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed, parse
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.formats import FORMAT, OUTPUT


@dataclass(frozen=True)
class Call:
    """One call: its words, the caller's folder, what was on its stdin."""

    words: list[str]
    cwd: str
    stdin: bytes

    def parse(self, *flags: Flag) -> Parsed:
        """Parse the words as Juju does."""
        return parse(flags, self.words)

    def parse_output(self, *flags: Flag) -> Parsed:
        """Parse the words of a tool that answers: it takes --format and --output as well."""
        return parse((FORMAT, OUTPUT, *flags), self.words)


Tool = Callable[[HookContext, Call], Awaitable[str]]
"""(context, call) → what is printed; ToolError for a refusal, UsageError for bad words."""


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
    """Read a map of strings from YAML or JSON, as `--file` gives it."""
    try:
        document: Any = json.loads(text) if text[:1] == b"{" else None
    except ValueError:
        document = None  # a flow map of YAML begins like JSON
    try:
        document = document or yaml.load(text, yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(f"the settings are neither JSON nor YAML: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise UsageError("expected a map of settings")
    return {str(k): _text(v) for k, v in cast(dict[Any, Any], document).items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
