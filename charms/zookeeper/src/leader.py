"""Decisions of the leader for the whole application."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from chroots import overlap
from clients import Asked, Client, Offer
from kafkastack_charms.stages import Stage
from quorum import PLAIN_PORT, TLS_PORT, first_stage, next_ports, next_stage
from state import App, Peer


def is_encrypted(has_ca: bool, peers: Iterable[Peer]) -> bool:
    """Report whether the app may speak TLS: what speaks plain waits until all have certificates.

    A server that has yet to begin waits for its own, so that nobody turns back for it.
    """
    peers = tuple(peers)
    is_plain = any(peer.unit.is_started and peer.stage is Stage.PLAIN for peer in peers)
    return has_ca and (not is_plain or all(peer.unit.has_certificate for peer in peers))


def choose_stage(me: Peer, others: Sequence[Peer], planned: int, encrypt: bool) -> Stage:
    """Return the stage that this unit may run in now.

    Who is on the way in may begin with what it saw before: as long as it has not said with what,
    nobody goes further than it would understand.
    """
    begun = [peer.stage for peer in others if peer.unit.is_started]
    if begun and not me.is_member:  # it talks as the others do until it is one of them
        return first_stage(begun)
    if not me.unit.is_started:
        return next_stage(me.stage, (), encrypt)
    on_the_way = max(planned - 1, len(others)) - len(begun) if encrypt else 0
    return next_stage(me.stage, (*begun, *[Stage.PLAIN] * on_the_way), encrypt)


def plan(
    app: App,
    me: Peer,
    peers: Sequence[Peer],
    relation_ids: Iterable[int],
    encrypt: bool,
    is_update_status: bool,
    in_use: Collection[int] = (),
) -> App:
    """Return what the app databag should say, the credentials excepted."""
    current = {str(number) for number in relation_ids}
    gone = {int(number) for number in app.granted if number not in current}
    are_moved = all(peer.ports == app.ports for peer in peers)
    return app._replace(
        founder=choose_founder(app, me, peers),
        ports=next_ports(app.ports, encrypt, is_update_status and are_moved, in_use),
        retired=tuple(sorted(gone | set(app.retired))),
        granted={number: what for number, what in app.granted.items() if number in current},
    )


def choose_founder(app: App, me: Peer, peers: Sequence[Peer]) -> str:
    """Return the unit that begins the quorum: again only when the last one left no quorum."""
    begun = any(peer.is_member for peer in peers)
    present = any(peer.unit.name == app.founder for peer in peers)
    return app.founder if begun or present else me.unit.name


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


def make_offer(peers: Iterable[Peer], encrypt: bool, cas: str) -> Offer | None:
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
    hosts = tuple(peer.unit.client for peer in members)
    return Offer(hosts, port, cas if port == TLS_PORT else "")
