"""Records of storage, and of the pools it is made in."""

from msgspec import Struct, field

from kafkastack.model.records.models import Life


class Storage(Struct, frozen=True):
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


class StoragePool(Struct, frozen=True):
    """A named way to make storage, added by `create-storage-pool`."""

    name: str
    provider: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def key(self) -> str:
        """The name."""
        return self.name
