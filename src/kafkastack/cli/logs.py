"""debug-log, show-status-log."""

import os
import sys
import time
from typing import Any

from kafkastack.cli.formats.color import wants_color
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.log import LogLook, log_line, status_log_table
from kafkastack.cli.session import (
    Target,
    model_target,
    number,
    seconds,
    wants_iso_times,
    zone,
)
from kafkastack.errors import ControllerError, UsageError
from kafkastack.gnuflag import Parsed

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")


def debug_log(parsed: Parsed) -> int:
    """Show the log; follows it on a terminal, or when asked to."""
    ends = parsed.is_set("no-tail") or "limit" in parsed.given
    if parsed.is_set("no-tail") and parsed.is_set("tail"):
        raise UsageError("setting --tail and --no-tail not valid")
    everything = parsed.is_set("replay") or "limit" in parsed.given
    limit = number(parsed["limit"] or "0", "--limit")
    reading = _Reading(
        model_target(parsed),
        limit if everything else number(parsed["lines"], "--lines"),
        not ends and (parsed.is_set("tail") or sys.stdout.isatty()),
        _wanted(parsed),
        _look(parsed),
    )
    while True:
        try:
            reading.read()
            return 0
        except ControllerError:
            if not parsed.is_set("retry"):
                raise
            time.sleep(seconds(parsed["retry-delay"]))


class _Reading:
    """One reading of the log; after a failure it goes on where it was."""

    def __init__(
        self, target: Target, lines: int, follow: bool, wanted: dict[str, Any], look: LogLook
    ) -> None:
        self._target = target
        self._params: dict[str, Any] = {"lines": lines, "follow": follow, "wanted": wanted}
        self._look = look
        self._last = 0

    def read(self) -> None:
        """Print the lines that have not been printed."""
        self._target.call("debug-log", progress=self._print, after=self._last, **self._params)

    def _print(self, row: list[Any]) -> None:
        self._last, *line = row
        print(log_line(line, self._look), flush=True)


def _wanted(parsed: Parsed) -> dict[str, Any]:
    """Return the filters that are asked for."""
    level = parsed["level"].upper()
    if level and level not in _LEVELS:
        raise UsageError(
            f'level value "{parsed["level"]}" is not one of "TRACE", "DEBUG", "INFO", '
            '"WARNING", "ERROR"'
        )
    lists = {
        "include": "include",
        "exclude": "exclude",
        "include_modules": "include-module",
        "exclude_modules": "exclude-module",
        "include_labels": "include-labels",
    }
    wanted: dict[str, Any] = {
        name: [word for text in parsed.lists[flag] for word in text.split(",")]
        for name, flag in lists.items()
        if parsed.lists[flag]
    }
    return wanted | ({"level": level} if level else {})


def _look(parsed: Parsed) -> LogLook:
    color = wants_color(
        color=parsed.is_set("color"),
        no_color=False,
        environ=os.environ,
        is_terminal=sys.stdout.isatty(),
    )
    asked = {name: parsed.is_set(name) for name in ("date", "ms", "utc")}
    return LogLook(color=color, **asked)


def show_status_log(parsed: Parsed) -> int:
    """Show which statuses something has had."""
    if sum(name in parsed.given for name in ("n", "days", "from-date")) > 1:
        raise UsageError("cannot mix -n, --days and --from-date: give one of them")
    rows = model_target(parsed).call(
        "show-status-log",
        entity=parsed.positional[0],
        kind=parsed["type"],
        newest=number(parsed["n"], "-n"),
        since=_since(parsed),
        zone=zone(utc=parsed.is_set("utc")),
        iso=wants_iso_times(parsed),
    )
    if parsed["format"] == "tabular":
        print(status_log_table(rows), end="")
    else:
        print((to_json if parsed["format"] == "json" else to_yaml)(rows), end="")
    return 0


def _since(parsed: Parsed) -> float:
    if days := number(parsed["days"], "--days"):
        return time.time() - days * 86400
    if not parsed["from-date"]:
        return 0.0
    try:
        return time.mktime(time.strptime(parsed["from-date"], "%Y-%m-%d"))
    except ValueError:
        raise UsageError(
            f'parsing time "{parsed["from-date"]}"', "write it as YYYY-MM-DD"
        ) from None
