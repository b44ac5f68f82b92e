"""The rows of waiting."""

from kafkastack.cli.verbs.row import MODEL, Verb
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "wait-for",
        "application|machine|model|unit <name>",
        "Wait until something is as wanted",
        "cli.waiting",
        (
            MODEL,
            Flag(("query",), 'What is to be true, such as status=="active"'),
            Flag(("timeout",), "How long to wait", default="10m"),
            Flag(("summary",), "Tell each status it comes by", takes_value=False, default="true"),
        ),
        "wait-for application kafka --query='status==\"active\"' --timeout 2m",
        arguments=(2, 2),
    ),
)
