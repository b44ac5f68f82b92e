"""The rows of models."""

from kafkastack.cli.verbs.row import (
    CONTROLLER,
    DESTROY_STORAGE,
    FORCE,
    MODEL,
    NO_PROMPT,
    Verb,
    output_format,
)
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "add-model",
        "<model name> [<cloud>]",
        "Add a model",
        "cli.models",
        (
            Flag(("no-switch",), "Do not switch to the new model", takes_value=False),
            CONTROLLER,
            Flag(("config",), "Model configuration: key=value", repeat=True),
            Flag(("credential",), "Kept as a record"),
        ),
        "add-model demo",
        arguments=(1, 2),
    ),
    Verb(
        "models",
        "",
        "List the models of a controller",
        "cli.models",
        (CONTROLLER, output_format("tabular", "json", "yaml")),
        arguments=(0, 0),
    ),
    Verb(
        "switch",
        "[<controller>|<model>|<controller>:<model>]",
        "Show or change the current controller and model",
        "cli.models",
        arguments=(0, 1),
    ),
    Verb(
        "show-model",
        "[<model name>]",
        "Show a model",
        "cli.models",
        (output_format("yaml", "json"),),
        arguments=(0, 1),
    ),
    Verb(
        "model-config",
        "[<key>[=<value>] ...]",
        "Show or set the configuration of a model",
        "cli.models",
        (
            MODEL,
            output_format("tabular", "json", "yaml"),
            Flag(("reset",), "Keys to reset", repeat=True),
        ),
        "model-config update-status-hook-interval=1m",
    ),
    Verb(
        "destroy-model",
        "<model name>",
        "End a model and everything in it",
        "cli.models",
        (
            NO_PROMPT,
            DESTROY_STORAGE,
            Flag(("release-storage",), "Accepted for Juju's sake", takes_value=False),
            FORCE,
            Flag(("no-wait",), "With --force: at once", takes_value=False),
            Flag(("t", "timeout"), "Force what is left after this time", default="60s"),
        ),
        "destroy-model demo --no-prompt",
        arguments=(1, 1),
    ),
)
