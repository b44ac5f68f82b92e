"""Row of the table of verbs, and the flags that many rows share."""

from typing import NamedTuple

from kafkastack.gnuflag import Flag

MODEL = Flag(("m", "model"), "Model to operate in: [<controller>:]<model>", metavar="model")
CONTROLLER = Flag(("c", "controller"), "Controller to operate in", metavar="controller")
NO_PROMPT = Flag(("no-prompt", "y", "yes"), "Do not ask for confirmation", takes_value=False)
FORCE = Flag(("force",), "End it without waiting for its hooks", takes_value=False)
DESTROY_STORAGE = Flag(
    ("destroy-storage",), "Destroy the storage with it, also what could be kept", takes_value=False
)
IGNORE_READ_ONLY = Flag(
    ("ignore-read-only-fields",), "Leave out of the file what cannot be set", takes_value=False
)
QUIET = Flag(("q", "quiet"), "Say nothing but errors", takes_value=False)


OUTPUT = Flag(("o", "output"), "File to write to, in place of the terminal")

# What every verb takes; a verb's own flag of the same name goes before.
GLOBAL = (
    Flag(("debug",), "Show where an error comes from", takes_value=False),
    Flag(("show-log",), "Accepted for compatibility; has no effect", takes_value=False),
    Flag(("v", "verbose"), "All is told without it", takes_value=False),
    QUIET,
    Flag(("logging-config",), "For the client's log, which it has none", metavar="levels"),
    Flag(("B", "no-browser-login"), "No browser is used", takes_value=False),
)


def output_format(default: str, *others: str) -> Flag:
    """Return the flag --format with these choices."""
    choices = (default, *others)
    words = f"Output format ({'|'.join(choices)})"
    return Flag(("format",), words, default=default, metavar="format", choices=choices)


class Verb(NamedTuple):
    """One verb: where it runs is `kafkastack.<module>:<function of the verb's name>`."""

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
        return self.name.rpartition(" ")[2].replace("-", "_")

    def with_output(self) -> "Verb":
        """Return the row with --output, which every verb has that has --format, as in Juju."""
        keys = {flag.key for flag in self.flags}
        wants = "format" in keys and "output" not in keys
        return self._replace(flags=(*self.flags, OUTPUT)) if wants else self
