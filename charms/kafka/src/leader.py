"""What the leader decides for the whole app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import ops
from state import App, Connection, Peer
from users import Credentials
from zookeeper import Offer


class Situation(NamedTuple):
    """What the leader sees."""

    offer: Offer | None
    has_authority: bool
    peers: Sequence[Peer]  # this unit, too
    is_update_status: bool = False

    @property
    def agrees(self) -> bool:
        """Whether Kafka and ZooKeeper are both encrypted, or neither."""
        return self.offer is not None and self.offer.encrypted == self.has_authority

    @property
    def is_running(self) -> bool:
        """Whether any broker has worked."""
        return any(peer.applied for peer in self.peers)


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
    encrypt = seen.has_authority and (app.encrypt or all(peer.has_keys for peer in seen.peers))
    is_settled = offer.encrypted == encrypt and seen.agrees
    may_follow = is_settled or (seen.is_running and seen.is_update_status)
    if not may_follow:
        return app
    return app._replace(connection=_connection(app.connection, offer, seen), encrypt=encrypt)


def _connection(known: Connection, offer: Offer, seen: Situation) -> Connection:
    fresh = Connection(offer.relation_id, offer.hosts, offer.chroot, offer.encrypted)
    only_more = known._replace(hosts=fresh.hosts) == fresh and set(known.hosts) < set(fresh.hosts)
    waits = seen.is_running and only_more and not seen.is_update_status
    # ZooKeeper has grown: no reason to restart now, what is known still serves.
    return known if waits else fresh


def make_credentials(model: ops.Model, app: App) -> tuple[App, Credentials]:
    """Return fresh credentials and the app that names them; units of the app may read them."""
    fresh = Credentials.generate()
    secret = model.app.add_secret(fresh.to_secret(), label=f"cluster.{model.app.name}.app")
    return app._replace(secret_id=secret.id or ""), fresh


def read_credentials(model: ops.Model, app: App) -> Credentials | None:
    """Return the credentials that the leader has shared, newest revision."""
    if not app.secret_id:
        return None
    try:
        content = model.get_secret(id=app.secret_id).get_content(refresh=True)
    except ops.SecretNotFoundError:
        return None
    return Credentials.from_secret(content)


def rotate(model: ops.Model, app: App, credentials: Credentials) -> App:
    """Store other credentials; the counter wakes the other units."""
    model.get_secret(id=app.secret_id).set_content(credentials.to_secret())
    return app._replace(rotations=str(int(app.rotations or "0") + 1))
