"""The rows of machines."""

from kafkastack.cli.verbs.row import FORCE, MODEL, NO_PROMPT, Verb, output_format
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "machines",
        "",
        "List the machines",
        "cli.machines",
        (MODEL, output_format("tabular", "json", "yaml")),
        "machines",
        arguments=(0, 0),
    ),
    Verb(
        "show-machine",
        "[<machine> ...]",
        "Show machines",
        "cli.machines",
        (MODEL, output_format("yaml", "json", "tabular")),
        "show-machine 0",
    ),
    Verb(
        "add-machine",
        "[ssh:[<user>@]<host>|lxd[:<machine>]]",
        "Add machines without units, for units to be placed on",
        "cli.machines",
        (
            MODEL,
            Flag(("n",), "Number of machines", default="1"),
            Flag(("base", "series"), "Base of its machines; local: a record"),
            Flag(("constraints",), "What its machines need; local: a record", repeat=True),
            Flag(("disks",), "Disks to add: refused, machines here have none", repeat=True),
            Flag(("private-key",), "Of a machine added by ssh: refused, see there"),
            Flag(("public-key",), "Of a machine added by ssh: refused, see there"),
        ),
        "add-machine -n 2",
        arguments=(0, 1),
    ),
    Verb(
        "remove-machine",
        "<machine> [<machine> ...]",
        "Remove machines",
        "cli.machines",
        (
            MODEL,
            NO_PROMPT,
            FORCE,
            Flag(("keep-instance",), "Forget the machine and let it run on", takes_value=False),
            Flag(("dry-run",), "Only tell what would go", takes_value=False),
            Flag(("no-wait",), "With --force: at once", takes_value=False),
        ),
        "remove-machine 3 --no-prompt",
        arguments=(1, 999),
    ),
)
