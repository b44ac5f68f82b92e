"""How many and how large: the bounds of what is asked for, and of what strangers write.

Each is far above what a model on one host can hold, and low enough that a controller that is
asked for as much goes on answering. docs/reference/bounds.md explains them.
"""

from kafkastack.errors import UsageError

# What one command, or one application of a bundle, may ask for.
UNITS = 250
MACHINES = 250
STORAGES = 100  # of one name for one unit
PLACEMENTS = 250

# What a bundle may describe altogether.
BUNDLE_APPLICATIONS = 250
BUNDLE_UNITS = 1000
BUNDLE_RELATIONS = 1000

# What a charm may define.
ENDPOINTS = 250
OPTIONS = 2000
ACTIONS = 1000
CHARM_STORAGES = 100
RESOURCES = 100

# What is written.
NAME = 100  # characters
VALUE_BYTES = 5 * 1024 * 1024  # of an option, from a file too; Juju's own bound
FILE_BYTES = 5 * 1024 * 1024  # of a file that is read as text: a bundle, settings, credentials
YAML_VALUES = 100_000  # with what aliases stand for
YAML_DEPTH = 64
JSON_DEPTH = 64
SECONDS = 10 * 365 * 86400.0  # that a wait may be told to last


def check_count(what: str, count: int, most: int, least: int = 0) -> int:
    """Return a count that is within its bounds; `what` says what is counted."""
    if count > most:
        raise UsageError(f"{what}: {_shown(count)} are too many, at most {most} at once")
    if count < least:
        raise UsageError(f"{what}: {_shown(count)} are too few, at least {least}")
    return count


def _shown(count: int) -> str:
    return str(count) if abs(count) < 10**12 else "more than 10^12" if count > 0 else "that"
