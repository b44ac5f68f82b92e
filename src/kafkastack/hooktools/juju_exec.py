"""Arguments of juju-exec, parsed: commands of a shell in a hook context of a unit."""

import re
from collections.abc import Sequence

from msgspec import Struct

from kafkastack.errors import KafkastackError, UsageError
from kafkastack.gnuflag import Flag, Parsed, parse
from kafkastack.model.bounds import NAME

NAMES = ("juju-exec", "juju-run")
_FLAGS = (
    Flag(("u", "unit")),
    Flag(("r", "relation")),
    Flag(("remote-unit",)),
    Flag(("no-context",), takes_value=False),
    Flag(("force-remote-unit",), takes_value=False),
    Flag(("operator",), takes_value=False),
)
_UNIT = re.compile(r"[a-z][a-z0-9]*(?:-[0-9]*[a-z][a-z0-9]*)*/[0-9]+")
_LONGEST_UNIT = NAME + len("/") + 18  # digits
_TAG = re.compile(r"unit-(.+)-([0-9]+)")
_RELATION = re.compile(r"(?:[^:\s]+:)?[0-9]{1,18}")


class RunCommands(Struct, frozen=True):
    """Shell commands for a hook context; `relation` is "db:7", "7" or empty."""

    commands: str
    relation: str = ""
    remote_unit: str = ""


def read_words(words: Sequence[str], unit: str) -> RunCommands:
    """Return what the words ask of `unit`, which may be named by `-u` or by the first word."""
    parsed = parse(_FLAGS, words, intermixed=False)
    named, commands = _split(parsed)
    if not commands:
        raise UsageError("missing commands")
    if named not in ("", unit):
        raise KafkastackError(f'unit "{named}" is not on this agent')
    if parsed["relation"] and not _RELATION.fullmatch(parsed["relation"]):
        raise UsageError(f'invalid relation id "{parsed["relation"]}"')
    return RunCommands(" ".join(commands), parsed["relation"], parsed["remote-unit"])


def _split(parsed: Parsed) -> tuple[str, list[str]]:
    first, *rest = parsed.positional or ("",)
    if parsed["unit"]:
        return _unit_name(parsed["unit"]), list(parsed.positional)
    name = _unit_name(first)
    return (name, rest) if _is_unit(name) else ("", list(parsed.positional))


def _is_unit(name: str) -> bool:
    return len(name) <= _LONGEST_UNIT and _UNIT.fullmatch(name) is not None


def _unit_name(text: str) -> str:
    """Return "kafka/0" for itself and for its tag "unit-kafka-0"."""
    tag = _TAG.fullmatch(text)
    return f"{tag[1]}/{tag[2]}" if tag else text
