"""What one pass over a broker is besides the common one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import cached_property, partial

import canary
import clients
import ops
import users
from kafkastack_charms import (
    databag,
    files,
    kafka_admin,
    listeners,
    partitions,
    properties,
    service,
    sysctl,
)
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.kafka_admin import Login, RejectedError, Session, UnavailableError, refusals
from kafkastack_charms.kafka_provider import Offer
from kafkastack_charms.listeners import join
from kafkastack_charms.partitions import Partition
from kafkastack_charms.peers import Member, has_active
from kafkastack_charms.reconciler import Plan, Reconciliation, Tools
from kafkastack_charms.service import set_marker
from kafkastack_charms.watcher import Place
from kafkastack_charms.zookeeper_session import UnreachableError
from metadata import connection, records, zookeeper
from options import Options
from roles import broker
from roles.render import Layout, Settings
from state import CLIENTS, ZOOKEEPER, App, Peer
from statuses import Facts
from users import Credentials

logger = logging.getLogger(__name__)


class BrokerReconciliation(Reconciliation):
    """ZooKeeper, what a running broker takes, and clients."""

    open_metadata = staticmethod(records.open_metadata)
    open_session = staticmethod(kafka_admin.open_session)
    load_client = staticmethod(kafka_admin.load)
    acknowledges = staticmethod(canary.is_ready)

    def __init__(
        self, charm: ops.CharmBase, relation: ops.Relation, inputs: Inputs, tools: Tools
    ) -> None:
        super().__init__(charm, relation, inputs, tools)
        self.facts = Facts(has_zookeeper=has_active(self.model, ZOOKEEPER), is_started=False)
        self.options = Options.parse(charm.config, self.me.number)
        self.layout = Layout(inputs.charm, inputs.storages)
        self.app = App.parse(relation.data[charm.app])
        self.mine = Peer.parse(self.me, relation.data[charm.unit])
        by_name = {unit.name: relation.data[unit] for unit in relation.units}
        self.others = tuple(Peer.parse(other, by_name[other.name]) for other in inputs.others)
        self.related = [r for r in self.model.relations[CLIENTS] if r.active]
        self.clients = clients.read_all(self.related, self.app) if inputs.is_leader else ()
        self.refused: dict[int, str] = {}  # by the brokers
        self.offer: zookeeper.Offer | None = None
        self.settings: Settings | None = None

    @property
    def peers(self) -> tuple[Peer, ...]:
        """All units of the app, in order of their numbers."""
        mine = self.mine._replace(unit=self.me)
        return tuple(sorted((mine, *self.others), key=lambda peer: peer.broker_id))

    @property
    def secret(self) -> Credentials:
        """The passwords of the app, once there are any."""
        return Credentials.from_secret(self.credentials or {})

    def heard(self) -> Iterable[Member]:
        """Return the other units, as far as their databags can be read."""
        return (peer.unit for peer in self.others)

    def describe(self) -> dict[str, str]:
        """Return what the leader keeps in the app databag besides."""
        return self.app.describe()

    def describe_unit(self) -> dict[str, str]:
        """Return what this unit tells the others besides."""
        return self.mine.describe()

    def decide(self) -> None:
        """Ask ZooKeeper for a place, and decide how the brokers reach it."""
        relation = self.model.get_relation(ZOOKEEPER)
        if relation is None or not self.facts.has_zookeeper:
            self.app = self.app.without_zookeeper()
            return
        if self.inputs.is_leader:
            zookeeper.ask(relation, self.charm.app)
        offer = zookeeper.read_offer(self.model, relation)
        if isinstance(offer, databag.Refusal):
            self.record(zookeeper_fault=offer.reason)
            offer = None
        self.offer = offer
        seen = connection.Situation(
            offer, self.inputs.has_ca, self.members, self.inputs.cause.is_update_status
        )
        if self.inputs.is_leader:
            self.app = connection.plan(self.app, seen)
        self.record(has_offer=offer is not None, agrees=not offer or seen.agrees)

    def plan(self) -> Plan | None:
        """Return the broker of this unit, None while anything is missing."""
        self.settings = settings = self._settings() if self.facts.has_zookeeper else None
        if settings is None:
            return None
        layout = self.layout
        self.wanted = broker.want(self.inputs, settings, self.stores, layout)
        self.difference = found = broker.compare(self.service, layout, self.wanted)
        return Plan(
            change=found.change,
            request=self.wanted.name(settings.credentials.users_key),
            unit=self.wanted.unit,
            files=broker.start_files(self.inputs, self.wanted, settings, layout),
            place=self._place(settings),
            ports=tuple(one.port for one in settings.listeners),
            at_once=found.at_once,
        )

    def _settings(self) -> Settings | None:
        known, offer = self.app.connection, self.offer
        is_same = offer is not None and known.relation_id == offer.relation_id
        is_written = self.inputs.is_leader or self.app.users == str(known.relation_id)
        self.record(has_users=bool(known.hosts and is_written))
        has_all = offer and self.credentials and is_same and self.facts.has_users
        if not offer or not has_all or (self.app.encrypt and self.stores is None):
            return None
        return Settings(
            broker_id=self.me.number,
            bind=self.inputs.addresses.bind,
            planned_units=max(1, self.inputs.planned_units),
            options=self.options,
            credentials=self.secret,
            connection=known,
            offer=offer,
            encrypted=self.app.encrypt,
            all_listeners=(
                listeners.internal(self.me.address, self.app.encrypt),
                listeners.client(self.me.client, self.app.encrypt),
                *listeners.from_elsewhere(self.options.extra_places, self.app.encrypt),
            ),
            has_clients=bool(self.related),
        )

    def _place(self, settings: Settings) -> Place:
        ca = str(self.layout.certificates.truststore) if settings.encrypted else ""
        return Place(settings.bind, settings.internal.port, ca)

    @cached_property
    def _zookeeper_ca(self) -> str:
        # Charmed ZooKeeper does not tell its CA; it is the same as ours then.
        told = self.offer.ca if self.offer else ""
        return told or (self.stores.truststore if self.stores else "")

    def login(self, settings: Settings) -> Login:
        """Return how the user admin enters the broker of this unit."""
        ca = files.read(self.layout.certificates.truststore) if settings.encrypted else ""
        internal, password = settings.internal, settings.credentials.admin_password
        return Login(
            join(settings.bind, internal.port), internal.protocol, users.ADMIN, password, ca
        )

    @contextmanager
    def _session(self) -> Generator[Session]:
        assert self.settings  # noqa: S101 - a plan was made
        with self.open_session(self.login(self.settings)) as opened:
            yield opened

    def prepare(self, plan: Plan) -> None:
        """Write how a person enters, the programs, and whom ZooKeeper proves itself by."""
        if self.settings:
            hosts = [peer.unit.address for peer in self.peers]
            broker.prepare(self.inputs, self.settings, hosts, self.layout, self._zookeeper_ca)

    def find_bar(self) -> str:
        """Return which partitions lack brokers for a restart of this one."""
        return self._judge(partitions.find_bar)

    def find_obstacle(self) -> str:
        """Return which partitions are against a restart now."""
        return self._judge(partitions.find_obstacle)

    def _judge(self, find: Callable[[list[Partition], list[int], int], str]) -> str:
        if not self.me.serves:
            return ""
        brokers = [member.number for member in self.members if member.is_started]
        try:
            with self._session() as asked:
                return find(asked.read_partitions(), brokers, self.me.number)
        except UnavailableError as error:
            return str(error)

    def update(self, plan: Plan) -> None:
        """Change settings and stores of the broker while it runs."""
        if not self.service.ready.exists():
            return
        live = {**self.difference.live, **self._write_stores()}
        with self._defer_when_unavailable():
            if live and not self._change_settings(live):
                return
            text = properties.write(self.wanted.properties)
            files.write({self.layout.server_properties: text}, self.inputs.user)
            set_marker(self.service.updating, False)
            self.model.unit.set_ports(*plan.ports)

    def _write_stores(self) -> dict[str, str]:
        """Write another certificate; return the setting for which the broker reads it again."""
        assert self.settings  # noqa: S101 - a plan was made
        fresh = files.outdated(self.wanted.stores)
        if not fresh and not self.service.updating.exists():
            return {}
        set_marker(self.service.updating, True)
        files.write(fresh, self.inputs.user)
        # As it was: any change makes the broker look whether its files are others.
        name = f"{self.settings.internal.prefix}.ssl.keystore.location"
        return {name: str(self.layout.certificates.keystore)}

    def _change_settings(self, live: dict[str, str]) -> bool:
        """Have the broker take settings; one that does not is to be restarted with them."""
        set_marker(self.layout.dynamic, True)
        try:
            with self._session() as asked:
                asked.change_settings(self.me.number, live)
        except RejectedError as error:
            logger.warning("the broker has to be restarted: %s", error)
            set_marker(self.service.pending, True)
            self.is_unfinished = True
            return False
        return True

    def install(self, plan: Plan) -> bool:
        """Restart the broker, from its files alone."""
        if not self._forget_dynamic():
            return False
        connected = self.wanted.properties[broker.CONNECT]
        files.write({self.layout.connected: connected}, None)
        super().install(plan)
        set_marker(self.service.updating, False)
        if not self.wanted.stores:
            self.layout.certificates.remove()
        return True

    def _forget_dynamic(self) -> bool:
        if not self.layout.dynamic.exists():
            return True
        try:
            with self._metadata() as opened:
                opened.forget_dynamic(self.me.number)
        except UnreachableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True
            return False
        set_marker(self.layout.dynamic, False)
        return True

    @contextmanager
    def _metadata(self) -> Generator[records.Metadata]:
        assert self.offer  # noqa: S101 - a plan was made
        with self.open_metadata(self.offer, self._zookeeper_ca) as opened:
            yield opened

    def started(self, plan: Plan) -> None:
        """Write the users of the brokers, who need them last, while the JVM starts."""
        self.mine = self.mine._replace(client_port=0)
        if version := broker.read_version(self.inputs.jar.path):
            self.model.unit.set_workload_version(version)
        self._write_first_users()
        self.load_client()

    def _write_first_users(self) -> None:
        marker = str(self.app.connection.relation_id)
        if not self.inputs.is_leader or self.app.users == marker:
            return
        try:
            with self._metadata() as opened:
                opened.write_users(self.secret.internal)
            self.app = self.app._replace(users=marker)
        except UnreachableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True
            self.record(has_users=False)

    def check(self, plan: Plan, said: object, is_fresh: bool) -> bool:
        """Report whether the broker acknowledges a message."""
        assert self.settings  # noqa: S101 - a plan was made
        self.record(advice=sysctl.advise(self.options.profile))
        if not is_fresh:
            self._write_first_users()
        is_ready = bool(said) and self.service.ready.exists()
        if said and (not is_ready or self.inputs.cause.looks_closely):
            login, patience = self.login(self.settings), self.tools.patience
            admit = partial(self._admit, self.settings)
            is_ready = self.acknowledges(login, self.me.number, patience, admit)
        if is_ready:
            ports = [one.port for one in self.settings.listeners if one.scope == "CLIENT"]
            self.mine = self.mine._replace(client_port=sum(ports))
        return is_ready

    def find_crash(self) -> str:
        """Return what a broker says that exits again and again, "" for one that only waits."""
        error = files.last_error(self.layout.logs / "server.log")
        # After a SIGKILL its own node in ZooKeeper is in the way until the session has ended.
        return "" if "NodeExists" in error else error or "without an ERROR in its log"

    def serve(self, plan: Plan) -> None:
        """Make the users that are asked for, and tell everybody where the brokers are."""
        settings = self.settings
        if not self.inputs.is_leader or settings is None:
            return
        if self.me.serves and (self._work() or self._has_chores):
            with self._defer_when_unavailable(), self._session() as asked:
                self._admit(settings, asked)
                self._do_chores(asked)
        self.is_unfinished |= bool(self._work())
        offer = self._client_offer(settings)
        if offer.endpoints:
            key = settings.credentials.users_key
            self.app = clients.publish(self.model, self.clients, self.app, offer, key)
        for client in self.clients:
            self.complaints += client.complaints

    def _work(self) -> clients.Work:
        """Return what is still to be done about users; the leader does."""
        if not self.inputs.is_leader:
            return clients.Work(remove=(), give=())
        return clients.find_work(self.app, self.clients, self.refused)

    def _admit(self, settings: Settings, asked: Session) -> None:
        """Make the users that are asked for."""
        with self._defer_when_unavailable(), refusals():
            key = settings.credentials.users_key
            self.app, refused = clients.apply(self._work(), asked, self.app, key)
            self.refused |= refused
            self.clients = tuple(client.but(refused) for client in self.clients)
            if self.inputs.is_leader and self.inputs.cause.is_update_status:
                self._remove_abandoned(asked)

    @property
    def _has_chores(self) -> bool:
        cause = self.inputs.cause
        is_spread = self.app.lagging_user and self.is_quiescent
        return bool(is_spread or cause.departing)

    def _do_chores(self, asked: Session) -> None:
        """Give the user that no broker uses any more its password; remove what units left."""
        if self.app.lagging_user and self.is_quiescent:
            asked.put_user(self.app.lagging_user, self.secret.sync_password)
            self.app = self.app._replace(lagging_user="")
        self._remove_abandoned(asked)

    def _remove_abandoned(self, asked: Session) -> None:
        """Remove what the charm keeps on brokers that are no more."""
        if len(self.members) >= self.inputs.planned_units:
            brokers = [member.number for member in self.members]
            asked.delete_topics(canary.find_abandoned(asked.list_topics(), brokers))

    @contextmanager
    def _defer_when_unavailable(self) -> Generator[None]:
        """Leave to the next event what the brokers refuse now."""
        try:
            yield
        except UnavailableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True

    def _client_offer(self, settings: Settings) -> Offer:
        port = listeners.client("", settings.encrypted).port
        open_now = [peer.unit.client for peer in self.peers if peer.client_port == port]
        truststore = self.layout.certificates.truststore
        return Offer(
            endpoints=",".join(listeners.join(host, port) for host in open_now),
            zookeeper_uris=settings.offer.uris,
            encrypted=settings.encrypted,
            ca=files.read(truststore) if settings.encrypted else "",
        )

    def stand_down(self) -> None:
        """Stop a broker that has lost its ZooKeeper for good."""
        if self.facts.has_zookeeper:
            return
        if self.service.unit_file.exists():
            service.retire(self.service, self.tools.patience)
            self.model.unit.set_ports()
        set_marker(self.service.ready, False)
        self.me = self.me._replace(is_started=False, serves=False, request="")
        self.mine = self.mine._replace(client_port=0)
