"""Fitness of a Kafka for a refresh: the answer of an action in each track."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kafkastack_charms.kafka import partitions
from kafkastack_charms.kafka.brokers import BrokerReconciliation
from kafkastack_charms.kafka.listeners import Listener

NOT_HEALTHY = "Unit is not healthy"


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


def describe(listeners: Iterable[Listener]) -> dict[str, Any]:
    """Return what the action get-listeners tells of some."""
    return {one.name.lower().replace("_", "-"): one.describe() for one in listeners}
