"""What is kept of a model and of its controller."""

from dataclasses import dataclass, field
from typing import Literal

Life = Literal["alive", "dying", "dead"]


@dataclass(frozen=True)
class StatusInfo:
    """A status as `status-set` writes it; `since` in seconds of the epoch."""

    current: str
    message: str = ""
    since: float = 0.0
    data: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Model:
    """A model; `sequences` holds the next free number of each kind of id."""

    uuid: str
    name: str
    cloud: str
    region: str
    created: float
    owner: str = "admin"
    credential: str = "default"
    life: Life = "alive"
    config: dict[str, str] = field(default_factory=dict[str, str])
    constraints: dict[str, str] = field(default_factory=dict[str, str])
    sequences: dict[str, int] = field(default_factory=dict[str, int])
    destroy_deadline: float = 0.0  # when a dying model is forced
    forced: bool = False
    released: bool = False  # what storage is left of it is not destroyed
    ahead: float = 0.0  # seconds that its time was put ahead by `advance-time`

    @property
    def key(self) -> str:
        """The model itself is the only record of its kind in its model."""
        return "model"


@dataclass(frozen=True)
class ControllerSettings:
    """What a controller is set to, and what it gives to new models; kept beside the models."""

    config: dict[str, str] = field(default_factory=dict[str, str])
    model_defaults: dict[str, str] = field(default_factory=dict[str, str])
    constraints: str = ""  # those it was bootstrapped with

    @property
    def key(self) -> str:
        """There is one."""
        return "controller"


@dataclass(frozen=True)
class SshKey:
    """A public key of people who may enter the machines, as `ssh-keygen` writes it."""

    text: str

    @property
    def key(self) -> str:
        """The key itself."""
        return self.text
