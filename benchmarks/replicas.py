"""Replicas of a cluster as its brokers tell of them: who leads, who is in sync."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from confluent_kafka import ElectionType, KafkaException
from confluent_kafka.admin import AdminClient
from measure import wait_until


class Metadata(NamedTuple):
    """What a broker says of all."""

    brokers: set[int]
    controller: int  # of Kafka 4 any broker
    topics: dict[str, list[Any]]  # partitions

    @property
    def partitions(self) -> list[Any]:
        """Those of every topic."""
        return [partition for rows in self.topics.values() for partition in rows]


class Replicas:
    """The replicas of a cluster, asked again each time."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        self.admin = AdminClient({**client, "log_level": 0, "reconnect.backoff.max.ms": 100})

    def look(self) -> Metadata:
        """Ask any broker; KafkaException where none answers."""
        seen = self.admin.list_topics(timeout=1)
        topics = {name: list(topic.partitions.values()) for name, topic in seen.topics.items()}
        return Metadata(set(seen.brokers), seen.controller_id, topics)

    def fewest_in_sync(self, topics: Collection[str]) -> int:
        """Return the fewest replicas in sync of a partition of these; -1 where nobody answers."""
        try:
            found = self.look().topics
        except KafkaException:
            return -1
        return min(len(p.isrs) for name in topics for p in found.get(name, ()))

    def are_whole(self, brokers: Collection[int]) -> bool:
        """Report whether these brokers are there, and every replica in sync."""
        try:
            seen = self.look()
        except KafkaException:
            return False
        is_in_sync = all(set(p.isrs) == set(p.replicas) for p in seen.partitions)
        return seen.brokers.issuperset(brokers) and is_in_sync

    def _are_level(self) -> bool:
        with suppress(KafkaException):
            return all(p.leader == p.replicas[0] for p in self.look().partitions)
        return False

    def level(self) -> None:
        """Have every broker lead what it led at first."""
        for _ in range(3):  # the controller may be changing
            with suppress(TimeoutError, KafkaException):
                self.admin.elect_leaders(ElectionType.PREFERRED, None).result(30)
                break
        wait_until(self._are_level, "leaders in their places")
