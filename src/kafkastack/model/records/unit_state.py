"""State of a unit: what it has done, and what its charm has been told."""

from msgspec import Struct, field


class Hook(Struct, frozen=True):
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


class FailedHook(Struct, frozen=True):
    """A hook that ended in error: it blocks its unit until it is retried or skipped."""

    hook: Hook
    attempts: int
    retry_at: float
    traceback: str = ""  # the last lines the charm printed, scrubbed


class RelationState(Struct, frozen=True):
    """What a unit has been told of one relation: versions seen by unit and application."""

    created: bool = False
    joined: bool = False  # the unit has entered the relation's scope
    members: dict[str, int] = field(default_factory=dict[str, int])
    applications: dict[str, int] = field(default_factory=dict[str, int])
    changed_pending: str = ""  # a member whose joined has run and whose changed has not


class UnitState(Struct, frozen=True):
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
    running: Hook | None = None  # set while a hook runs: what is terminated is run again
    terminations: int = 0  # of that hook, in a row
    rerun_at: float = 0.0  # not before: a hook that terminates itself does not spin
    charm_state: dict[str, str] = field(default_factory=dict[str, str])
    last_update_status: float = 0.0
    reboots_told: int = 0

    @property
    def key(self) -> str:
        """The unit's name."""
        return self.unit
