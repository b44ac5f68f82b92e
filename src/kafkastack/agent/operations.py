"""What an agent can do next: one frozen record a kind of operation."""

from dataclasses import dataclass

from kafkastack.model.records import Hook


@dataclass(frozen=True)
class InstallCharm:
    """Put the files and the environment of a charm on the machine."""

    charm: str


@dataclass(frozen=True)
class PlaceStorage:
    """Give each storage instance that has none yet its folder on the machine."""


@dataclass(frozen=True)
class LetGo:
    """Let go of a storage: the charm has been told, or has never heard of it."""

    storage: str


@dataclass(frozen=True)
class Join:
    """Enter the scope of a relation, with the addresses as first data."""

    relation: int


@dataclass(frozen=True)
class Leave:
    """Leave the scope of a relation and forget it; no hook belongs to it any more."""

    relation: int


@dataclass(frozen=True)
class RunHook:
    """Dispatch a hook."""

    hook: Hook
    attempt: int = 1


@dataclass(frozen=True)
class SkipHook:
    """Take a failed hook as done, as `resolved --no-retry` asks."""

    hook: Hook


@dataclass(frozen=True)
class RunTask:
    """Run an action, or commands of `exec`."""

    task: int


@dataclass(frozen=True)
class Retire:
    """Everything is done: the unit may be removed from the model."""


@dataclass(frozen=True)
class Wait:
    """Nothing to do until something changes, or until `until` (seconds of the epoch)."""

    until: float


Operation = (
    InstallCharm
    | PlaceStorage
    | LetGo
    | Join
    | Leave
    | RunHook
    | SkipHook
    | RunTask
    | Retire
    | Wait
)
