"""The rows with which one looks at a model."""

from kafkastack.cli.verbs.row import MODEL, Verb, output_format
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "status",
        "[<selector> ...]",
        "Show the model: applications, units, machines",
        "cli.status",
        (
            MODEL,
            output_format("tabular", "json", "yaml", "oneline", "line", "short", "summary"),
            Flag(("relations", "integrations"), "Show the integrations", takes_value=False),
            Flag(("storage",), "Show the storage", takes_value=False),
            Flag(("watch",), "Show it again and again, at this interval"),
            Flag(("color",), "Colours even when piped", takes_value=False),
            Flag(("no-color",), "No colours", takes_value=False),
            Flag(("utc",), "Times in UTC", takes_value=False),
            Flag(("o", "output"), "File to write to"),
        ),
        "status --relations --watch 1s",
    ),
    Verb(
        "show-unit",
        "<unit> [<unit> ...]",
        "Show a unit with its relation data",
        "cli.status",
        (
            MODEL,
            output_format("yaml", "json"),
            Flag(("endpoint",), "Only this endpoint"),
            Flag(("app",), "Only application data", takes_value=False),
            Flag(("related-unit",), "Only this related unit"),
        ),
        "show-unit kafka/0",
        arguments=(1, 999),
    ),
    Verb(
        "debug-log",
        "",
        "Show the log of the model",
        "cli.status",
        (
            MODEL,
            Flag(("n", "lines"), "Lines to begin with", default="10"),
            Flag(("limit",), "Lines to show at most; ends after them", default=""),
            Flag(("replay",), "Begin with the first line", takes_value=False),
            Flag(("tail",), "Go on with new lines", takes_value=False),
            Flag(("no-tail",), "End after the last line", takes_value=False),
            Flag(("l", "level"), "Lowest level (DEBUG, INFO, WARNING, ERROR)", default=""),
            Flag(("i", "include"), "Only this entity", repeat=True),
            Flag(("x", "exclude"), "Not this entity", repeat=True),
            Flag(("color",), "Colours even when piped", takes_value=False),
        ),
        "debug-log --replay --no-tail",
        arguments=(0, 0),
    ),
)
