"""Operations of an agent: one frozen record for each kind."""

from msgspec import Struct

from kafkastack.model.records import Hook


class InstallCharm(Struct, frozen=True):
    """Put the files and the environment of a charm on the machine."""

    charm: str


class PlaceStorage(Struct, frozen=True):
    """Give each storage instance that has none yet its folder on the machine."""


class LetGo(Struct, frozen=True):
    """Let go of a storage: the charm has been told, or has never heard of it."""

    storage: str


class Join(Struct, frozen=True):
    """Enter the scope of a relation, with the addresses as first data."""

    relation: int


class Leave(Struct, frozen=True):
    """Leave the scope of a relation and forget it; no hook belongs to it any more."""

    relation: int


class RunHook(Struct, frozen=True):
    """Dispatch a hook."""

    hook: Hook
    attempt: int = 1


class SkipHook(Struct, frozen=True):
    """Take a failed hook as done, as `resolved --no-retry` asks."""

    hook: Hook


class RunTask(Struct, frozen=True):
    """Run an action, or commands of `exec`."""

    task: int


class Retire(Struct, frozen=True):
    """Everything is done: the unit may be removed from the model."""


class Wait(Struct, frozen=True):
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
