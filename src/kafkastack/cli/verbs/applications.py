"""The rows of applications."""

from kafkastack.cli.verbs.row import DESTROY_STORAGE, FORCE, MODEL, NO_PROMPT, Verb, output_format
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "deploy",
        "<charm> [<application name>]",
        "Deploy a charm: one of ours by name, or a folder that holds one",
        "cli.applications",
        (
            MODEL,
            Flag(("n", "num-units"), "Number of units", default="1"),
            Flag(("channel",), "Channel of the charm"),
            Flag(("revision",), "Revision of the charm"),
            Flag(("config",), "Option: key=value, or a YAML file", repeat=True),
            Flag(("resource",), "Resource: name=path", repeat=True),
            Flag(("to",), "Machine to place the unit on, one a unit: 0,3"),
            Flag(("attach-storage",), "Storage that is there already: data/0", repeat=True),
            Flag(("base", "series"), "Kept as a record"),
            Flag(("constraints",), "Kept as a record", repeat=True),
            Flag(("storage",), "Storage: name=pool,size,count", repeat=True),
            Flag(("bind",), "Kept as a record"),
            Flag(("trust",), "Let the charm see the cloud's credentials", takes_value=False),
            Flag(("force",), "Accepted for Juju's sake", takes_value=False),
        ),
        "deploy kafka --channel 3/stable",
        arguments=(1, 2),
    ),
    Verb(
        "add-unit",
        "<application>",
        "Add units to an application",
        "cli.applications",
        (
            MODEL,
            Flag(("n", "num-units"), "Number of units", default="1"),
            Flag(("to",), "Machine to place the unit on, one a unit: 0,3"),
            Flag(("attach-storage",), "Storage that is there already: data/0", repeat=True),
        ),
        "add-unit kafka -n 2",
        arguments=(1, 1),
    ),
    Verb(
        "remove-unit",
        "<unit> [<unit> ...]",
        "Remove units",
        "cli.applications",
        (
            MODEL,
            NO_PROMPT,
            FORCE,
            DESTROY_STORAGE,
            Flag(("no-wait",), "With --force: at once", takes_value=False),
        ),
        "remove-unit kafka/2 --no-prompt",
        arguments=(1, 999),
    ),
    Verb(
        "remove-application",
        "<application> [<application> ...]",
        "Remove applications with their units",
        "cli.applications",
        (
            MODEL,
            NO_PROMPT,
            FORCE,
            DESTROY_STORAGE,
            Flag(("no-wait",), "With --force: at once", takes_value=False),
        ),
        "remove-application kafka-test-app --no-prompt",
        arguments=(1, 999),
    ),
    Verb(
        "config",
        "<application> [<key>[=<value>] ...]",
        "Show or set the options of an application",
        "cli.applications",
        (
            MODEL,
            output_format("yaml", "json"),
            Flag(("reset",), "Options to reset", repeat=True),
            Flag(("file",), "YAML file of options"),
        ),
        "config kafka-test-app role=consumer",
        arguments=(1, 999),
    ),
)
