"""Records of charms, machines, applications and units."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from kafkastack.model.records.models import Life, StatusInfo


class Charm(Struct, frozen=True):
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


class Machine(Struct, frozen=True):
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
    stopped: bool = False  # a person has asked for it: nothing runs on it until it is started
    annotations: dict[str, str] = field(default_factory=dict[str, str])
    constraints: str = ""
    instance: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def key(self) -> str:
        """The id, as in "0"."""
        return self.id


class Application(Struct, frozen=True):
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
    uploads: dict[str, tuple[str, ...]] = field(  # all that were given; the first is revision 1
        default_factory=dict[str, tuple[str, ...]]
    )
    modified: int = 0  # changes of its resources, each of which upgrade-charm tells
    force_charm: bool = False  # units in error take the charm, too
    annotations: dict[str, str] = field(default_factory=dict[str, str])  # such as gui-x

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    def with_files(self, files: Mapping[str, str]) -> "Application":
        """Return it with other files of its resources, and these among what can come back."""
        fresh = {
            name: (*self.uploads.get(name, ()), file)
            for name, file in files.items()
            if file not in self.uploads.get(name, ())
        }
        return replace(
            self,
            resources={**self.resources, **files},
            uploads={**self.uploads, **fresh},
        )


class Unit(Struct, frozen=True):
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
