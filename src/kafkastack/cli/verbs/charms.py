"""The rows of charms: which there are, and what of them is exchanged while they run."""

from kafkastack.cli.verbs.row import MODEL, Verb, output_format
from kafkastack.gnuflag import Flag

_CHANNEL = Flag(("channel",), "Channel of the charm")

VERBS: tuple[Verb, ...] = (
    Verb(
        "find",
        "[<word> ...]",
        "List our charms, or those with these words in name or summary",
        "cli.store",
        (output_format("tabular", "json", "yaml"),),
        "find kafka",
    ),
    Verb(
        "info",
        "<charm>",
        "Show what a charm of ours offers",
        "cli.store",
        (output_format("yaml", "json"), _CHANNEL),
        "info kafka",
        arguments=(1, 1),
    ),
    Verb(
        "charm-resources",
        "<charm>",
        "List the resources of a charm of ours",
        "cli.store",
        (output_format("tabular", "json", "yaml"), _CHANNEL),
        "charm-resources kafka",
        arguments=(1, 1),
    ),
    Verb(
        "pack",
        "[<folder>|<charm>]",
        "Pack a charm for the machines of a base, as charmcraft does",
        "cli.packing",
        (
            Flag(("base",), "Base of the machines", default="ubuntu@24.04"),
            Flag(("o", "output"), "Folder to write to"),
        ),
        "pack kafka --base ubuntu@24.04",
        arguments=(0, 1),
    ),
    Verb(
        "refresh",
        "<application>",
        "Refresh an application's charm: from a folder, or ours as it is now",
        "cli.charms",
        (
            MODEL,
            Flag(("path",), "Folder of the charm", metavar="path"),
            Flag(("switch",), "Another charm in its place, by name or folder", metavar="charm"),
            Flag(("channel",), "Channel of the charm"),
            Flag(("revision",), "Revision of the charm, one that a channel has"),
            Flag(("config",), "Option: key=value, or a YAML file", repeat=True),
            Flag(("resource",), "Resource: name=path", repeat=True),
            Flag(("storage",), "Storage of units to come: name=pool,size,count", repeat=True),
            Flag(("base",), "Base of its machines to come; local: a record"),
            Flag(("trust",), "Let the charm see the cloud's credentials", takes_value=False),
            Flag(("force-units",), "Units in error take it, too", takes_value=False),
            Flag(("force", "force-base"), "Accepted for Juju's sake", takes_value=False),
        ),
        "refresh my-app --path ./my-charm",
        arguments=(1, 1),
    ),
    Verb(
        "attach-resource",
        "<application> <resource>[=<file>|<revision>]",
        "Give an application a file; its units run upgrade-charm",
        "cli.charms",
        (MODEL, Flag(("reset",), "The file of the charm's channel again", takes_value=False)),
        "attach-resource kafka kafka=./kafka.jar",
        arguments=(2, 2),
    ),
    Verb(
        "resources",
        "<application>|<unit>",
        "List the resources of an application",
        "cli.charms",
        (MODEL, output_format("tabular", "json", "yaml")),
        "resources kafka",
        arguments=(1, 1),
    ),
    Verb(
        "show-application",
        "<application> [<application> ...]",
        "Show applications: charm, channel, constraints, bindings",
        "cli.charms",
        (MODEL, output_format("yaml", "json")),
        "show-application kafka",
        arguments=(1, 999),
    ),
    Verb(
        "trust",
        "<application>",
        "Let a charm see the credentials of its cloud",
        "cli.charms",
        (
            MODEL,
            Flag(("remove",), "Take the trust away", takes_value=False),
            Flag(("scope",), "For charms on Kubernetes: not needed here"),
        ),
        "trust kafka",
        arguments=(1, 1),
    ),
)
