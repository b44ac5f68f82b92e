"""How the brokers reach ZooKeeper: what the leader decides, and when a broker has to follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kafkastack_charms.peers import Member
from state import App, Connection

from metadata.zookeeper import Offer


class Situation(NamedTuple):
    """What the leader sees."""

    offer: Offer | None
    has_ca: bool
    members: Sequence[Member]  # this unit, too
    is_update_status: bool = False

    @property
    def agrees(self) -> bool:
        """Whether Kafka and ZooKeeper are both encrypted, or neither."""
        return self.offer is not None and self.offer.encrypted == self.has_ca

    @property
    def is_running(self) -> bool:
        """Whether any broker runs."""
        return any(member.is_started for member in self.members)


def plan(app: App, seen: Situation) -> App:
    """Return how the brokers reach ZooKeeper, and whether they speak TLS.

    Certificates come to ZooKeeper and to Kafka in any order, and each step alone would be a
    restart: so what runs goes on until both agree. One who is encrypted alone for long (until
    update-status) is believed to mean it.
    """
    offer = seen.offer
    if offer is None:
        return app
    if app.connection.relation_id not in (-1, offer.relation_id):
        app = app.without_zookeeper()
    encrypt = seen.has_ca and (app.encrypt or all(m.has_certificate for m in seen.members))
    is_settled = offer.encrypted == encrypt and seen.agrees
    may_follow = is_settled or (seen.is_running and seen.is_update_status)
    if not may_follow:
        return app
    fresh = Connection(offer.relation_id, offer.hosts, offer.chroot, offer.encrypted)
    return app._replace(connection=fresh, encrypt=encrypt)


def must_reconnect(started: str, wanted: str) -> bool:
    """Report whether a broker knows too few of the members of ZooKeeper that there are.

    Both are texts of `zookeeper.connect`. Who knows a majority reaches one that serves as long as
    any do: so a member more or less is no reason to restart, and stands in the file for later.
    """
    known, there = _hosts(started), _hosts(wanted)
    is_elsewhere = started.partition("/")[1:] != wanted.partition("/")[1:]
    return is_elsewhere or len(known & there) <= (len(there) - 1) // 2


def _hosts(connect: str) -> frozenset[str]:
    return frozenset(connect.partition("/")[0].split(","))
