"""status, show-unit."""

import os
import sys
import time
from typing import Any

from kafkastack.cli.formats.color import wants_color
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.status import format_status
from kafkastack.cli.session import Target, model_target, seconds, wants_iso_times
from kafkastack.gnuflag import Parsed

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
    iso = wants_iso_times(parsed)
    offset = 0 if iso else time.localtime().tm_gmtoff
    selectors = list(parsed.positional)
    document = target.call("status", selectors=selectors, utc_offset=offset, iso=iso)
    document["_called"] = parsed["model"].rpartition(":")[2]  # as it was typed, so it is told
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
