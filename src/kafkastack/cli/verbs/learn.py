"""The rows with which one learns."""

from kafkastack.cli.verbs.row import MODEL, QUIET, Verb, output_format
from kafkastack.gnuflag import Flag

VERBS: tuple[Verb, ...] = (
    Verb(
        "tutorial",
        "run|list|show|remove|purge [<tutorial>]",
        "Walk a tutorial, checkpoint by checkpoint",
        "tutorial.command",
        (
            QUIET,
            Flag(("cloud",), "Cloud to walk it on", default="local"),
            Flag(("kafka",), "The tutorial about this track of Kafka: 4 or 3"),
        ),
        "tutorial run kafka-4-on-microstack",
        arguments=(0, 2),
    ),
    Verb(
        "shell",
        "",
        "Open a shell in which `juju` is kafkastack, or run a script in one",
        "cli.shell",
        (MODEL, Flag(("c", "command"), "Run this command, and end")),
        "shell -c 'juju status'",
        arguments=(0, 0),
    ),
    Verb(
        "version",
        "",
        "Show the version",
        "cli.main",
        (
            output_format("smart", "json", "yaml"),
            Flag(("all",), "Everything that is known", takes_value=False),
        ),
        arguments=(0, 0),
    ),
    Verb(
        "help",
        "[<verb>|<topic>]",
        "Show help on a command or other topic",
        "cli.help",
        arguments=(0, 2),
    ),
    Verb(
        "help-hook-commands",
        "[<hook command>]",
        "Show what a tool of hooks does, or list them",
        "cli.hook_help",
        (),
        "help-hook-commands relation-get",
        arguments=(0, 1),
    ),
    Verb(
        "help-action-commands",
        "[<action command>]",
        "Show what a tool of actions does, or list them",
        "cli.hook_help",
        (),
        "help-action-commands action-set",
        arguments=(0, 1),
    ),
    Verb(
        "completion",
        "[bash|zsh|fish]",
        "Print the script with which a shell completes verbs, flags and names",
        "cli.completion",
        (Flag(("names",), "Print the names there are: applications, units, models, controllers"),),
        "completion bash > ~/.local/share/bash-completion/completions/kafkastack",
    ),
)
