"""Which facts are kept about a model: frozen records, each with a key unique in its model."""

from dataclasses import dataclass, field
from typing import Literal

Life = Literal["alive", "dying", "dead"]
Role = Literal["provider", "requirer", "peer"]
Scope = Literal["global", "container"]


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
class Charm:
    """A charm as deployed: `digest` names its files, the rest is what people are shown."""

    digest: str
    name: str
    origin: str  # "local"
    channel: str
    revision: int
    base: str
    resources: dict[str, str] = field(default_factory=dict[str, str])  # name → artifact or path

    @property
    def key(self) -> str:
        """Two revisions with the same files are two records."""
        return f"{self.name}-{self.revision}-{self.digest}"


@dataclass(frozen=True)
class Machine:
    """A machine, asked for or there; `instance` is the cloud's record as a JSON map."""

    id: str
    base: str
    created: float
    status: StatusInfo
    agent: StatusInfo
    life: Life = "alive"
    forced: bool = False
    placed: bool = False  # a unit was placed here: it goes when its last unit goes
    kept: bool = False  # its instance outlives it (`remove-machine --keep-instance`)
    rebooting: bool = False  # a charm has asked for it (`juju-reboot`)
    boots: int = 0  # how often it has been restarted
    constraints: str = ""
    instance: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def key(self) -> str:
        """The id, as in "0"."""
        return self.id


@dataclass(frozen=True)
class Application:
    """An application; `charm` is a Charm key, `config` holds only what the user set."""

    name: str
    charm: str
    created: float
    life: Life = "alive"
    config: dict[str, str | int | float | bool] = field(
        default_factory=dict[str, str | int | float | bool]
    )
    subordinate: bool = False
    trust: bool = False
    exposed: bool = False
    exposed_endpoints: dict[str, str] = field(default_factory=dict[str, str])  # "": all → CIDRs
    constraints: str = ""
    leader: str = ""
    leader_settings: dict[str, str] = field(default_factory=dict[str, str])
    leader_written: int = 0  # how often they have changed
    status: StatusInfo | None = None  # None: derived from the units
    version: str = ""
    storage: dict[str, str] = field(default_factory=dict[str, str])
    resources: dict[str, str] = field(default_factory=dict[str, str])  # overrides of the charm's
    modified: int = 0  # changes of its resources, each of which upgrade-charm tells
    force_charm: bool = False  # units in error take the charm, too

    @property
    def key(self) -> str:
        """The name."""
        return self.name


@dataclass(frozen=True)
class Unit:
    """A unit as everybody sees it."""

    name: str
    machine: str
    created: float
    workload: StatusInfo
    agent: StatusInfo
    life: Life = "alive"
    forced: bool = False
    principal: str = ""
    charm: str = ""  # the Charm key it runs
    ports: tuple[str, ...] = ()  # "9092/tcp", endpoint-scoped as "9092/tcp@kafka-client"
    version: str = ""
    resolved: Literal["", "retry", "skip"] = ""

    @property
    def key(self) -> str:
        """The name, as in "kafka/0"."""
        return self.name

    @property
    def application(self) -> str:
        """The application the unit belongs to."""
        return self.name.rpartition("/")[0]

    @property
    def number(self) -> int:
        """The unit number."""
        return int(self.name.rpartition("/")[2])


@dataclass(frozen=True)
class Endpoint:
    """One side of a relation."""

    application: str
    name: str
    interface: str
    role: Role
    scope: Scope = "global"

    def __str__(self) -> str:
        return f"{self.application}:{self.name}"


@dataclass(frozen=True)
class Relation:
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
        """Tell whether this is an application's relation with itself."""
        return len(self.endpoints) == 1

    def endpoint_of(self, application: str) -> Endpoint | None:
        """Return the endpoint of `application` in this relation."""
        return next((e for e in self.endpoints if e.application == application), None)

    def counterpart_of(self, application: str) -> Endpoint | None:
        """Return the other side; for a peer relation the same endpoint."""
        if self.is_peer:
            return self.endpoint_of(application)
        return next((e for e in self.endpoints if e.application != application), None)


@dataclass(frozen=True)
class Offer:
    """Endpoints of an application that other models may integrate with."""

    name: str
    application: str
    endpoints: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name."""
        return self.name


@dataclass(frozen=True)
class Saas:
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


@dataclass(frozen=True)
class Databag:
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


@dataclass(frozen=True)
class Storage:
    """A storage instance: attached to a unit, on its way from one, or kept for the next.

    Its files lie at `location` on `machine`, or are `shelved` in the controller's folder.
    """

    id: str  # "data/0"
    name: str
    unit: str  # "": detached
    kind: str = "filesystem"
    location: str = ""
    life: Life = "alive"
    attachment: Life = "alive"  # dying: the unit is told, and lets go
    machine: str = ""
    shelved: bool = False
    released: bool = False  # removed, but not its files
    pool: str = "rootfs"
    size: int = 0  # MiB
    created: float = 0.0

    @property
    def key(self) -> str:
        """The id, as in "data/0"."""
        return self.id


@dataclass(frozen=True)
class StoragePool:
    """A named way to make storage, added by `create-storage-pool`."""

    name: str
    provider: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def key(self) -> str:
        """The name."""
        return self.name


@dataclass(frozen=True)
class SshKey:
    """A public key of people who may enter the machines, as `ssh-keygen` writes it."""

    text: str

    @property
    def key(self) -> str:
        """The key itself."""
        return self.text


@dataclass(frozen=True)
class Secret:
    """A secret's metadata; times in seconds of the epoch, 0 when there is none."""

    id: str
    owner: str  # "kafka", "kafka/0", or "" for the model (a user secret)
    created: float
    updated: float
    revision: int = 1
    label: str = ""
    name: str = ""
    description: str = ""
    rotate: str = "never"
    rotates: float = 0.0
    expires: float = 0.0
    auto_prune: bool = False  # revisions that nobody tracks go by themselves

    @property
    def key(self) -> str:
        """The bare id."""
        return self.id


@dataclass(frozen=True)
class SecretRevision:
    """One revision's content."""

    secret: str
    revision: int
    content: dict[str, str]
    created: float
    obsolete_told: bool = False  # the owner has been sent secret-remove

    @property
    def key(self) -> str:
        """Secret and revision."""
        return f"{self.secret}/{self.revision}"


@dataclass(frozen=True)
class SecretConsumer:
    """What a unit tracks of a secret: revision and its own label."""

    secret: str
    unit: str
    revision: int
    label: str = ""
    told: int = 0  # the newest revision it was told of by secret-changed

    @property
    def key(self) -> str:
        """Secret and consumer."""
        return f"{self.secret}/{self.unit}"


@dataclass(frozen=True)
class SecretGrant:
    """Who else may read a secret: an application or unit, while the relation lives."""

    secret: str
    target: str
    relation: int = -1  # -1: not bound to a relation (user secrets)

    @property
    def key(self) -> str:
        """Secret, target and relation."""
        return f"{self.secret}/{self.target}/{self.relation}"


TaskStatus = Literal[
    "pending", "running", "aborting", "completed", "failed", "cancelled", "aborted", "error"
]
ENDED: tuple[TaskStatus, ...] = ("completed", "failed", "cancelled", "aborted", "error")


def tag_of(entity: str) -> str:
    """Return the tag that Juju names a unit or a machine by: "unit-kafka-0", "machine-0"."""
    kind = "machine" if entity[:1].isdigit() else "unit"
    return f"{kind}-{entity.replace('/', '-')}"


@dataclass(frozen=True)
class Task:
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


@dataclass(frozen=True)
class Operation:
    """What one `run` or `exec` asked for; its tasks carry the results."""

    id: int
    summary: str
    enqueued: float
    tasks: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """The operation id."""
        return str(self.id)


@dataclass(frozen=True)
class Hook:
    """One hook to run; empty fields do not apply to its kind."""

    kind: str  # "config-changed", "relation-joined", "storage-attached", "secret-changed" …
    relation: int = -1
    endpoint: str = ""
    remote_application: str = ""
    remote_unit: str = ""
    departing_unit: str = ""
    version: int = 0  # the databag version, or the leader/secret revision, this hook tells of
    storage: str = ""
    location: str = ""  # of the storage
    secret: str = ""
    secret_label: str = ""
    digest: str = ""  # config hash this hook tells of

    @property
    def name(self) -> str:
        """The hook's file name: "kafka-relation-joined", "data-storage-attached"."""
        if self.kind.startswith("relation-"):
            return f"{self.endpoint}-{self.kind}"
        if self.kind.startswith("storage-"):
            return f"{self.storage.partition('/')[0]}-{self.kind}"
        return self.kind

    @property
    def subject(self) -> str:
        """What it tells of: "db:7 pg/0", "data/0", "secret:…", "" for none."""
        relation = f"{self.endpoint}:{self.relation}" if self.relation >= 0 else ""
        remote = self.remote_unit or self.remote_application
        secret = f"secret:{self.secret}" if self.secret else ""
        return " ".join(part for part in (relation, remote, self.storage, secret) if part)


@dataclass(frozen=True)
class FailedHook:
    """A hook that ended in error: it blocks its unit until it is retried or skipped."""

    hook: Hook
    attempts: int
    retry_at: float
    traceback: str = ""  # the last lines the charm printed, scrubbed


@dataclass(frozen=True)
class RelationState:
    """What a unit has been told of one relation: versions seen by unit and application."""

    created: bool = False
    joined: bool = False  # the unit has entered the relation's scope
    members: dict[str, int] = field(default_factory=dict[str, int])
    applications: dict[str, int] = field(default_factory=dict[str, int])
    changed_pending: str = ""  # a member whose joined has run and whose changed has not


@dataclass(frozen=True)
class UnitState:
    """What a unit's agent has done and its charm has been told; compared with what is true."""

    unit: str
    installed: bool = False
    started: bool = False
    stopped: bool = False
    removed: bool = False
    charm: str = ""  # Charm key of the files on the machine
    told_charm: str = ""  # Charm key of the last install or upgrade-charm
    told_modified: int = 0  # Application.modified at that time
    config_hash: str = ""
    leader: bool | None = None
    leader_written: int = 0  # Application.leader_written at the last leader-settings-changed
    relations: dict[str, RelationState] = field(default_factory=dict[str, RelationState])
    storage: tuple[str, ...] = ()
    failed: FailedHook | None = None
    running: Hook | None = None  # set while a hook runs: a crash makes it a failed one
    charm_state: dict[str, str] = field(default_factory=dict[str, str])
    last_update_status: float = 0.0
    reboots_told: int = 0

    @property
    def key(self) -> str:
        """The unit's name."""
        return self.unit


RECORDS: tuple[type, ...] = (
    Model,
    ControllerSettings,
    Charm,
    Machine,
    Application,
    Unit,
    Relation,
    Offer,
    Saas,
    Databag,
    Storage,
    StoragePool,
    SshKey,
    Secret,
    SecretRevision,
    SecretConsumer,
    SecretGrant,
    Task,
    Operation,
    UnitState,
)
