"""The order in which one unit is brought to where it should be."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import clients
import leader
import ops
import quorum
import server
import state
import users
import watcher
from ensemble import UnreachableError
from kafkastack_charms import databag, systemd, tls
from kafkastack_charms.credentials import derive_password
from render import Settings, needs_keys, zoo_cfg
from statuses import Cluster, Facts

if TYPE_CHECKING:
    from charm import ZooKeeperCharm
    from ensemble import Ensemble

logger = logging.getLogger(__name__)


AGREEMENT = 2.0  # seconds that a quorum may need to agree on another leader
ELECTIONS = 3888  # the port where every member listens, whether it serves or not


class Cause(NamedTuple):
    """What this hook is about, as far as it matters."""

    is_update_status: bool = False
    departing: str = ""  # the peer that is on its way out


class Round:
    """One pass over everything; each step reads what the steps before it found out."""

    def __init__(
        self,
        charm: ZooKeeperCharm,
        machine: server.Machine,
        options: state.Options,
        relation: ops.Relation,
        cause: Cause,
    ) -> None:
        self.charm, self.model, self.unit = charm, charm.model, charm.unit
        self.machine, self.options, self.relation, self.cause = machine, options, relation, cause
        self.app = state.App.parse(relation.data[charm.app])
        self.authority = _has_authority(charm.model)
        requirer = charm.requirer if self.authority else None
        self.keys = tls.read_certificate(requirer) if requirer else None
        self.me = state.Peer.parse(charm.unit.name, relation.data[charm.unit])._replace(
            address=machine.addresses.quorum,
            client=machine.addresses.client,
            has_keys=self.keys is not None,
        )
        peers = state.read_peers(relation)
        self.others = tuple(peer for peer in peers if peer.name != cause.departing)
        self.related = {r.id: r for r in self.model.relations[state.CLIENTS] if r.active}
        self.asked = clients.Asked()
        self.members: dict[int, str] = {}
        self.answer = ""
        self.is_active = False
        self.waits_its_turn = False

    @property
    def peers(self) -> tuple[state.Peer, ...]:
        """All units of the app, in order of their numbers."""
        return tuple(sorted((self.me, *self.others), key=lambda peer: peer.sid))

    @property
    def running(self) -> tuple[state.Peer, ...]:
        """The other units that have a server."""
        return tuple(peer for peer in self.others if peer.applied)

    @property
    def encrypt(self) -> bool:
        """Whether the app may speak TLS."""
        return leader.is_encrypted(self.authority, self.peers)

    @property
    def serves(self) -> bool:
        """Whether the server answered that it serves."""
        return watcher.mode(self.answer) is not None

    def run(self) -> Facts:
        """Do every step that can be done now, and tell the other units."""
        is_leader = self.unit.is_leader()
        if is_leader:
            self._plan()
        credentials = self._credentials(is_leader)
        if credentials and self._apply(self._settings(credentials)):
            self._agree(credentials, is_leader)
            server.keep_watcher(self.machine, self._door(), self.unit.name)
        self.relation.data[self.unit].update(self.me.describe())
        return self._facts(credentials is not None, is_leader)

    def _plan(self) -> None:
        everybody_leaves = self.charm.planned_units == 0
        current = self.app.granted if everybody_leaves else self.related
        self.app = leader.plan(
            self.app,
            self.me,
            self.peers,
            relation_ids=map(int, current),
            encrypt=self.encrypt,
            is_update_status=self.cause.is_update_status,
        )
        self.asked = clients.read_all(self.related.values(), self.app.chroots)

    def _credentials(self, is_leader: bool) -> users.Credentials | None:
        credentials = leader.read_credentials(self.model, self.app)
        if is_leader:
            if credentials is None:
                self.app, credentials = leader.make_credentials(self.model, self.app)
            self.relation.data[self.charm.app].update(self.app.describe())
        return credentials

    def _settings(self, credentials: users.Credentials) -> Settings:
        stages = [peer.stage for peer in self.running]
        is_newcomer = not self.me.applied and stages
        return Settings(
            tick_time=self.options.tick_time,
            init_limit=self.options.init_limit,
            sync_limit=self.options.sync_limit,
            log_level=self.options.log_level,
            credentials=credentials,
            relation_ids=users.relation_ids(self.relation.id, self.related, self.app.retired),
            ports=self.app.ports,
            jar=self.machine.chosen.digest,
            stage=quorum.first_stage(stages)
            if is_newcomer
            else quorum.next_stage(self.me.stage, stages, self.encrypt),
        )

    def _apply(self, settings: Settings) -> bool:
        """Run the server with these settings, now or when its turn comes; tell whether it runs."""
        layout = self.machine.layout
        keys = self.keys or server.read_keys(layout)
        first = server.first_members(self.me, self.others, self.app)
        if not first or (needs_keys(settings) and keys is None):
            return bool(self.me.applied)
        wanted = zoo_cfg(settings, layout, self.machine.addresses.bind)
        files = server.wanted_files(self.machine, settings, keys, self.unit.name)
        self.is_active = systemd.is_active(state.SERVER)
        if self.is_active and not server.differs(layout, wanted, files):
            self._is_running(settings)
        elif self._is_my_turn(settings):
            server.install(self.machine, wanted, files, first)
            self._is_running(settings)
            self._wait()
        patience = min(AGREEMENT, self.charm.patience) if self.is_active else 0.0
        self.answer = self.answer or server.wait_until_serving(self._door(), patience)
        server.remember(layout, self.serves)
        self.members = server.read_members(layout)
        return True

    def _wait(self) -> None:
        self.answer = server.wait_until_serving(self._door(), self.charm.patience)
        self.is_active = systemd.is_active(state.SERVER)
        if version := watcher.version(self.answer):
            self.unit.set_workload_version(version)

    def _is_my_turn(self, settings: Settings) -> bool:
        applied = {peer.sid: peer.applied for peer in self.running}
        known = self.me.applied in ("", settings.digest)
        self.waits_its_turn = not (
            known or quorum.is_my_turn(self.me.sid, settings.digest, applied)
        )
        return not self.waits_its_turn

    def _is_running(self, settings: Settings) -> None:
        if self.me.ports != settings.ports:
            self.unit.set_ports(*settings.ports)
        self.me = self.me._replace(
            applied=settings.digest, stage=settings.stage, ports=settings.ports
        )

    def _door(self) -> watcher.Door:
        return server.door(self.machine.layout, self.machine.addresses.bind, self.me.ports)

    def _agree(self, credentials: users.Credentials, is_leader: bool) -> None:
        """Change what lives in ZooKeeper itself: the membership and the chroots."""
        gone = self._gone() if is_leader else set[int]()
        settle = partial(quorum.settle, me=(self.me.sid, self.me.address), gone=gone)
        changes = leader.find_changes(self.app, self.asked if is_leader else None)
        if self.serves and (changes or settle(self.members)):
            try:
                with self.charm.open_ensemble(self._door(), credentials.super_password) as session:
                    self.members = session.change_members(settle)
                    self._change_rights(session, changes)
            except UnreachableError as error:
                logger.warning("the next event tries again: %s", error)
        self.me = self.me._replace(is_member=self.me.sid in self.members)
        if is_leader:
            self._refuse()
            self._publish(credentials)
            self.relation.data[self.charm.app].update(self.app.describe())

    def _gone(self) -> set[int]:
        """Return the members to leave out.

        A fresh leader may not have seen every unit yet, and a unit that leaves takes itself out:
        so only a server that does not answer is left out, and only when no unit is missing.
        """
        seen = {peer.sid for peer in self.peers}
        if len(seen) < self.charm.planned_units:
            return set()
        unseen = {sid: at for sid, at in self.members.items() if sid not in seen}
        return {sid for sid, at in unseen.items() if not watcher.is_listening(at, ELECTIONS)}

    def _change_rights(self, session: Ensemble, changes: leader.Changes) -> None:
        if changes:
            session.close_top()
        for path in changes.revoke:
            session.ensure_chroot(path, {})
        self.app = leader.revoke(self.app, leader.lost_chroots(self.app, self.asked))
        for client in changes.give:
            session.ensure_chroot(client.chroot, {client.user: client.rights})
            self.app = leader.grant(self.app, client)

    def _publish(self, credentials: users.Credentials) -> None:
        authority = self.keys.ca if self.keys else ""
        offer = leader.make_offer(self.peers, self.encrypt, authority)
        if not offer:
            return
        told: dict[str, str] = {}
        for client in leader.granted(self.app, self.asked):
            number, key = str(client.relation_id), credentials.users_key
            fields = clients.answer(client, offer, derive_password(key, client.user))
            told[number] = clients.digest(key, fields)
            # Looking at every secret again would be a fifth of a quiet hook.
            if self.app.told.get(number) != told[number]:
                clients.publish(self.model, self.related[client.relation_id], client, fields)
        self.app = self.app._replace(told=told)

    def _refuse(self) -> None:
        for number, reason in self.asked.refused.items():
            has_chroot = number in self.app.chroots
            clients.write_refusal(self.model, self.related[number], reason, has_chroot)

    def _complaints(self) -> Iterator[str]:
        """Say who has written what cannot be read or granted."""
        yield from (f"unit {peer.name}: {peer.fault}" for peer in self.others if peer.fault)
        yield from (f"authority: {reason}" for reason in tls.find_faults(self.charm.requirer))
        for number, reason in self.asked.refused.items():
            yield clients.describe_refusal(self.related[number], reason)

    def _facts(self, has_credentials: bool, is_leader: bool) -> Facts:
        return Facts(
            jar_fault=self.machine.chosen.fault,
            has_credentials=has_credentials,
            is_started=bool(self.me.applied),
            needs_keys=self.authority and self.keys is None,
            is_active=self.is_active,
            mode=watcher.mode(self.answer),
            is_member=self.me.is_member,
            waits_its_turn=self.waits_its_turn,
            refused=databag.summarize(self._complaints()),
            authority_fault=databag.summarize(tls.find_faults(self.charm.requirer)),
            cluster=self._cluster() if is_leader else None,
        )

    def _cluster(self) -> Cluster:
        return Cluster(
            planned=self.charm.planned_units,
            addresses={peer.sid: peer.address for peer in self.peers},
            members=self.members,
            encrypted=self.authority,
            with_keys=sum(peer.has_keys for peer in self.peers),
            stages=tuple(peer.stage for peer in (self.me, *self.running)),
        )


def _has_authority(model: ops.Model) -> bool:
    relation = model.get_relation(tls.RELATION)
    return relation is not None and relation.active
