"""run, exec, resolved."""

import re
import sys
from itertools import takewhile
from pathlib import Path
from typing import Any

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.progress import (
    late_tasks,
    refused,
    told_in_background,
    told_while_waiting,
)
from kafkastack.cli.formats.tasks import failed_tasks, run_output
from kafkastack.cli.session import model_target, read_map, seconds, zone
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed

_UNIT = re.compile(r"[a-z][a-z0-9-]*/(?:[0-9]+|leader)")
_ACTION = re.compile(r"[a-z](?:[a-z0-9.-]*[a-z0-9])?")


def run(parsed: Parsed) -> int:
    """Run an action on units."""
    units, action, pairs = _targets(list(parsed.positional))
    parameters = read_map(Path(parsed["params"])) if parsed["params"] else {}
    if pairs:
        from kafkastack.model.parameters import parse_parameters

        as_strings = parsed.is_set("string-args")
        parameters = parse_parameters(pairs, as_strings=as_strings, base=parameters)
    return _operate(parsed, "run", units=units, action=action, parameters=parameters)


def _targets(words: list[str]) -> tuple[list[str], str, list[str]]:
    """Return the units, the action and its arguments: "a/0 a/leader act key=value"."""
    units = list(takewhile(_UNIT.fullmatch, words))
    rest = words[len(units) :]
    if rest and not _ACTION.fullmatch(rest[0]):
        raise UsageError(f'invalid unit or action name "{rest[0]}"')
    if not units:
        raise UsageError("no unit specified")
    if not rest:
        raise UsageError("no action specified")
    return units, rest[0], rest[1:]


def exec(parsed: Parsed) -> int:  # noqa: A001  # the verb's own name
    """Run commands on units, in a hook context, or on machines."""
    units, applications = _names(parsed, "unit"), _names(parsed, "application")
    machines, everything = _names(parsed, "machine"), parsed.is_set("all")
    if everything and (units or applications or machines):
        raise UsageError("You cannot specify --all and other targets")
    if not (everything or units or applications or machines):
        raise UsageError(
            "You must specify a target, either through --all, --machine, --application or --unit"
        )
    return _operate(
        parsed,
        "exec",
        units=units,
        applications=applications,
        machines=machines,
        everything=everything,
        commands=" ".join(parsed.positional),
    )


def _names(parsed: Parsed, flag: str) -> list[str]:
    return [name for text in parsed.lists[flag] for name in text.split(",")]


def _operate(parsed: Parsed, verb: str, **params: Any) -> int:
    background = parsed.is_set("background")
    wait = 0.0 if background else seconds(parsed["wait"])
    announce = told_in_background if background else told_while_waiting
    answer = model_target(parsed).call(
        verb,
        progress=lambda message: print(announce(message), file=sys.stderr),
        wait=wait,
        zone=zone(utc=parsed.is_set("utc")),
        **params,
    )
    if answer["refused"]:
        print(refused(answer), file=sys.stderr)
    if background or not answer["tasks"]:
        return 0  # as Juju: whoever asked for nothing that exists is told so, and that is all
    if answer["results"]:
        print(_FORMS[parsed["format"]](answer["results"]), end="")
    failed = late_tasks(answer) if answer["late"] else failed_tasks(answer["results"])
    if failed:
        print(f"ERROR {failed}", file=sys.stderr)
        return 1
    return 0


_FORMS = {"plain": run_output, "json": to_json, "yaml": to_yaml}


def resolved(parsed: Parsed) -> int:
    """Retry or skip the failed hook of units."""
    if not parsed.positional and not parsed.is_set("all"):
        raise UsageError("no unit specified", "name one, or use --all")
    model_target(parsed).call(
        "resolved",
        units=list(parsed.positional),
        retry=not parsed.is_set("no-retry"),
        everything=parsed.is_set("all"),
    )
    return 0
