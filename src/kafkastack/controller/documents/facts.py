"""Facts that a document shows beside the records: the controller's own, and the time."""

from collections.abc import Mapping
from datetime import UTC, tzinfo

from msgspec import Struct, field

from kafkastack.model.charm import CharmMeta

Document = dict[str, object]
Metas = Mapping[str, CharmMeta]  # Charm key → what the charm says


class ModelFacts(Struct, frozen=True):
    """The controller that answers, and when; `providers` maps a cloud to its provider type."""

    controller: str
    version: str
    now: float
    timezone: tzinfo = UTC
    controller_uuid: str = ""
    providers: Mapping[str, str] = field(default_factory=dict[str, str])
    iso: bool = False  # moments as ISO writes them, in UTC
    damaged: Mapping[str, str] = field(default_factory=dict[str, str])  # Charm key → why
    trouble: str = ""  # why the records cannot be written at the moment

    def provider(self, cloud: str) -> str:
        """Return Juju's provider type of a cloud."""
        return self.providers.get(cloud, "lxd")


class ControllerFacts(Struct, frozen=True):
    """One controller of this user."""

    name: str
    uuid: str
    cloud: str
    region: str
    version: str
    current_model: str = ""
    endpoint: str = ""
    models: int = 0
    machines: int = 0
    trouble: str = ""  # why it does not tell more of itself
