"""actions, show-action, operations, show-operation, show-task, cancel-task."""

import sys
from typing import Any

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import actions_table, operations_table
from kafkastack.cli.formats.tasks import action_help, task_output
from kafkastack.cli.session import model_target, number, seconds, zone
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.bounds import SECONDS

_FOR_EVER = SECONDS


def actions(parsed: Parsed) -> int:
    """List the actions of an application."""
    schema, form = parsed.is_set("schema"), parsed["format"]
    if schema and form == "tabular":
        raise UsageError("full schema not compatible with tabular output", "use --format yaml")
    application = parsed.positional[0]
    document = model_target(parsed).call("actions", application=application, schema=schema)
    if not document:
        print(f"No actions defined for {application}.", file=sys.stderr)
    elif form in ("json", "yaml") or schema:
        _print(document, form)
    else:
        print(actions_table(document)[0], end="")
    return 0


def show_action(parsed: Parsed) -> int:
    """Show what an action does and which parameters it takes."""
    application, action = parsed.positional
    answer = model_target(parsed).call("show-action", application=application, action=action)
    print(action_help(answer["schema"]), end="")
    return 0


def operations(parsed: Parsed) -> int:
    """List what was run."""
    wanted = {
        "actions": _words(parsed["actions"]),
        "applications": _words(parsed["applications"]),
        "units": _words(parsed["units"]),
        "machines": _words(parsed["machines"]),
        "statuses": _words(parsed["status"]),
        "limit": number(parsed["limit"], "--limit"),
        "offset": number(parsed["offset"], "--offset"),
    }
    document = model_target(parsed).call("operations", wanted=wanted, zone=_zone(parsed))
    if parsed["format"] != "plain":
        _print(document, parsed["format"])
        return 0
    out, err = operations_table(document)
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return 0


def show_operation(parsed: Parsed) -> int:
    """Show an operation with its tasks."""
    (operation,) = parsed.positional
    document = model_target(parsed).call(
        "show-operation", operation=operation, wait=_wait(parsed), zone=_zone(parsed)
    )
    _print(document, parsed["format"])
    return 0


def show_task(parsed: Parsed) -> int:
    """Show a task with its results."""
    (task,) = parsed.positional
    document = model_target(parsed).call(
        "show-task", task=task, wait=_wait(parsed), zone=_zone(parsed)
    )
    if parsed["format"] == "plain":
        print(task_output(document), end="")
    else:
        _print(document, parsed["format"])
    return 0


def cancel_task(parsed: Parsed) -> int:
    """Cancel tasks that wait or run."""
    tasks = list(parsed.positional)
    document = model_target(parsed).call("cancel-task", tasks=tasks, zone=zone(utc=True))
    if document:
        _print(document, parsed["format"])
    else:
        print("no pending or running tasks found, no tasks canceled", file=sys.stderr)
    return 0


def _wait(parsed: Parsed) -> float:
    if parsed.is_set("watch") and parsed["wait"]:
        raise UsageError("specify either --watch or --wait but not both")
    if parsed.is_set("watch"):
        return _FOR_EVER
    return 0.0 if parsed["wait"][:1] in ("", "-") else seconds(parsed["wait"])


def _zone(parsed: Parsed) -> tuple[int, str]:
    return zone(utc=parsed.is_set("utc"))


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _print(document: dict[str, Any], form: str) -> None:
    print(to_json(document) if form == "json" else to_yaml(document), end="")
