"""The rows of secrets."""

from kafkastack.cli.verbs.row import MODEL, Verb, output_format
from kafkastack.gnuflag import Flag

_INFO = Flag(("info",), "What it is for")
_FILE = Flag(("file",), "YAML file of keys and values", metavar="file")
_REVISION = Flag(("r", "revision"), "Only this revision")

VERBS: tuple[Verb, ...] = (
    Verb(
        "add-secret",
        "<name> [<key>[#base64|#file]=<value> ...]",
        "Make a secret of the model",
        "cli.secrets",
        (MODEL, _INFO, _FILE),
        "add-secret my-secret password#file=./password.txt",
        arguments=(1, 999),
    ),
    Verb(
        "update-secret",
        "<id>|<name> [<key>[#base64|#file]=<value> ...]",
        "Change a secret of the model",
        "cli.secrets",
        (
            MODEL,
            _INFO,
            _FILE,
            Flag(("name",), "Its new name"),
            Flag(("auto-prune",), "Revisions that nobody reads go", takes_value=False),
        ),
        "update-secret my-secret password=another",
        arguments=(1, 999),
    ),
    Verb(
        "grant-secret",
        "<id>|<name> <application>[,<application>...]",
        "Let applications read a secret of the model",
        "cli.secrets",
        (MODEL,),
        "grant-secret my-secret data-integrator",
        arguments=(2, 2),
    ),
    Verb(
        "revoke-secret",
        "<id>|<name> <application>[,<application>...]",
        "Take back what was granted",
        "cli.secrets",
        (MODEL,),
        "revoke-secret my-secret data-integrator",
        arguments=(2, 2),
    ),
    Verb(
        "secrets",
        "",
        "List the secrets",
        "cli.secrets",
        (
            MODEL,
            Flag(("owner",), "Only of this owner: application-kafka, unit-kafka-0"),
            output_format("tabular", "json", "yaml"),
        ),
        arguments=(0, 0),
    ),
    Verb(
        "show-secret",
        "<id>|<name>",
        "Show a secret; its content only with --reveal",
        "cli.secrets",
        (
            MODEL,
            Flag(("reveal",), "Show its content", takes_value=False),
            Flag(("revisions",), "Show its revisions", takes_value=False),
            _REVISION,
            output_format("yaml", "json"),
        ),
        "show-secret my-secret --reveal",
        arguments=(1, 1),
    ),
    Verb(
        "remove-secret",
        "<id>|<name>",
        "Remove a secret of the model, or one revision of it",
        "cli.secrets",
        (MODEL, Flag(("revision",), "Only this revision")),
        "remove-secret my-secret",
        arguments=(1, 1),
    ),
)
