"""Records of a model and of its controller."""

from typing import Literal

from msgspec import Struct, field

Life = Literal["alive", "dying", "dead"]


class StatusInfo(Struct, frozen=True):
    """A status as `status-set` writes it; `since` in seconds of the epoch."""

    current: str
    message: str = ""
    since: float = 0.0
    data: dict[str, str] = field(default_factory=dict[str, str])


class Model(Struct, frozen=True):
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


class ControllerSettings(Struct, frozen=True):
    """What a controller is set to, and what it gives to new models; kept beside the models."""

    config: dict[str, str] = field(default_factory=dict[str, str])
    model_defaults: dict[str, str] = field(default_factory=dict[str, str])
    constraints: str = ""  # those it was bootstrapped with

    @property
    def key(self) -> str:
        """There is one."""
        return "controller"


class SshKey(Struct, frozen=True):
    """A public key of people who may enter the machines, as `ssh-keygen` writes it."""

    text: str

    @property
    def key(self) -> str:
        """The key itself."""
        return self.text
