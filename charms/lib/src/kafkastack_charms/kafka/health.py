"""Actions that each track has: which listeners there are, and whether a refresh may begin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar, cast

import ops

from kafkastack_charms.actions import RefusedError, Results
from kafkastack_charms.kafka import partitions
from kafkastack_charms.kafka.brokers import BrokerReconciliation
from kafkastack_charms.kafka.listeners import Listener
from kafkastack_charms.server_charm import ServerCharm

NOT_HEALTHY = "Unit is not healthy"


class Settings(Protocol):
    """What a server is configured with, in every track."""

    @property
    def listeners(self) -> Iterable[Listener]:
        """Those that are open."""
        ...


R = TypeVar("R", bound=BrokerReconciliation)
S = TypeVar("S", bound=Settings)


class ServerActions(Generic[R, S]):
    """The work of the actions that each track has."""

    def __init__(self, charm: ServerCharm) -> None:
        self.charm = charm

    def get_listeners(self, event: ops.ActionEvent) -> Results:
        """Return the listeners that are open."""
        _, settings = self.reconcile(event)
        return {one.name.lower().replace("_", "-"): one.describe() for one in settings.listeners}

    def reconcile(self, event: ops.ActionEvent) -> tuple[R, S]:
        """Make a pass; refuse the action where no server is planned."""
        self.charm.reconcile(event)
        settings = getattr(self.charm.last, "settings", None)
        if settings is None:
            raise RefusedError(NOT_HEALTHY)
        return cast("R", self.charm.last), settings


def find_obstacle(done: BrokerReconciliation, planned_units: int, keeps_messages: bool) -> str:
    """Return why a server should not be taken away now, or ""; by the pass that was just made."""
    if not done.facts.is_ready:
        return NOT_HEALTHY
    if len(done.members) < planned_units:
        return "not all units related"
    if idle := [member.name for member in done.members if not member.serves]:
        return f"{', '.join(idle)} does not work yet"
    if not keeps_messages:
        return ""
    if isinstance(done.cluster, str):
        return done.cluster
    found = done.cluster.partitions
    everywhere = {broker for one in found for broker in one.replicas}
    lagging = partitions.find_lagging(found, everywhere)
    return f"partitions without all their copies: {', '.join(lagging)}" if lagging else ""
