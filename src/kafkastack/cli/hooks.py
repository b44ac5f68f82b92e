"""hooks."""

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.hooks import hooks_table
from kafkastack.cli.session import model_target, number, zone
from kafkastack.gnuflag import Parsed


def hooks(parsed: Parsed) -> int:
    """Show what a unit has run."""
    rows = model_target(parsed).call(
        "hooks",
        name=parsed.positional[0],
        newest=number(parsed["limit"], "--limit"),
        zone=zone(utc=parsed.is_set("utc")),
    )
    if not parsed.is_set("calls"):
        for row in rows:
            row.pop("calls", None)
    if parsed["format"] == "tabular":
        print(hooks_table(rows), end="")
    else:
        print((to_json if parsed["format"] == "json" else to_yaml)(rows), end="")
    return 0
