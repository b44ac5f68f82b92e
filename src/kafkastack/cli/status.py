"""status, show-unit, debug-log."""

import os
import sys
import time
from typing import Any

from kafkastack.cli.formats.color import wants_color
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.status import format_status
from kafkastack.cli.session import Target, model_target, number, seconds
from kafkastack.gnuflag import Parsed

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")
_CLEAR = "\x1bc"


def status(parsed: Parsed) -> int:
    """Show the status of the model, once or again and again."""
    target = model_target(parsed)
    if not parsed["watch"]:
        _show(parsed, target, "")
        return 0
    interval = seconds(parsed["watch"])
    while True:
        _show(parsed, target, _CLEAR)
        time.sleep(interval)


def _show(parsed: Parsed, target: Target, before: str) -> None:
    offset = 0 if parsed.is_set("utc") else time.localtime().tm_gmtoff
    document = target.call("status", selectors=list(parsed.positional), utc_offset=offset)
    color = wants_color(
        color=parsed.is_set("color"),
        no_color=parsed.is_set("no-color"),
        environ=os.environ,
        is_terminal=sys.stdout.isatty(),
    )
    out, err = format_status(
        document,
        parsed["format"],
        relations=parsed.is_set("relations"),
        storage=parsed.is_set("storage"),
        color=color,
    )
    if parsed["output"]:
        with open(parsed["output"], "w") as stream:  # noqa: PTH123  # pathlib costs its import
            stream.write(out)
        return
    sys.stdout.write(before + out)
    sys.stdout.flush()
    sys.stderr.write(err)


def show_unit(parsed: Parsed) -> int:
    """Show units with their relation data."""
    document = model_target(parsed).call("show-unit", units=list(parsed.positional))
    for unit in document.values():
        _narrow(unit, parsed)
    print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
    return 0


def _narrow(unit: dict[str, Any], parsed: Parsed) -> None:
    """Keep what --endpoint, --app and --related-unit ask for."""
    relations: list[dict[str, Any]] = unit.get("relation-info", [])
    if parsed["endpoint"]:
        relations[:] = [r for r in relations if r["endpoint"] == parsed["endpoint"]]
    for relation in relations:
        if parsed.is_set("app"):
            relation.pop("related-units", None)
            relation.pop("local-unit", None)
        elif parsed["related-unit"]:
            related = relation.get("related-units", {})
            relation["related-units"] = {
                name: data for name, data in related.items() if name == parsed["related-unit"]
            }


def debug_log(parsed: Parsed) -> int:
    """Show the log; follows it on a terminal, or when asked to."""
    target = model_target(parsed)
    limit = number(parsed["limit"] or "0", "--limit")
    ends = parsed.is_set("no-tail") or "limit" in parsed.given
    follow = not ends and (parsed.is_set("tail") or sys.stdout.isatty())
    everything = parsed.is_set("replay") or "limit" in parsed.given
    lines = limit if everything else number(parsed["lines"], "--lines")
    rows = target.call(
        "debug-log", progress=lambda row: _print_row(parsed, row), lines=lines, follow=follow
    )
    for row in rows:
        _print_row(parsed, row)
    return 0


def _print_row(parsed: Parsed, row: list[Any]) -> None:
    when, entity, level, module, message = row
    included, excluded = parsed.lists["include"], parsed.lists["exclude"]
    least = parsed["level"].upper() or "TRACE"
    if least in _LEVELS and level in _LEVELS and _LEVELS.index(level) < _LEVELS.index(least):
        return
    if (included and not _matches(entity, included)) or _matches(entity, excluded):
        return
    clock = time.strftime("%H:%M:%S", time.localtime(when))
    print(f"{entity}: {clock} {level} {module} {message}", flush=True)


def _matches(entity: str, names: list[str]) -> bool:
    tags = {name.replace("/", "-") for name in names}
    return any(entity in (tag, f"unit-{tag}", f"machine-{tag}") for tag in tags) or any(
        entity.startswith(f"unit-{tag}-") for tag in tags
    )
