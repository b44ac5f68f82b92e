"""What the leader decides for the whole app."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import ops
from chroots import overlap
from clients import Asked, Client, Offer
from quorum import PLAIN_PORT, TLS_PORT, next_ports
from state import App, Peer
from users import Credentials


def is_encrypted(has_authority: bool, peers: Iterable[Peer]) -> bool:
    """Tell whether the app may speak TLS: related to an authority, and everybody has keys."""
    return has_authority and all(peer.has_keys for peer in peers)


def plan(
    app: App,
    me: Peer,
    peers: Sequence[Peer],
    relation_ids: Iterable[int],
    encrypt: bool,
    is_update_status: bool,
) -> App:
    """Return what the app databag should say, the credentials excepted."""
    current = {str(number) for number in relation_ids}
    gone = {int(number) for number in app.granted if number not in current}
    settled = all(peer.ports == app.ports for peer in peers)
    return app._replace(
        founder=choose_founder(app, me, peers),
        ports=next_ports(app.ports, encrypt, may_close=is_update_status and settled),
        retired=tuple(sorted(gone | set(app.retired))),
        granted={number: what for number, what in app.granted.items() if number in current},
    )


def choose_founder(app: App, me: Peer, peers: Sequence[Peer]) -> str:
    """Return the unit that begins the quorum: again only when the last one left no quorum."""
    begun = any(peer.is_member for peer in peers)
    present = any(peer.name == app.founder for peer in peers)
    return app.founder if begun or present else me.name


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
    return app._replace(secret_revision=str(int(app.secret_revision or "0") + 1))


class Changes(NamedTuple):
    """What is to change about the rights of clients."""

    revoke: tuple[str, ...]  # chroots, each from whoever has it
    give: tuple[Client, ...]

    def __bool__(self) -> bool:
        """Report whether there is anything."""
        return bool(self.revoke or self.give)


def find_changes(app: App, asked: Asked | None) -> Changes:
    """Compare what was given with who owns what; None is a unit that does not decide."""
    if asked is None:
        return Changes((), ())
    lost = lost_chroots(app, asked)
    paths = tuple(sorted(set(lost.values())))
    give = tuple(
        client
        for client in asked.clients
        if app.granted.get(str(client.relation_id)) != client.grant
        or any(overlap(path, client.chroot) for path in paths)
    )
    return Changes(paths, give)


def lost_chroots(app: App, asked: Asked) -> dict[int, str]:
    """Return which relation has a chroot that it owns no longer."""
    before = app.chroots
    return {n: path for n, path in before.items() if asked.owners.get(n) != path}


def granted(app: App, asked: Asked) -> list[Client]:
    """Return the clients that have all that they ask for."""
    return [c for c in asked.clients if app.granted.get(str(c.relation_id)) == c.grant]


def grant(app: App, client: Client) -> App:
    """Remember what was given."""
    return app._replace(granted={**app.granted, str(client.relation_id): client.grant})


def revoke(app: App, numbers: Iterable[int]) -> App:
    """Forget what was given to relations."""
    gone = set(map(str, numbers))
    return app._replace(granted={n: what for n, what in app.granted.items() if n not in gone})


def make_offer(peers: Iterable[Peer], encrypt: bool, authority: str) -> Offer | None:
    """Return what clients are told: the wanted port once every member serves it."""
    members = [peer for peer in peers if peer.is_member]
    if not members:
        return None
    first, *rest = (set(peer.ports) for peer in members)
    common = first.intersection(*rest)
    wanted = TLS_PORT if encrypt else PLAIN_PORT
    if not common:
        return None
    port = wanted if wanted in common else min(common)
    hosts = tuple(peer.client for peer in members)
    return Offer(hosts, port, authority if port == TLS_PORT else "")
