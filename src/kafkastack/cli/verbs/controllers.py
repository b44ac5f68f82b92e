"""The rows of controllers and of what they need: begin and end."""

from kafkastack.cli.verbs.row import DESTROY_STORAGE, FORCE, NO_PROMPT, QUIET, Verb, output_format
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "bootstrap",
        "<cloud> [<controller name>]",
        "Make a controller on a cloud",
        "cli.controllers",
        (
            Flag(("no-switch",), "Do not switch to the new controller", takes_value=False),
            Flag(("config",), "Controller configuration: key=value", repeat=True),
            Flag(("model-default",), "Configuration of new models: key=value", repeat=True),
            Flag(("constraints", "bootstrap-constraints"), "Kept as a record", repeat=True),
            Flag(("bootstrap-base",), "Kept as a record"),
            Flag(("credential",), "Kept as a record"),
            Flag(("force",), "Accepted for Juju's sake", takes_value=False),
        ),
        "bootstrap local overlord",
        arguments=(0, 2),
    ),
    Verb(
        "controllers",
        "",
        "List the controllers",
        "cli.controllers",
        (output_format("tabular", "json", "yaml"),),
        arguments=(0, 0),
    ),
    Verb(
        "destroy-controller",
        "<controller name>",
        "End a controller, its models and everything that runs on it",
        "cli.controllers",
        (
            NO_PROMPT,
            Flag(("destroy-all-models",), "Destroy its models too", takes_value=False),
            DESTROY_STORAGE,
            FORCE,
        ),
        "destroy-controller overlord --destroy-all-models --no-prompt",
        arguments=(1, 1),
    ),
    Verb(
        "preflight",
        "",
        "Tell what this machine has, what will be fetched, and who is in the way",
        "cli.preflight",
        (),
    ),
    Verb(
        "fetch",
        "",
        "Download Kafka, ZooKeeper and, if needed, a Java",
        "cli.fetch",
        (
            Flag(("all",), "Every distribution", takes_value=False),
            Flag(("resource",), "The resource of one charm"),
            Flag(("channel",), "The channel of the charm"),
            Flag(("o", "output"), "Write a jar that needs no other file"),
            QUIET,
        ),
        "fetch --resource kafka -o kafka.jar",
        arguments=(0, 0),
    ),
)
