"""The rows of actions and of what was run."""

from kafkastack.cli.verbs.row import MODEL, Verb, output_format
from kafkastack.gnuflag import Flag

_WAIT = (
    Flag(("wait",), "How long to wait for the result; not at all without it"),
    Flag(("watch",), "Wait for the result, however long it takes", takes_value=False),
)
_UTC = Flag(("utc",), "Times in UTC", takes_value=False)

VERBS: tuple[Verb, ...] = (
    Verb(
        "actions",
        "<application>",
        "List the actions of an application",
        "cli.operations",
        (
            MODEL,
            output_format("default", "json", "tabular", "yaml"),
            Flag(("schema",), "Show the schema of their parameters", takes_value=False),
        ),
        "actions kafka --schema --format yaml",
        arguments=(1, 1),
    ),
    Verb(
        "show-action",
        "<application> <action>",
        "Show what an action does and which parameters it takes",
        "cli.operations",
        (MODEL,),
        "show-action kafka set-password",
        arguments=(2, 2),
    ),
    Verb(
        "operations",
        "",
        "List the operations: what was run on units and machines",
        "cli.operations",
        (
            MODEL,
            output_format("plain", "json", "yaml"),
            Flag(("actions",), "Only these actions, comma separated"),
            Flag(("applications", "apps"), "Only units of these applications, comma separated"),
            Flag(("units",), "Only these units, comma separated"),
            Flag(("machines",), "Only these machines, comma separated"),
            Flag(("status",), "Only operations of these statuses, comma separated"),
            Flag(("limit",), "How many at most; 0: all", default="0"),
            Flag(("offset",), "How many to leave out at the beginning", default="0"),
            _UTC,
        ),
        "operations --apps kafka --status failed",
        arguments=(0, 0),
    ),
    Verb(
        "show-operation",
        "<operation>",
        "Show an operation with its tasks and their results",
        "cli.operations",
        (MODEL, output_format("yaml", "json"), *_WAIT, _UTC),
        "show-operation 1 --wait 2m",
        arguments=(1, 1),
    ),
    Verb(
        "show-task",
        "<task>",
        "Show a task with its results",
        "cli.operations",
        (MODEL, output_format("plain", "json", "yaml"), *_WAIT, _UTC),
        "show-task 2 --watch",
        arguments=(1, 1),
    ),
    Verb(
        "cancel-task",
        "<task> [<task> ...]",
        "Cancel tasks that have not begun, and end those that run",
        "cli.operations",
        (MODEL, output_format("yaml", "json")),
        "cancel-task 2",
        arguments=(1, 999),
    ),
)
