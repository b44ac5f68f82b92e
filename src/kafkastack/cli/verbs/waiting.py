"""The rows of waiting."""

from kafkastack.cli.verbs.row import MODEL, Verb
from kafkastack.gnuflag import Flag

_TIMEOUT = Flag(("timeout",), "How long to wait", default="10m")
_SUMMARY = Flag(("summary",), "Tell each status it comes by", takes_value=False, default="true")

VERBS: tuple[Verb, ...] = (
    Verb(
        "wait-for",
        "application|machine|model|unit <name>",
        "Wait until an entity matches a query",
        "cli.waiting",
        (
            MODEL,
            Flag(("query",), 'What is to be true, such as status=="active"'),
            _TIMEOUT,
            _SUMMARY,
        ),
        "wait-for application kafka --query='status==\"active\"' --timeout 2m",
        arguments=(2, 2),
    ),
    Verb(
        "wait-idle",
        "[<application> ...]",
        "Wait until no hook, change or task is left, of applications and all they work with",
        "cli.waiting",
        (
            MODEL,
            _TIMEOUT,
            Flag(("allow-blocked",), "A unit may be blocked in the end", takes_value=False),
            _SUMMARY,
        ),
        "wait-idle kafka --timeout 2m",
    ),
    Verb(
        "advance-time",
        "<duration>",
        "Advance a test model's clock; timers that fall due fire at once",
        "cli.waiting",
        (MODEL,),
        "advance-time 1h",
        arguments=(1, 1),
    ),
)
