"""Metadata of a charm: endpoints, storage, resources, options and actions."""

from msgspec import Struct, field

from kafkastack.model.records import Role, Scope

Value = str | int | float | bool


class EndpointMeta(Struct, frozen=True):
    """An endpoint; `limit` 0 means any number of relations."""

    name: str
    role: Role
    interface: str
    limit: int = 0
    optional: bool = False
    scope: Scope = "global"


class StorageMeta(Struct, frozen=True):
    """A storage; sizes in MiB, `count_max` -1 means without limit."""

    name: str
    type: str = "filesystem"
    location: str = ""
    minimum_size: int = 0
    count_min: int = 1
    count_max: int = 1
    read_only: bool = False
    shared: bool = False
    description: str = ""


class ResourceMeta(Struct, frozen=True):
    """A resource; `filename` is the name it has on the machine."""

    name: str
    type: str = "file"
    filename: str = ""
    description: str = ""


class OptionMeta(Struct, frozen=True):
    """A configuration option; `default` None means unset."""

    name: str
    type: str
    default: Value | None = None
    description: str = ""


class ActionMeta(Struct, frozen=True):
    """An action; `params` are JSON schemas by name."""

    name: str
    description: str = ""
    params: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    required: tuple[str, ...] = ()
    additional_properties: bool = True


class CharmMeta(Struct, frozen=True):
    """A charm's metadata, options and actions, checked."""

    name: str
    summary: str = ""
    description: str = ""
    endpoints: dict[str, EndpointMeta] = field(default_factory=dict[str, EndpointMeta])
    storage: dict[str, StorageMeta] = field(default_factory=dict[str, StorageMeta])
    resources: dict[str, ResourceMeta] = field(default_factory=dict[str, ResourceMeta])
    options: dict[str, OptionMeta] = field(default_factory=dict[str, OptionMeta])
    actions: dict[str, ActionMeta] = field(default_factory=dict[str, ActionMeta])
    subordinate: bool = False
    extra_bindings: tuple[str, ...] = ()
    assumes: tuple[object, ...] = ()
    containers: tuple[str, ...] = ()

    @property
    def is_kubernetes(self) -> bool:
        """Report whether the charm needs Pebble containers, which machines do not have."""
        return bool(self.containers)

    def endpoint(self, name: str) -> EndpointMeta | None:
        """Return an endpoint, the implicit juju-info included."""
        return self.endpoints.get(name, JUJU_INFO if name == JUJU_INFO.name else None)

    def bindings(self) -> tuple[str, ...]:
        """Return the names that `network-get` knows, sorted."""
        return tuple(sorted({*self.endpoints, *self.extra_bindings}))


JUJU_INFO = EndpointMeta("juju-info", "provider", "juju-info")
