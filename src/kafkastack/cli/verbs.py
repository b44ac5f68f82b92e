"""Which verbs there are: one row each, from which parser, help and reference page come."""

from typing import NamedTuple

from kafkastack.gnuflag import Flag

MODEL = Flag(("m", "model"), "Model to operate in: [<controller>:]<model>", metavar="model")
CONTROLLER = Flag(("c", "controller"), "Controller to operate in", metavar="controller")
NO_PROMPT = Flag(("no-prompt", "y", "yes"), "Do not ask for confirmation", takes_value=False)
FORCE = Flag(("force",), "End it without waiting for its hooks", takes_value=False)
DESTROY_STORAGE = Flag(
    ("destroy-storage",), "Destroy the storage with it (always so here)", takes_value=False
)
QUIET = Flag(("q", "quiet"), "Say nothing but errors", takes_value=False)


def _format(default: str, *others: str) -> Flag:
    choices = (default, *others)
    words = f"Output format ({'|'.join(choices)})"
    return Flag(("format",), words, default=default, metavar="format", choices=choices)


class Verb(NamedTuple):
    """One verb: where it runs is `kafkastack.<module>:<function of the verb's name>`."""

    family: str
    name: str
    usage: str
    summary: str
    module: str
    flags: tuple[Flag, ...] = ()
    example: str = ""
    intermixed: bool = True  # flags may follow positional words
    arguments: tuple[int, int] = (0, 999)  # how many positional words it takes

    @property
    def function(self) -> str:
        """The name of the Python function that runs the verb."""
        return self.name.replace("-", "_")


VERBS: tuple[Verb, ...] = (
    Verb(
        "Begin and end",
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
        "Begin and end",
        "controllers",
        "",
        "List the controllers",
        "cli.controllers",
        (_format("tabular", "json", "yaml"),),
        arguments=(0, 0),
    ),
    Verb(
        "Begin and end",
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
        "Begin and end",
        "preflight",
        "",
        "Tell what this machine has, what will be fetched, and who is in the way",
        "cli.preflight",
        (),
    ),
    Verb(
        "Begin and end",
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
    Verb(
        "Models",
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
        "Models",
        "models",
        "",
        "List the models of a controller",
        "cli.models",
        (CONTROLLER, _format("tabular", "json", "yaml")),
        arguments=(0, 0),
    ),
    Verb(
        "Models",
        "switch",
        "[<controller>|<model>|<controller>:<model>]",
        "Show or change the current controller and model",
        "cli.models",
        arguments=(0, 1),
    ),
    Verb(
        "Models",
        "show-model",
        "[<model name>]",
        "Show a model",
        "cli.models",
        (_format("yaml", "json"),),
        arguments=(0, 1),
    ),
    Verb(
        "Models",
        "model-config",
        "[<key>[=<value>] ...]",
        "Show or set the configuration of a model",
        "cli.models",
        (
            MODEL,
            _format("tabular", "json", "yaml"),
            Flag(("reset",), "Keys to reset", repeat=True),
        ),
        "model-config update-status-hook-interval=1m",
    ),
    Verb(
        "Models",
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
    Verb(
        "Applications",
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
            Flag(("to",), "Machine to place the unit on"),
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
        "Applications",
        "add-unit",
        "<application>",
        "Add units to an application",
        "cli.applications",
        (
            MODEL,
            Flag(("n", "num-units"), "Number of units", default="1"),
            Flag(("to",), "Machine to place the unit on"),
        ),
        "add-unit kafka -n 2",
        arguments=(1, 1),
    ),
    Verb(
        "Applications",
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
        "Applications",
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
        "Applications",
        "config",
        "<application> [<key>[=<value>] ...]",
        "Show or set the options of an application",
        "cli.applications",
        (
            MODEL,
            _format("yaml", "json"),
            Flag(("reset",), "Options to reset", repeat=True),
            Flag(("file",), "YAML file of options"),
        ),
        "config kafka-test-app role=consumer",
        arguments=(1, 999),
    ),
    Verb(
        "Applications",
        "info",
        "<charm>",
        "Show what a charm of ours offers",
        "cli.applications",
        (_format("yaml", "json"), Flag(("channel",), "Channel of the charm")),
        "info kafka",
        arguments=(1, 1),
    ),
    Verb(
        "Relations",
        "integrate",
        "<application>[:<endpoint>] <application>[:<endpoint>]",
        "Integrate two applications",
        "cli.relations",
        (MODEL, Flag(("via",), "Kept as a record")),
        "integrate kafka zookeeper",
        arguments=(2, 2),
    ),
    Verb(
        "Relations",
        "remove-relation",
        "<application>[:<endpoint>] <application>[:<endpoint>]",
        "Remove the relation of two applications",
        "cli.relations",
        (MODEL, FORCE),
        "remove-relation kafka-test-app kafka",
        arguments=(2, 2),
    ),
    Verb(
        "See",
        "status",
        "[<selector> ...]",
        "Show the model: applications, units, machines",
        "cli.status",
        (
            MODEL,
            _format("tabular", "json", "yaml", "oneline", "line", "short", "summary"),
            Flag(("relations", "integrations"), "Show the integrations", takes_value=False),
            Flag(("storage",), "Show the storage", takes_value=False),
            Flag(("watch",), "Show it again and again, at this interval"),
            Flag(("color",), "Colours even when piped", takes_value=False),
            Flag(("no-color",), "No colours", takes_value=False),
            Flag(("utc",), "Times in UTC", takes_value=False),
            Flag(("o", "output"), "File to write to"),
        ),
        "status --relations --watch 1s",
    ),
    Verb(
        "See",
        "show-unit",
        "<unit> [<unit> ...]",
        "Show a unit with its relation data",
        "cli.status",
        (
            MODEL,
            _format("yaml", "json"),
            Flag(("endpoint",), "Only this endpoint"),
            Flag(("app",), "Only application data", takes_value=False),
            Flag(("related-unit",), "Only this related unit"),
        ),
        "show-unit kafka/0",
        arguments=(1, 999),
    ),
    Verb(
        "See",
        "debug-log",
        "",
        "Show the log of the model",
        "cli.status",
        (
            MODEL,
            Flag(("n", "lines"), "Lines to begin with", default="10"),
            Flag(("limit",), "Lines to show at most; ends after them", default=""),
            Flag(("replay",), "Begin with the first line", takes_value=False),
            Flag(("tail",), "Go on with new lines", takes_value=False),
            Flag(("no-tail",), "End after the last line", takes_value=False),
            Flag(("l", "level"), "Lowest level (DEBUG, INFO, WARNING, ERROR)", default=""),
            Flag(("i", "include"), "Only this entity", repeat=True),
            Flag(("x", "exclude"), "Not this entity", repeat=True),
            Flag(("color",), "Colours even when piped", takes_value=False),
        ),
        "debug-log --replay --no-tail",
        arguments=(0, 0),
    ),
    Verb(
        "Operate",
        "run",
        "<unit> [<unit> ...] <action> [<key>=<value> ...]",
        "Run an action",
        "cli.actions",
        (
            MODEL,
            _format("plain", "json", "yaml"),
            Flag(("wait",), "How long to wait for the result", default="60s"),
            Flag(("background",), "Do not wait", takes_value=False),
            Flag(("params",), "YAML file of parameters"),
            Flag(("string-args",), "Take every value as a string", takes_value=False),
            Flag(("color",), "Accepted for Juju's sake", takes_value=False),
            Flag(("utc",), "Times in UTC", takes_value=False),
        ),
        "run data-integrator/leader get-credentials",
        arguments=(2, 999),
    ),
    Verb(
        "Operate",
        "exec",
        "(--unit <unit> | --application <application> | --machine <machine>) -- <commands>",
        "Run commands on units or machines, in a hook context",
        "cli.actions",
        (
            MODEL,
            _format("plain", "json", "yaml"),
            Flag(("u", "unit"), "Unit", repeat=True),
            Flag(("a", "application", "app"), "Every unit of this application", repeat=True),
            Flag(("machine",), "Machine", repeat=True),
            Flag(("all",), "Every machine", takes_value=False),
            Flag(("wait",), "How long to wait for the result", default="5m"),
            Flag(("background",), "Do not wait", takes_value=False),
            Flag(("parallel",), "Accepted for Juju's sake", takes_value=False),
            Flag(("execution-group",), "Accepted for Juju's sake"),
            Flag(("color",), "Accepted for Juju's sake", takes_value=False),
            Flag(("utc",), "Times in UTC", takes_value=False),
        ),
        'exec --application kafka-test-app "tail -n 2 $TMPDIR/*.log"',
        intermixed=False,
        arguments=(1, 999),
    ),
    Verb(
        "Operate",
        "ssh",
        "[<user>@]<unit|machine> [<command>]",
        "Open a shell on a machine, or run a command there",
        "cli.actions",
        (
            MODEL,
            Flag(("container",), "Accepted for Juju's sake"),
            Flag(("no-host-key-checks",), "Accepted for Juju's sake", takes_value=False),
            Flag(("proxy",), "Accepted for Juju's sake", takes_value=False),
            Flag(("pty",), "Accepted for Juju's sake", default=""),
        ),
        "ssh kafka/leader",
        intermixed=False,
        arguments=(1, 999),
    ),
    Verb(
        "Operate",
        "resolved",
        "<unit> [<unit> ...]",
        "Retry or skip the failed hook of a unit",
        "cli.actions",
        (
            MODEL,
            Flag(("no-retry",), "Take the failed hook as done", takes_value=False),
            Flag(("all",), "Every unit in error", takes_value=False),
        ),
        "resolved kafka/0",
    ),
    Verb(
        "Learn",
        "tutorial",
        "run|list|show|remove|purge [<tutorial>]",
        "Walk a tutorial, checkpoint by checkpoint",
        "tutorial.command",
        (
            QUIET,
            Flag(("cloud",), "Cloud to walk it on", default="local"),
        ),
        "tutorial run kafka-on-microstack",
        arguments=(0, 2),
    ),
    Verb(
        "Learn",
        "version",
        "",
        "Show the version",
        "cli.main",
        (
            _format("smart", "json", "yaml"),
            Flag(("all",), "Everything that is known", takes_value=False),
        ),
        arguments=(0, 0),
    ),
    Verb(
        "Learn",
        "help",
        "[<verb>]",
        "Show help",
        "cli.main",
        arguments=(0, 1),
    ),
)

ALIASES: dict[str, str] = {
    "relate": "integrate",
    "add-relation": "integrate",
    "list-models": "models",
    "list-controllers": "controllers",
    "resolve": "resolved",
}
BY_NAME: dict[str, Verb] = {verb.name: verb for verb in VERBS}
