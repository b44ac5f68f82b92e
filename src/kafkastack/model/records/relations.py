"""Records of relations, of the databags in them, and of offers."""

from typing import Literal

from msgspec import Struct, field

from kafkastack.model.records.models import Life

Role = Literal["provider", "requirer", "peer"]
Scope = Literal["global", "container"]


class Endpoint(Struct, frozen=True):
    """One side of a relation."""

    application: str
    name: str
    interface: str
    role: Role
    scope: Scope = "global"

    def __str__(self) -> str:
        return f"{self.application}:{self.name}"


class Relation(Struct, frozen=True):
    """A relation: one endpoint for peers, else provider and requirer.

    One that reaches another model is a record in each of both; `far` names the other record, and
    `remote` the application that this model has no more of than its name.
    """

    id: int
    endpoints: tuple[Endpoint, ...]
    life: Life = "alive"
    forced: bool = False
    suspended: bool = False
    message: str = ""  # why it is suspended
    far: str = ""  # "<model uuid>/<relation id>"
    remote: str = ""  # "remote-0f3a…" where it is offered, the name of the SAAS where consumed
    offer: str = ""  # where it is offered: the offer

    @property
    def key(self) -> str:
        """The id."""
        return str(self.id)

    @property
    def is_peer(self) -> bool:
        """Report whether this is an application's relation with itself."""
        return len(self.endpoints) == 1

    def endpoint_of(self, application: str) -> Endpoint | None:
        """Return the endpoint of `application` in this relation."""
        return next((e for e in self.endpoints if e.application == application), None)

    def counterpart_of(self, application: str) -> Endpoint | None:
        """Return the other side; for a peer relation the same endpoint."""
        if self.is_peer:
            return self.endpoint_of(application)
        return next((e for e in self.endpoints if e.application != application), None)


class Offer(Struct, frozen=True):
    """Endpoints of an application that other models may integrate with."""

    name: str
    application: str
    endpoints: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name."""
        return self.name


class Saas(Struct, frozen=True):
    """An offer of another model, by the name that it has in this one."""

    name: str
    model: str  # uuid of the model that offers it
    offer: str
    url: str
    endpoints: tuple[Endpoint, ...]
    created: float
    life: Life = "alive"

    @property
    def key(self) -> str:
        """The name."""
        return self.name


class Databag(Struct, frozen=True):
    """One side's data in a relation: of an application ("kafka") or a unit ("kafka/0")."""

    relation: int
    owner: str
    data: dict[str, str] = field(default_factory=dict[str, str])
    version: int = 0  # 0: never written
    in_scope: bool = False  # units only: it has joined and not left

    @property
    def key(self) -> str:
        """Relation id and owner."""
        return f"{self.relation}/{self.owner}"
