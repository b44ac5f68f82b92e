"""Connections of brokers to ZooKeeper and to each other: decided by the leader, then followed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kafkastack_charms.stages import next_stage
from state import App, Connection, Transport

from metadata.zookeeper import Offer


class Situation(NamedTuple):
    """What the leader sees."""

    offer: Offer | None
    has_ca: bool
    transports: Sequence[Transport]  # this unit, too
    planned_units: int = 1
    is_update_status: bool = False

    @property
    def agrees(self) -> bool:
        """Whether Kafka and ZooKeeper are both encrypted, or neither."""
        return self.offer is not None and self.offer.encrypted == self.has_ca

    @property
    def running(self) -> list[Transport]:
        """The units that have a broker."""
        return [one for one in self.transports if one.unit.is_started]

    @property
    def is_complete(self) -> bool:
        """Whether every unit has a broker, so that none is on the way in."""
        return len(self.running) >= max(len(self.transports), self.planned_units)


def plan(app: App, seen: Situation) -> App:
    """Return how the brokers reach ZooKeeper, and whether they speak TLS.

    Certificates come to ZooKeeper and to Kafka in any order, and each step alone would be a
    restart: so what runs goes on until both agree. One who is encrypted alone for long (until
    update-status) is believed to mean it. Brokers that run go there in stages; the one restart of
    each, by which it dials the others otherwise, takes the new way to ZooKeeper with it. Where
    none serves, there is nothing to lose by going all the way at once.
    """
    offer = seen.offer
    if offer is None:
        return app
    if app.connection.relation_id not in (-1, offer.relation_id):
        app = app.without_zookeeper()
    encrypt = seen.has_ca and (
        app.encrypt or all(one.unit.has_certificate for one in seen.transports)
    )
    is_settled = offer.encrypted == encrypt and seen.agrees
    may_follow = is_settled or bool(seen.running and seen.is_update_status)
    if may_follow:
        app = app._replace(encrypt=encrypt)
    serving = any(one.unit.serves for one in seen.running)
    said = [one.stage for one in seen.running] if serving else []
    app = app._replace(stage=next_stage(app.stage, said, app.encrypt, seen.is_complete))
    if may_follow and app.stage.dials_tls == app.encrypt:
        fresh = Connection(offer.relation_id, offer.hosts, offer.chroot, offer.encrypted)
        app = app._replace(connection=fresh)
    return app


SESSIONS = {False: "plain", True: "tls"}


def find_move(encrypted: bool, running: Iterable[Transport]) -> str:
    """Return how all sessions of brokers reach ZooKeeper, "" where some do not as it says now.

    A broker that has yet to start has no session: ZooKeeper, which is restarted to close the
    other port, does so when all are back.
    """
    wanted = SESSIONS[encrypted]
    there = all(one.session == wanted and one.unit.serves for one in running)
    return wanted if there else ""
