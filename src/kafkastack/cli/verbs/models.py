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

SETTINGS = (
    Flag(("reset",), "Reset the provided comma delimited keys", repeat=True, metavar="keys"),
    Flag(("file",), "Path to yaml-formatted configuration file", metavar="file"),
    Flag(
        ("ignore-read-only-fields",),
        "Leave out of the file what cannot be set",
        takes_value=False,
    ),
)

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
        "[<model-key>[=<value>] ...]",
        "Display or set configuration values on a model",
        "cli.settings",
        (MODEL, output_format("tabular", "json", "yaml"), *SETTINGS),
        "model-config update-status-hook-interval=1m",
    ),
    Verb(
        "model-defaults",
        "[<model-key>[=<value>] ...]",
        "Display or set default configuration settings for new models",
        "cli.settings",
        (CONTROLLER, output_format("tabular", "json", "yaml"), *SETTINGS),
        "model-defaults logging-config='<root>=INFO;unit=DEBUG'",
    ),
    Verb(
        "destroy-model",
        "<model name>",
        "End a model and everything in it",
        "cli.models",
        (
            NO_PROMPT,
            DESTROY_STORAGE,
            Flag(("release-storage",), "Keep the files of detached storage", takes_value=False),
            FORCE,
            Flag(("no-wait",), "With --force: at once", takes_value=False),
            Flag(("t", "timeout"), "Force what is left after this time", default="60s"),
        ),
        "destroy-model demo --no-prompt",
        arguments=(1, 1),
    ),
)
