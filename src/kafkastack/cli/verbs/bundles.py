"""The rows of bundles; `deploy` takes one, too."""

from kafkastack.cli.verbs.row import MODEL, Verb
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "export-bundle",
        "",
        "Write the model as a bundle",
        "cli.bundles",
        (MODEL, Flag(("filename",), "File to write to, in place of the terminal")),
        "export-bundle --filename kafka.yaml",
        arguments=(0, 0),
    ),
    Verb(
        "diff-bundle",
        "<bundle>",
        "Show where the model differs from a bundle",
        "cli.bundles",
        (MODEL, Flag(("overlay",), "File to lay over the bundle", repeat=True)),
        "diff-bundle ./kafka.yaml",
        arguments=(1, 1),
    ),
)
