"""Bounds on how much may be asked for, and on how much strangers may write: counts and sizes.

Each is far above what a model on one host can hold, and low enough that a controller that is
asked for as much goes on answering. docs/reference/bounds.md tells them.
"""

from collections.abc import Sized

from kafkastack.errors import UsageError

# What one command asks for, or one application of a bundle.
UNITS = 250
MACHINES = 250
STORAGES = 100  # of one name for one unit
SIZE = 2**40  # MiB of one storage, or of what a constraint asks for

# What a bundle describes altogether.
BUNDLE_APPLICATIONS = 250
BUNDLE_MACHINES = 250
BUNDLE_UNITS = 1000
BUNDLE_RELATIONS = 1000
BUNDLE_OFFERS = 250
BUNDLE_SAAS = 250

# What a charm defines.
CHARM_ENDPOINTS = 250
CHARM_STORAGES = 100
CHARM_RESOURCES = 100
CHARM_OPTIONS = 2000
CHARM_ACTIONS = 1000

# What a unit of it says.
MESSAGE = 64 * 1024  # characters of a line of a log, of a status, of an action's failure
HOOK_CHARACTERS = 64 * 1024 * 1024  # that a hook writes: it is kept, call by call, until its end
VERSION = 500  # characters of the version of a workload
RESULTS = 1000  # of one action
RESULTS_CHARACTERS = 1024 * 1024
ACTION_LOG_CHARACTERS = 1024 * 1024  # of one action
LINE_CHARACTERS = 100  # that a line of it counts beside its message
LOG_BYTES = 20 * 1024 * 1024  # of messages that debug-log keeps of a model: Juju's model-logs-size
PORTS = 1000  # and ranges, each counted for each of its endpoints

# What is kept of what a model was asked to run: Juju's max-action-results-size, in memory.
OPERATIONS = 1000
OPERATIONS_CHARACTERS = 64 * 1024 * 1024
TASK_CHARACTERS = 4096  # that a task counts beside its parameters and results

# What is written.
NAME = 100  # characters: of a model, an application, an offer, a secret, a cloud, an option …
LABEL = 500  # characters: of a secret, which a charm makes of several names
SETTINGS = 50_000  # of one call, of one databag, of what a unit keeps
SETTINGS_CHARACTERS = 16 * 1024 * 1024  # of them: what one of Juju's documents holds
SECRET = 1024 * 1024  # bytes of a secret's keys and values, as in Juju
VALUE = 5 * 1024 * 1024  # characters of an option's value, as in Juju
PROXY = 32 * 1024  # characters of one, which stands in the environment of each hook
FILE_BYTES = 5 * 1024 * 1024  # of a file of YAML
YAML_VALUES = 100_000  # of all documents of a file, with what aliases stand for
YAML_DOCUMENTS = 100
YAML_DEPTH = 64
SECONDS = 10 * 365 * 86400.0  # that a command may be told to wait


def check_number(what: str, number: int, most: int, least: int = 0) -> int:
    """Return a number that is within its bounds; UsageError names what it is of."""
    if not least <= number <= most:
        given = number if abs(number) <= 10**15 else "a number of too many digits"
        raise UsageError(f"{what} takes {least} to {most}, not {given}")
    return number


def check_many(what: str, things: Sized, most: int) -> None:
    """Refuse more things than there may be of what is named."""
    if len(things) > most:
        raise UsageError(f"{what}: {len(things)} are too many, at most {most}")


def check_name(what: str, name: str, most: int = NAME) -> str:
    """Return a name that is not too long; UsageError names what it is of."""
    if len(name) > most:
        raise UsageError(f"{what} {name[:20]!r}… is too long: at most {most} characters")
    return name


def shortened(text: str, most: int = MESSAGE) -> str:
    """Return a text of at most so many characters; what is cut ends with "…"."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
