"""The rows of exposing applications."""

from kafkastack.cli.verbs.row import MODEL, Verb
from kafkastack.gnuflag import Flag

_ENDPOINTS = Flag(("endpoints",), "Only these endpoints: a,b")

VERBS: tuple[Verb, ...] = (
    Verb(
        "expose",
        "<application>",
        "Open an application's ports to others; local: a record",
        "cli.exposure",
        (
            MODEL,
            _ENDPOINTS,
            Flag(("to-spaces",), "To these spaces: alpha is the one there is"),
            Flag(("to-cidrs",), "To these networks: 10.0.0.0/24,192.168.0.0/16"),
        ),
        "expose kafka",
        arguments=(1, 1),
    ),
    Verb(
        "unexpose",
        "<application>",
        "Take back what expose has done",
        "cli.exposure",
        (MODEL, _ENDPOINTS),
        "unexpose kafka",
        arguments=(1, 1),
    ),
)
