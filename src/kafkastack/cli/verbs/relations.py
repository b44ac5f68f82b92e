"""The rows of relations."""

from kafkastack.cli.verbs.row import FORCE, MODEL, Verb
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "integrate",
        "<application>[:<endpoint>] <application>[:<endpoint>]",
        "Integrate two applications",
        "cli.relations",
        (MODEL, Flag(("via",), "Kept as a record")),
        "integrate kafka zookeeper",
        arguments=(2, 2),
    ),
    Verb(
        "remove-relation",
        "<application>[:<endpoint>] <application>[:<endpoint>]",
        "Remove the relation of two applications",
        "cli.relations",
        (MODEL, FORCE),
        "remove-relation kafka-test-app kafka",
        arguments=(2, 2),
    ),
)
