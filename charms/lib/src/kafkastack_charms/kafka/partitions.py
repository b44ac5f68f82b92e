"""Partitions and their replicas: what may be stopped, and what would be lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

SHOWN = 3  # partitions that a status names
_BELOW = "partitions that would fall below min.insync.replicas"


class Partition(NamedTuple):
    """One partition, as the brokers know it."""

    topic: str
    number: int
    replicas: frozenset[int]  # the brokers that it is to be on
    in_sync: frozenset[int]
    min_in_sync: int = 1

    @property
    def name(self) -> str:
        """The topic and the number."""
        return f"{self.topic}-{self.number}"


class Cluster(NamedTuple):
    """What the brokers say of themselves."""

    controller: int  # the number of the broker that is it
    partitions: tuple[Partition, ...]


def find_lagging(partitions: Iterable[Partition], brokers: Collection[int]) -> list[str]:
    """Return the partitions that miss a replica on a broker that is there."""
    there = frozenset(brokers)
    return sorted(p.name for p in partitions if (p.replicas & there) - p.in_sync)


def find_starving(partitions: Iterable[Partition], broker_id: int) -> list[str]:
    """Return the partitions that nobody could write to while a broker restarts.

    One that cannot afford a restart even with all its replicas was made so.
    """
    return sorted(
        p.name
        for p in partitions
        if broker_id in p.in_sync and len(p.in_sync) - 1 < min(p.min_in_sync, len(p.replicas) - 1)
    )


def find_bar(partitions: Iterable[Partition], brokers: Collection[int], broker_id: int) -> str:
    """Return why a broker cannot be restarted as long as the brokers are these, or ""."""
    there = frozenset(brokers)
    best = (p._replace(in_sync=p.replicas & there) for p in partitions)
    starving = find_starving(best, broker_id)
    return f"{_BELOW}: {summarize(starving)}" if starving else ""


def find_obstacle(
    partitions: Iterable[Partition], brokers: Collection[int], broker_id: int
) -> str:
    """Return why a broker should not be restarted now, "" where nothing is against it."""
    partitions = tuple(partitions)
    if lagging := find_lagging(partitions, brokers):
        return f"partitions without all their replicas: {summarize(lagging)}"
    if starving := find_starving(partitions, broker_id):
        return f"{_BELOW}: {summarize(starving)}"
    return ""


def find_only_replicas(
    partitions: Iterable[Partition], broker_id: int, staying: Collection[int], own: Collection[str]
) -> list[str]:
    """Return the partitions that a broker takes along, as no broker that stays is in sync.

    Those of some topics are excepted.
    """
    return sorted(
        p.name
        for p in partitions
        if broker_id in p.in_sync and p.in_sync.isdisjoint(staying) and p.topic not in own
    )


def summarize(names: Collection[str]) -> str:
    """Return names of partitions as one short text."""
    first = ", ".join(list(names)[:SHOWN])
    return f"{first} and {len(names) - SHOWN} more" if len(names) > SHOWN else first
