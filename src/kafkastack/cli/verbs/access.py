"""The rows of entering machines."""

from kafkastack.cli.verbs.row import MODEL, Verb
from kafkastack.gnuflag import Flag

_MODULE = "cli.access"
_CONNECTION = (
    MODEL,
    Flag(("container",), "Accepted for Juju's sake: of Kubernetes charms"),
    Flag(("no-host-key-checks",), "Nothing to check: no network is in between", takes_value=False),
    Flag(("proxy",), "Nothing to pass through: no network is in between", takes_value=False),
)

VERBS: tuple[Verb, ...] = (
    Verb(
        "ssh",
        "[<user>@]<unit|machine> [<ssh options>] [<command>]",
        "Open a shell on a machine, or run a command there",
        _MODULE,
        (
            *_CONNECTION,
            Flag(("pty",), "Always so on a terminal, never without", takes_value=False),
        ),
        "ssh kafka/leader",
        intermixed=False,
        arguments=(1, 999),
    ),
    Verb(
        "scp",
        "[-- <scp options>] <source> ... <destination>",
        "Copy files from and to machines; each is FILE or [<user>@]<unit|machine>:FILE",
        _MODULE,
        _CONNECTION,
        "scp kafka/leader:server.properties .",
        arguments=(2, 999),
    ),
    Verb(
        "add-ssh-key",
        "<public key> ...",
        "Add public keys to the model, as records",
        _MODULE,
        (MODEL,),
        'add-ssh-key "$(cat ~/.ssh/id_ed25519.pub)"',
        arguments=(1, 999),
    ),
    Verb(
        "ssh-keys",
        "",
        "List the public keys of the model",
        _MODULE,
        (MODEL, Flag(("full",), "The keys themselves", takes_value=False)),
        "ssh-keys",
        arguments=(0, 0),
    ),
    Verb(
        "remove-ssh-key",
        "<fingerprint, comment or key> ...",
        "Remove public keys from the model",
        _MODULE,
        (MODEL,),
        "remove-ssh-key me@here",
        arguments=(1, 999),
    ),
    Verb(
        "import-ssh-key",
        "<lp|gh>:<user> ...",
        "Refused: tells where the keys are to be found",
        _MODULE,
        (MODEL,),
        arguments=(1, 999),
    ),
)
