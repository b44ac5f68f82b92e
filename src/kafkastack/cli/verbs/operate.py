"""The rows with which one operates what runs."""

from kafkastack.cli.verbs.row import MODEL, Verb, output_format
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "run",
        "<unit> [<unit> ...] <action> [<key>=<value> ...]",
        "Run an action",
        "cli.actions",
        (
            MODEL,
            output_format("plain", "json", "yaml"),
            Flag(("wait",), "How long to wait for the result", default="60s"),
            Flag(("background",), "Do not wait", takes_value=False),
            Flag(("params",), "YAML file of parameters"),
            Flag(("string-args",), "Take every value as a string", takes_value=False),
            Flag(("color",), "Accepted for Juju's sake", takes_value=False),
            Flag(("utc",), "Times in UTC", takes_value=False),
        ),
        "run data-integrator/leader get-credentials",
        arguments=(1, 999),
    ),
    Verb(
        "exec",
        "(--unit <unit> | --application <application> | --machine <machine>) -- <commands>",
        "Run commands on units or machines, in a hook context",
        "cli.actions",
        (
            MODEL,
            output_format("plain", "json", "yaml"),
            Flag(("u", "unit"), "Unit", repeat=True),
            Flag(("a", "application", "app"), "Every unit of this application", repeat=True),
            Flag(("machine",), "Machine", repeat=True),
            Flag(("all",), "Every machine", takes_value=False),
            Flag(("wait",), "How long to wait for the result", default="5m"),
            Flag(("background",), "Do not wait", takes_value=False),
            Flag(("parallel",), "Accepted for Juju's sake", takes_value=False),
            Flag(("execution-group",), "Accepted for Juju's sake"),
            Flag(("color",), "Accepted for Juju's sake", takes_value=False),
            Flag(("utc",), "Times in UTC", takes_value=False),
        ),
        'exec --application kafka-test-app "tail -n 2 $TMPDIR/*.log"',
        intermixed=False,
        arguments=(1, 999),
    ),
    Verb(
        "resolved",
        "<unit> [<unit> ...]",
        "Retry or skip the failed hook of a unit",
        "cli.actions",
        (
            MODEL,
            Flag(("no-retry",), "Take the failed hook as done", takes_value=False),
            Flag(("all",), "Every unit in error", takes_value=False),
        ),
        "resolved kafka/0",
    ),
)
