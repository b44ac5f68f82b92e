"""Target of a command line: its controller and its model."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from kafkastack.cli import client_store
from kafkastack.cli.connection import call
from kafkastack.errors import KafkastackError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.bounds import SECONDS, check_number

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


class Target(NamedTuple):
    """A controller, and a model of it ("" where the verb needs none)."""

    controller: str
    model: str = ""

    def call(
        self,
        verb: str,
        *,
        progress: Callable[[Any], None] | None = None,
        patience: float | None = None,
        **params: Any,
    ) -> Any:
        """Ask the controller for `verb`; what only reads is given up after a silence."""
        return call(
            self.controller,
            verb,
            params,
            model=self.model,
            progress=progress,
            patience=patience,
        )


def model_target(parsed: Parsed, name: str = "") -> Target:
    """Return the target of --model (or `name`), of JUJU_MODEL, else the current model."""
    store = client_store.read()
    given = name or parsed.values.get("model", "") or os.environ.get("JUJU_MODEL", "")
    controller, model = client_store.split_model(given)
    controller = store.controller(controller)
    model = model or store.models.get(controller, "")
    if not model:
        raise NotFoundError(
            'No model in focus.\n\nPlease use "kafkastack models" to see models available to '
            'you.\nYou can set current model by running "kafkastack switch"\nor specify any '
            'other model on the command line using the "-m" option.'
        )
    return Target(controller, model)


def controller_target(parsed: Parsed, name: str = "") -> Target:
    """Return the target of --controller (or `name`), else the current controller."""
    return Target(client_store.read().controller(name or parsed.values.get("controller", "")))


def key_values(words: list[str] | tuple[str, ...]) -> dict[str, str]:
    """Split `key=value` words; a value `@file` is the file's content, as in Juju."""
    pairs: dict[str, str] = {}
    for word in words:
        key, value = split_pair(word)
        pairs[key] = read_text(value[1:]) if value.startswith("@") else value
    return pairs


def split_pair(word: str) -> tuple[str, str]:
    """Split a `key=value` word; UsageError if it is none."""
    key, equals, value = word.partition("=")
    if not (key and equals):
        raise UsageError(f'expected "key=value", got "{word}"')
    return key, value


def read_text(path: Path | str) -> str:
    """Return the text of a file that somebody named: bounded, and "-" is standard input."""
    from kafkastack.system.reading import read_given, text_of

    return text_of(read_given(path), path)


def read_map(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a map."""
    from kafkastack.model.yaml_file import read_yaml

    node = read_yaml(read_text(path), str(path))
    return {key: value.value for key, value in node.map().items()}


def number(text: str, flag: str, *, least: int = 0, most: int = 2**53) -> int:
    """Read the whole number that a flag was given."""
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        raise UsageError(f'{flag} takes a whole number of at least {least}, not "{text:.20}"')
    return check_number(flag, int(text), most, least)


def confirm(parsed: Parsed, question: str) -> bool:
    """Ask unless --no-prompt was given; without a terminal nothing is confirmed."""
    if parsed.is_set("no-prompt"):
        return True
    return _ask(f"{question}\n\nContinue [y/N]? ").lower() in ("y", "yes")


def confirm_by_name(parsed: Parsed, warning: str, kind: str, name: str) -> None:
    """Have the name typed of what is to be destroyed, unless --no-prompt was given."""
    if parsed.is_set("no-prompt"):
        return
    print(f"{warning}\n", file=sys.stderr)
    if _ask(f"To continue, enter the name of the {kind} to be unregistered: ") != name:
        raise KafkastackError(f"{kind} destruction: aborted")


def _ask(question: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("this asks for confirmation", "add --no-prompt")
    return input(question).strip()


def zone(*, utc: bool) -> tuple[int, str]:
    """Return the zone that times are shown in: seconds off UTC, and its name."""
    import time

    here = time.localtime()
    return (0, "") if utc or not here.tm_gmtoff else (here.tm_gmtoff, here.tm_zone)


def wants_iso_times(parsed: Parsed) -> bool:
    """Report whether --utc, or Juju's own variable, asks for times in UTC as ISO writes them."""
    return parsed.is_set("utc") or bool(os.environ.get("JUJU_STATUS_ISO_TIME"))


def seconds(text: str) -> float:
    """Read a duration such as 90s or 5m; plain digits are seconds."""
    import re

    parts = re.findall(r"([0-9.]+)([hms])", text if text[-1:] in _SECONDS else f"{text}s")
    try:
        if not parts or "".join(map("".join, parts)) not in (text, f"{text}s"):
            raise ValueError(text)
        return min(sum(float(number) * _SECONDS[unit] for number, unit in parts), SECONDS)
    except ValueError as error:
        raise UsageError(f'invalid duration "{text}"', "write it as 90s or 5m") from error
