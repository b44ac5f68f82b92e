"""Records of actions and commands."""

from typing import Literal

from msgspec import Struct, field

TaskStatus = Literal[
    "pending", "running", "aborting", "completed", "failed", "cancelled", "aborted", "error"
]
ENDED: tuple[TaskStatus, ...] = ("completed", "failed", "cancelled", "aborted", "error")


def tag_of(entity: str) -> str:
    """Return the tag that Juju names a unit or a machine by: "unit-kafka-0", "machine-0"."""
    kind = "machine" if entity[:1].isdigit() else "unit"
    return f"{kind}-{entity.replace('/', '-')}"


class Task(Struct, frozen=True):
    """An action or a command (`action` "juju-exec") for a unit or a machine, with its result."""

    id: int
    operation: int
    unit: str
    action: str
    enqueued: float
    parameters: dict[str, object] = field(default_factory=dict[str, object])
    status: TaskStatus = "pending"
    message: str = ""
    results: dict[str, object] = field(default_factory=dict[str, object])
    log: tuple[tuple[float, str], ...] = ()
    started: float = 0.0
    completed: float = 0.0
    timeout: float = 0.0

    @property
    def key(self) -> str:
        """The task id."""
        return str(self.id)


class Operation(Struct, frozen=True):
    """What one `run` or `exec` asked for; its tasks carry the results."""

    id: int
    summary: str
    enqueued: float
    tasks: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """The operation id."""
        return str(self.id)
