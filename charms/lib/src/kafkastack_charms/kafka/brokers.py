"""Pass over a broker besides the common one: what it takes while it runs, and its clients.

A track says in a subclass where its metadata is and what its files hold.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import ops

from kafkastack_charms import databag, files, properties, service, sysctl
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.kafka import admin, canary, clients, partitions
from kafkastack_charms.kafka.admin import Login, RejectedError, Session, UnavailableError, refusals
from kafkastack_charms.kafka.clients import Ledger
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.listeners import Listener, join
from kafkastack_charms.kafka.options import Options
from kafkastack_charms.kafka.partitions import Cluster, Partition
from kafkastack_charms.kafka.probe import find_failed
from kafkastack_charms.kafka.provider import Offer
from kafkastack_charms.kafka.wanted import Difference, Wanted, Way, read_version
from kafkastack_charms.peers import Member
from kafkastack_charms.reconciler import REPORTED, PeerReconciliation, Plan, Tools
from kafkastack_charms.service import set_marker
from kafkastack_charms.watcher import answers, bound

logger = logging.getLogger(__name__)

CLIENTS = "kafka-client"


class _PeerData(NamedTuple):
    client_port: int = 0


class Peer(NamedTuple):
    """One unit, and whether clients find it."""

    unit: Member
    client_port: int = 0  # of related applications, 0 while it is closed

    @classmethod
    def parse(cls, unit: Member, bag: Mapping[str, str]) -> Peer:
        """Read a unit databag; one that breaks the form has said nothing."""
        data = databag.read_own(bag, _PeerData)
        if isinstance(data, databag.Refusal):
            return cls(Member(unit.name, fault=unit.fault or data.reason))
        return cls(unit, data.client_port)

    def describe(self) -> dict[str, str]:
        """Write a unit databag; an empty value removes the key."""
        return {"client-port": str(self.client_port or "")}


class Access(NamedTuple):
    """How this broker is entered."""

    bind: str
    listeners: tuple[Listener, ...]  # that are open, the internal one first
    client: Listener  # of related applications, open or not
    user: str  # who may do everything
    password: str
    users_key: str  # that passwords of clients are derived from
    truststore: Path  # of the internal listener, where that is encrypted
    clients_truststore: Path  # of the other one
    zookeeper_uris: str = ""  # for clients of old

    @property
    def internal(self) -> Listener:
        """The listener of the brokers and of the operator."""
        return self.listeners[0]

    @property
    def certified(self) -> Listener:
        """The first listener that shows a certificate, where one does."""
        return next((one for one in self.listeners if one.is_encrypted), self.internal)


class BrokerReconciliation(PeerReconciliation[Peer]):
    """What a running broker takes, and its clients."""

    open_session = staticmethod(admin.open_session)
    load_client = staticmethod(admin.load)
    acknowledges = staticmethod(canary.is_ready)

    access: Access | None
    wanted: Wanted
    difference: Difference

    def __init__(
        self, charm: ops.CharmBase, relation: ops.Relation, inputs: Inputs, tools: Tools
    ) -> None:
        super().__init__(charm, relation, inputs, tools)
        self.options = self.read_options()
        self.layout = Layout(inputs.charm, inputs.storages)
        self.ledger = Ledger.parse(relation.data[charm.app])
        self.mine = Peer.parse(self.me, relation.data[charm.unit])
        self.bags = {unit.name: relation.data[unit] for unit in (*relation.units, charm.unit)}
        self.others = tuple(Peer.parse(other, self.bags[other.name]) for other in inputs.others)
        self.related = [r for r in self.model.relations[CLIENTS] if r.active]
        leads = inputs.is_leader
        self.clients = clients.read_all(self.related, self.ledger) if leads else ()
        self.refused: dict[int, str] = {}  # by the brokers
        self.access = None  # until a plan was made

    # What is a track's own.

    def read_options(self) -> Options:
        """Return the options of the charm."""
        raise NotImplementedError

    @property
    def way(self) -> Way:
        """How a broker finds where the metadata is kept."""
        raise NotImplementedError

    def number_of(self, member: Member) -> int:
        """Return the number of a unit's broker in the cluster."""
        return member.number

    def forget_settings(self) -> bool:
        """Remove what the charm has set while the broker ran; report whether its file counts now.

        What an operator has set there is the operator's.
        """
        raise NotImplementedError

    def is_open(self, peer: Peer, listener: Listener) -> bool:
        """Report whether a broker has opened a listener for clients."""
        return peer.client_port == listener.port

    def stores_of(self, access: Access) -> dict[str, str]:
        """Return the settings that name the files of certificates; one of a listener will do."""
        name = f"{access.certified.prefix}.ssl.keystore.location"
        return {name: str(self.layout.certificates.keystore)}

    @property
    def brokers_password(self) -> str:
        """The password of the user that brokers log in as."""
        raise NotImplementedError

    # What is the same for every broker.

    def describe(self) -> dict[str, str]:
        """Return what the leader keeps in the app databag besides."""
        return self.ledger.describe()

    def login(self, access: Access) -> Login:
        """Return how the first user enters the broker of this unit."""
        internal = access.internal
        ca = files.read(access.truststore) if internal.is_encrypted else ""
        address = join(access.bind, internal.port)
        return Login(address, internal.protocol, access.user, access.password, ca)

    @contextmanager
    def session(self) -> Generator[Session]:
        """Talk to the broker of this unit."""
        if self.access is None:
            raise UnavailableError("no broker is planned here")
        with self.open_session(self.login(self.access)) as opened:
            yield opened

    def find_bar(self) -> str:
        """Return which partitions lack brokers for a restart of this one."""
        return self._judge(partitions.find_bar)

    def find_obstacle(self) -> str:
        """Return which partitions are against a restart now."""
        return self._judge(partitions.find_obstacle)

    def _judge(self, find: Callable[[Iterable[Partition], list[int], int], str]) -> str:
        if not self.me.serves:
            return ""
        if isinstance(self.cluster, str):
            return self.cluster
        brokers = [self.number_of(member) for member in self.members if member.is_started]
        return find(self.cluster.partitions, brokers, self.number_of(self.me))

    @cached_property
    def cluster(self) -> Cluster | str:
        """What the brokers say in this pass, or why they say nothing."""
        try:
            with self.session() as asked:
                return asked.read_cluster()
        except UnavailableError as error:
            return str(error)

    def update(self, plan: Plan) -> None:
        """Change settings and stores of the broker while it runs."""
        if self.access is None or not self.service.ready.exists():
            return
        is_renewed = self._write_stores()
        with self.defer_when_unavailable():
            if not self._change_settings(self.stores_of(self.access) if is_renewed else {}):
                return
            text = properties.write(self.wanted.properties)
            files.write({self.layout.server_properties: text}, self.inputs.user)
            set_marker(self.service.updating, False)
            self.model.unit.set_ports(*plan.ports)

    def _write_stores(self) -> bool:
        """Write another certificate; report whether the broker has yet to read it."""
        fresh = files.outdated(self.wanted.stores)
        if fresh:
            set_marker(self.service.updating, True)
            files.write(fresh, self.inputs.user)
        return self.service.updating.exists()

    @property
    def set_live(self) -> frozenset[str]:
        """Names of what the charm has set while the broker ran, none where it does not know."""
        return frozenset(files.read(self.layout.dynamic).split())

    def _remember_set(self, names: Iterable[str]) -> None:
        known = self.set_live
        if known or not self.layout.dynamic.exists():
            files.write({self.layout.dynamic: "\n".join(sorted(known.union(names)))}, None)

    def _change_settings(self, stores: Mapping[str, str]) -> bool:
        """Have the broker take settings; one that does not is to be restarted with them."""
        live, number = self.difference.live, self.number_of(self.me)
        if not live and not stores:
            return True
        self._remember_set((*live, *stores))
        try:
            with self.session() as asked:
                asked.change_settings(number, live)
                asked.read_stores_again(number, stores)
        except RejectedError as error:
            logger.warning("the broker has to be restarted: %s", error)
            set_marker(self.service.pending, True)
            self.is_unfinished = True
            return False
        return True

    def install(self, plan: Plan) -> bool:
        """Restart the broker, from its files alone."""
        if self.layout.dynamic.exists() and not self.forget_settings():
            self.is_unfinished = True
            return False
        set_marker(self.layout.dynamic, False)
        super().install(plan)
        files.write({self.layout.connected: self.wanted.properties[self.way.setting]}, None)
        set_marker(self.service.updating, False)
        if not self.wanted.stores:
            self.layout.certificates.remove()
        return True

    def started(self) -> None:
        """Use the time while the JVM starts."""
        if version := read_version(self.inputs.jar.path):
            self.model.unit.set_workload_version(version)
        if self.access is not None:
            self.load_client()

    def check(self, plan: Plan, said: object, is_fresh: bool) -> bool:
        """Report whether the broker acknowledges a message."""
        self.record(advice=sysctl.advise(self.options.profile))
        if self.access is None:
            return False
        if not said and self.service.served.exists():
            failed = answers(plan.place, bound(find_failed, plan.place), answer=REPORTED)
            self.record(failed_folder=str(failed or ""))
        is_ready = bool(said) and self.service.ready.exists()
        if said and (not is_ready or self.inputs.cause.looks_closely):
            login, patience = self.login(self.access), self.tools.patience
            create_users = partial(self._create_users, self.access)
            number = self.number_of(self.me)
            is_ready = self.acknowledges(login, number, patience, create_users)
        if is_ready:
            client = self.access.client
            port = client.port if client in self.access.listeners else 0
            self.mine = self.mine._replace(client_port=port)
        return is_ready

    def serve(self) -> None:
        """Make the users that are asked for, and tell everybody where the brokers are."""
        access = self.access
        if not self.inputs.is_leader or access is None:
            return
        if self.me.serves and (self._work() or self._has_chores):
            with self.defer_when_unavailable(), self.session() as asked:
                self._create_users(access, asked)
                self.do_chores(asked)
        self.is_unfinished |= bool(self._work())
        offer = self._client_offer(access)
        if offer.endpoints:
            self.ledger = clients.publish(
                self.model, self.clients, self.ledger, offer, access.users_key
            )
        for client in self.clients:
            self.complaints += client.complaints

    def _work(self) -> clients.Work:
        """Return what is still to be done about users; the leader does."""
        if not self.inputs.is_leader:
            return clients.Work(remove=(), give=())
        return clients.find_work(self.ledger, self.clients, self.refused)

    def _create_users(self, access: Access, asked: Session) -> None:
        """Make the users that are asked for."""
        with self.defer_when_unavailable(), refusals():
            self.ledger, refused = clients.apply(
                self._work(), asked, self.ledger, access.users_key
            )
            self.refused |= refused
            self.clients = tuple(client.but(refused) for client in self.clients)
            if self.inputs.is_leader and self.inputs.cause.is_update_status:
                self._remove_abandoned(asked)

    @property
    def _has_chores(self) -> bool:
        cause = self.inputs.cause
        is_spread = self.ledger.lagging_user and self.is_quiescent
        return bool(is_spread or cause.departing)

    def do_chores(self, asked: Session) -> None:
        """Give the user that no broker uses any more its password; remove what units left."""
        if self.ledger.lagging_user and self.is_quiescent:
            asked.put_user(self.ledger.lagging_user, self.brokers_password)
            self.ledger = self.ledger._replace(lagging_user="")
        self._remove_abandoned(asked)

    def _remove_abandoned(self, asked: Session) -> None:
        """Remove what the charm keeps on brokers that are no more."""
        if len(self.members) >= self.inputs.planned_units:
            brokers = [self.number_of(member) for member in self.members]
            asked.delete_topics(canary.find_abandoned(asked.list_topics(), brokers))

    @contextmanager
    def defer_when_unavailable(self) -> Generator[None]:
        """Leave to the next event what the brokers refuse now."""
        try:
            yield
        except UnavailableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True

    def _client_offer(self, access: Access) -> Offer:
        port, encrypted = access.client.port, access.client.is_encrypted
        open_now = [peer.unit.client for peer in self.peers if self.is_open(peer, access.client)]
        return Offer(
            endpoints=",".join(join(host, port) for host in open_now),
            zookeeper_uris=access.zookeeper_uris,
            encrypted=encrypted,
            ca=files.read(access.clients_truststore) if encrypted else "",
        )

    def stand_down(self) -> None:
        """Stop a server that is not to be any more."""
        if self.service.unit_file.exists():
            service.retire(self.service, self.tools.patience)
            self.model.unit.set_ports()
        set_marker(self.service.ready, False)
        self.me = self.me._replace(is_started=False, serves=False, request="")
        self.mine = self.mine._replace(client_port=0)
