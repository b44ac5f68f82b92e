"""Reconciliation of a ZooKeeper server: its own part, added to the common one."""

from __future__ import annotations

import logging
from functools import cached_property, partial

import clients
import leader
import ops
import probe
import quorum
import render
import rights
import server
import users
from ensemble import Ensemble, open_ensemble
from kafkastack_charms import files, java_store, provider
from kafkastack_charms.credentials import derive_password
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.reconciler import PeerReconciliation, Plan, Tools
from kafkastack_charms.watcher import Place, answers
from kafkastack_charms.zookeeper_session import UnreachableError
from options import Options
from render import Layout, Settings
from state import App, Peer
from statuses import Cluster, Facts

logger = logging.getLogger(__name__)

CLIENTS = "zookeeper"
ELECTIONS = 3888  # the port where every member listens, whether it serves or not


class ZooKeeperReconciliation(PeerReconciliation[Peer]):
    """Founder, membership, chroots of clients, and how members talk to each other."""

    open_ensemble = staticmethod(open_ensemble)

    def __init__(
        self, charm: ops.CharmBase, relation: ops.Relation, inputs: Inputs, tools: Tools
    ) -> None:
        super().__init__(charm, relation, inputs, tools)
        self.facts = Facts()
        self.options = Options.parse(charm.config)
        self.layout = Layout(inputs.charm, inputs.storages[0])
        self.app = App.parse(relation.data[charm.app])
        self.mine = Peer.parse(self.me, relation.data[charm.unit])
        by_name = {unit.name: relation.data[unit] for unit in relation.units}
        self.others = tuple(Peer.parse(other, by_name[other.name]) for other in inputs.others)
        self.related = {r.id: r for r in self.model.relations[CLIENTS] if r.active}
        self.asked = clients.Asked()
        self.members_of_quorum: dict[int, str] = {}

    @cached_property
    def encrypt(self) -> bool:
        """Whether the app may speak TLS."""
        return leader.is_encrypted(self.inputs.has_ca, self.peers)

    @property
    def secret(self) -> users.Credentials:
        """The passwords of the app, once there are any."""
        return users.Credentials.from_secret(self.credentials or {})

    def decide(self) -> None:
        """Decide who begins the quorum, which ports are served, and whose which chroot is."""
        if not self.inputs.is_leader:
            return
        everybody_leaves = self.inputs.planned_units == 0
        current = self.app.granted if everybody_leaves else self.related
        self.app = leader.plan(
            self.app,
            self.mine._replace(unit=self.me),
            self.peers,
            relation_ids=map(int, current),
            encrypt=self.encrypt,
            is_update_status=self.inputs.cause.is_update_status,
            in_use=clients.find_ports_in_use(self.related.values()),
        )
        self.asked = clients.read_all(self.related.values(), self.app.chroots)

    def describe(self) -> dict[str, str]:
        """Return what the leader keeps in the app databag besides."""
        return self.app.describe()

    def plan(self) -> Plan | None:
        """Return the server of this unit, None before it may begin."""
        first = server.first_members(self.mine._replace(unit=self.me), self.others, self.app)
        jar = self.inputs.jar
        if not self.credentials or not first:
            return None
        self.settings = settings = self._settings(jar.digest)
        if render.needs_certificate(settings) and self.stores is None:
            return None
        layout = self.layout
        wanted = render.zoo_cfg(settings, layout, self.inputs.addresses.bind)
        live, at_start = server.stores_of(layout, settings, self.stores)
        texts = {**server.files_of(self.inputs, settings, layout, jar.path), **at_start}
        unit = render.server_unit(layout, self.inputs.java, self.inputs.user)
        change = server.find_change(self.service, layout, unit, wanted, (texts, live))
        start = server.files_to_start(layout, jar.path, wanted, texts, first)
        return Plan(
            change=change,
            request=provider.digest(
                settings.credentials.users_key, settings.digest, *at_start.values()
            ),
            unit=unit,
            files=start,
            place=self._place(settings.ports),
            ports=settings.ports,
            live=live,
        )

    def _settings(self, jar: str) -> Settings:
        mine, planned = self.mine._replace(unit=self.me), self.inputs.planned_units
        return Settings(
            options=self.options,
            credentials=self.secret,
            relation_ids=users.relation_ids(self.relation.id, self.related, self.app.retired),
            ports=self.app.ports,
            jar=jar,
            stage=leader.choose_stage(mine, self.others, planned, self.encrypt),
        )

    def _place(self, ports: quorum.Ports) -> Place:
        return server.place(self.layout, self.inputs.addresses.bind, ports)

    def find_obstacle(self) -> str:
        """Return which other member does not serve: without it the quorum could be lost."""
        for peer in self.others:
            where = server.place(self.layout, peer.unit.client, peer.ports)
            if peer.unit.is_started and not answers(where, probe.ask):
                return f"{peer.unit.name} does not serve"
        return ""

    def update(self, plan: Plan) -> None:
        """Write whom members trust, and another certificate of theirs: they look by themselves."""
        super().update(plan)
        self._keep_java_truststore()

    def install(self, plan: Plan) -> bool:
        """Restart the server from its files."""
        files.make_folders((self.layout.conf, self.layout.logs), self.inputs.user)
        files.write(plan.live, self.inputs.user)
        self._keep_java_truststore()
        super().install(plan)
        if not render.needs_certificate(self.settings):
            self.layout.certificates.remove()
        return True

    def _keep_java_truststore(self) -> None:
        stores = self.layout.certificates
        java_store.keep(stores.truststore, stores.java_truststore, self.inputs.user)

    def runs_as_planned(self) -> None:
        """Remember how the server talks."""
        self.mine = self.mine._replace(stage=self.settings.stage, ports=self.settings.ports)

    def check(self, plan: Plan, said: object, is_fresh: bool) -> bool:
        """Report whether the server serves; remember who leads, and who is in the quorum."""
        answer = str(said or "")
        mode = probe.mode(answer)
        self.me = self.me._replace(goes_last=mode == "leader")
        if is_fresh and (version := probe.version(answer)):
            self.model.unit.set_workload_version(version)
        self.members_of_quorum = server.read_members(self.layout)
        return mode is not None

    def find_crash(self) -> str:
        """Return what a server says that exits again and again."""
        return files.explain_exit(self.layout.logs / "zookeeper.log")

    def serve(self) -> None:
        """Change what lives in ZooKeeper itself: the membership and the chroots."""
        is_leader = self.inputs.is_leader
        gone = self._gone() if is_leader else set[int]()
        me = (self.mine.sid, self.me.address)
        may_join = self.app.founder == self.me.name or quorum.may_join(
            self.mine.sid,
            {peer.sid: peer.is_member for peer in self.others},
            0 if self.inputs.cause.is_update_status else self.inputs.planned_units,
        )
        join = partial(quorum.join, me=me if may_join else None, gone=gone)
        changes = leader.find_changes(self.app, self.asked if is_leader else None)
        if not changes:  # another leader may have gone on
            rights.keep_left(self.inputs.charm, {})
        if self.me.serves and (changes or join(self.members_of_quorum)):
            place = self._place(self.mine.ports)
            try:
                with self.open_ensemble(place, self.secret.super_password) as session:
                    self.members_of_quorum = session.change_members(join)
                    if changes:
                        self._change_rights(session, changes)
            except UnreachableError as error:
                logger.warning("the next event tries again: %s", error)
                self.is_unfinished = True
        self.mine = self.mine._replace(is_member=self.mine.sid in self.members_of_quorum)
        if is_leader:
            self._publish()
            self._next_round()
        self._record()

    def _gone(self) -> set[int]:
        """Return the members to leave out.

        A fresh leader may not have seen every unit yet, and a unit that leaves takes itself out:
        so only a server that does not answer is left out, and only when no unit is missing.
        """
        seen = {peer.sid for peer in self.peers}
        if len(seen) < self.inputs.planned_units:
            return set()
        unseen = {sid: at for sid, at in self.members_of_quorum.items() if sid not in seen}
        return {sid for sid, at in unseen.items() if not _listens(at)}

    def _change_rights(self, session: Ensemble, changes: leader.Changes) -> None:
        session.close_top()
        charm, lost = self.inputs.charm, leader.lost_chroots(self.app, self.asked)
        done = rights.change(session, changes, lost, rights.read_left(charm))
        self.app = leader.revoke(self.app, done.revoked)
        for client in done.given:
            self.app = leader.grant(self.app, client)
        rights.keep_left(charm, done.left)
        self.is_unfinished |= bool(done.left)

    def _publish(self) -> None:
        """Tell every client where the members are, or why it is refused."""
        for number, reason in self.asked.refused.items():
            relation = self.related[number]
            clients.write_refusal(self.model, relation, reason, number in self.app.chroots)
            self.complaints += provider.describe_relation(relation, [reason])
        cas = files.read(self.layout.certificates.truststore)
        offer = leader.make_offer(self.peers, self.encrypt, cas)
        if not offer or not self._may_tell(offer):
            return
        published: dict[str, str] = {}
        for client in leader.granted(self.app, self.asked):
            number, key = str(client.relation_id), self.secret.users_key
            fields = clients.answer(client, offer, derive_password(key, client.user))
            published[number] = provider.digest(key, fields)
            # Looking at every secret again would be a fifth of a quiet hook.
            if self.app.published.get(number) != published[number]:
                clients.publish(self.model, self.related[client.relation_id], client, fields)
        self.app = self.app._replace(published=published)

    def _may_tell(self, offer: clients.Offer) -> bool:
        """Report whether clients are told of the members there are.

        Who knows the first one only would have to be restarted to know the others.
        """
        is_told = self.app.published or self.inputs.cause.is_update_status
        return bool(is_told) or len(offer.hosts) >= self.inputs.planned_units

    def _next_round(self) -> None:
        """Go on with another password of the members, once all run with what was decided."""
        fresh = self.secret.next_round()
        if fresh != self.secret and self.is_quiescent:
            self.change_credentials(fresh.to_secret())

    def _record(self) -> None:
        peers = self.peers
        cluster = Cluster(
            planned=self.inputs.planned_units,
            addresses={peer.sid: peer.unit.address for peer in peers},
            members=self.members_of_quorum,
            encrypted=self.inputs.has_ca,
            with_certificate=sum(peer.unit.has_certificate for peer in peers),
            stages=tuple(peer.stage for peer in peers if peer.unit.is_started),
        )
        self.record(
            is_member=self.mine.is_member,
            cluster=cluster if self.inputs.is_leader else None,
        )


def _listens(address: str) -> bool:
    return bool(answers(Place(address, ELECTIONS), lambda _: True))
