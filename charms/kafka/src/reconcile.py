"""Reconciliation of a Kafka 3 broker: ZooKeeper's part, added to the common one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import cached_property

import ops
import users
from kafkastack_charms import databag, files, properties
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.kafka import brokers, listeners, wanted
from kafkastack_charms.kafka.brokers import Access, Peer
from kafkastack_charms.kafka.listeners import Listener
from kafkastack_charms.kafka.options import Options
from kafkastack_charms.kafka.partitions import Cluster
from kafkastack_charms.kafka.wanted import Way
from kafkastack_charms.peers import has_active
from kafkastack_charms.reconciler import Plan, Tools
from kafkastack_charms.stages import Stage
from kafkastack_charms.watcher import Place
from kafkastack_charms.zookeeper_session import UnreachableError
from metadata import connection, records, zookeeper
from options import FORM
from roles import broker
from roles.render import Settings
from state import ZOOKEEPER, App, Transport
from statuses import Facts
from users import Credentials

logger = logging.getLogger(__name__)


class BrokerReconciliation(brokers.BrokerReconciliation):
    """A broker whose metadata is in ZooKeeper."""

    open_metadata = staticmethod(records.open_metadata)

    def __init__(
        self, charm: ops.CharmBase, relation: ops.Relation, inputs: Inputs, tools: Tools
    ) -> None:
        super().__init__(charm, relation, inputs, tools)
        self.facts = Facts(has_zookeeper=has_active(self.model, ZOOKEEPER), is_started=False)
        self.app = App.parse(relation.data[charm.app])
        self.transports = {
            member.name: Transport.parse(member, self.bags[member.name]) for member in self.members
        }
        self.offer: zookeeper.Offer | None = None
        self.settings: Settings | None = None

    def read_options(self) -> Options:
        """Return the options of the charm."""
        return FORM.parse(self.charm.config, self.me.number)

    @property
    def secret(self) -> Credentials:
        """The passwords of the app, once there are any."""
        return Credentials.from_secret(self.credentials or {})

    @property
    def brokers_password(self) -> str:
        """The password of the user that brokers log in as."""
        return self.secret.sync_password

    @property
    def way(self) -> Way:
        """How a broker finds ZooKeeper."""
        return broker.WAY

    def describe(self) -> dict[str, str]:
        """Return what the leader keeps in the app databag besides."""
        return {**super().describe(), **self.app.describe()}

    def describe_unit(self) -> dict[str, str]:
        """Return what this unit tells the others besides."""
        return {**super().describe_unit(), **self.transports[self.me.name].describe()}

    def decide(self) -> None:
        """Ask ZooKeeper for a place, and decide how the brokers reach it."""
        relation = self.model.get_relation(ZOOKEEPER)
        if relation is None or not self.facts.has_zookeeper:
            self._move(self.app.without_zookeeper())
            return
        offer = zookeeper.read_offer(self.model, relation)
        if isinstance(offer, databag.Refusal):
            self.record(zookeeper_fault=offer.reason)
            offer = None
        self.offer = offer
        seen = connection.Situation(
            offer,
            self.inputs.has_ca,
            tuple(self.transports.values()),
            self.inputs.planned_units,
            self.inputs.cause.is_update_status,
        )
        if self.inputs.is_leader:
            self._move(connection.plan(self.app, seen))
            moved = connection.find_move(offer.encrypted, seen.running) if offer else ""
            zookeeper.ask(relation, self.charm.app, moved)
        self.record(has_offer=offer is not None, agrees=not offer or seen.agrees)

    def _move(self, app: App) -> None:
        """Take up another way to ZooKeeper; another one knows nobody."""
        before = self.app.connection.relation_id
        if before not in (-1, app.connection.relation_id):
            self.ledger = self.ledger.without_brokers()
        self.app = app

    def plan(self) -> Plan | None:
        """Return the broker of this unit, None while anything is missing."""
        self.settings = settings = self._settings() if self.facts.has_zookeeper else None
        if settings is None:
            return None
        layout = self.layout
        self.access = self._access(settings)
        self.wanted = broker.want(self.inputs, settings, self.stores, layout)
        self.difference = found = wanted.compare(
            self.service, layout, self.wanted, broker.LIVE, self.way
        )
        jar, profile = self.inputs.jar.path, self.options.profile
        return Plan(
            change=found.change,
            request=self.wanted.name(settings.credentials.users_key),
            unit=self.wanted.unit,
            files=wanted.start_files(self.wanted, layout, jar, profile),
            place=self._place(settings),
            ports=tuple(one.port for one in settings.listeners),
        )

    def _settings(self) -> Settings | None:
        known, offer = self.app.connection, self.offer
        is_same = offer is not None and known.relation_id == offer.relation_id
        is_written = self.inputs.is_leader or self.app.users == str(known.relation_id)
        self.record(has_users=bool(known.hosts and is_written))
        has_all = offer and self.credentials and is_same and self.facts.has_users
        if not offer or not has_all or (self.app.stage > Stage.PLAIN and self.stores is None):
            return None
        return Settings(
            broker_id=self.me.number,
            bind=self.inputs.addresses.bind,
            planned_units=max(1, self.inputs.planned_units),
            options=self.options,
            credentials=self.secret,
            connection=known,
            offer=offer,
            all_listeners=listeners.every(
                self.me.address, self.me.client, self.options.extra_places
            ),
            stage=self.app.stage,
            has_clients=bool(self.related),
        )

    def _access(self, settings: Settings) -> Access:
        truststore = self.layout.certificates.truststore
        return Access(
            bind=settings.bind,
            listeners=settings.listeners,
            client=settings.client,
            user=users.ADMIN,
            password=settings.credentials.admin_password,
            users_key=settings.credentials.users_key,
            truststore=truststore,
            clients_truststore=truststore,
            zookeeper_uris=settings.offer.uris,
        )

    def _place(self, settings: Settings) -> Place:
        is_encrypted = settings.internal.is_encrypted
        ca = str(self.layout.certificates.truststore) if is_encrypted else ""
        return Place(settings.bind, settings.internal.port, ca, str(self.layout.login))

    @cached_property
    def _zookeeper_ca(self) -> str:
        # One that goes back to plain text tells no CA, and sessions through TLS go on meanwhile.
        known = files.read(zookeeper.ca_file(self.layout.conf))
        told = self.offer.ca if self.offer and self.offer.encrypted else known
        # Charmed ZooKeeper does not tell its CA; it is the same as ours then.
        return told or (self.stores.truststore if self.stores else "")

    def prepare(self) -> None:
        """Write how a person enters, the programs, and whom ZooKeeper proves itself by."""
        if self.settings:
            hosts = [peer.unit.address for peer in self.peers]
            broker.prepare(self.inputs, self.settings, hosts, self.layout, self._zookeeper_ca)

    def leads(self) -> bool:
        """Report whether this broker is the controller."""
        seen = self.cluster if self.me.serves else None
        return isinstance(seen, Cluster) and seen.controller == self.me.number

    def runs_as_planned(self) -> None:
        """Remember how the broker talks, once it does."""
        settings, text = self.settings, properties.write(self.wanted.properties)
        if settings and not files.outdated({self.layout.server_properties: text}):
            session = connection.SESSIONS[settings.connection.encrypted]
            self.transports[self.me.name] = Transport(self.me, settings.stage, session)

    def is_open(self, peer: Peer, listener: Listener) -> bool:
        """Report whether a broker has opened a listener for clients."""
        stage = self.transports[peer.unit.name].stage
        return bool(peer.client_port) and listener.is_encrypted in stage.accepts

    def find_causes(self) -> Iterable[object]:
        """Return what the leader has decided of how brokers talk."""
        return (self.app.connection, self.app.stage)

    def forget_settings(self) -> bool:
        """Remove what the charm has set while the broker ran; report whether that was done."""
        names = self.set_live
        return self._change_metadata(lambda known: known.forget_dynamic(self.me.number, names))

    def _change_metadata(self, change: Callable[[records.Metadata], None]) -> bool:
        try:
            with self._metadata() as opened:
                change(opened)
        except UnreachableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True
            return False
        return True

    @contextmanager
    def _metadata(self) -> Generator[records.Metadata]:
        if self.offer is None:
            raise UnreachableError("nobody has told where ZooKeeper is")
        with self.open_metadata(self.offer, self._zookeeper_ca) as opened:
            yield opened

    def started(self) -> None:
        """Write the users of the brokers, who need them last, while the JVM starts."""
        self._write_first_users()
        super().started()

    def _write_first_users(self) -> None:
        marker = str(self.app.connection.relation_id)
        if not self.inputs.is_leader or self.app.users == marker:
            return
        if self._change_metadata(lambda known: known.write_users(self.secret.internal)):
            self.app = self.app._replace(users=marker)
        else:
            self.record(has_users=False)

    def check(self, plan: Plan, said: object, is_fresh: bool) -> bool:
        """Report whether the broker acknowledges a message."""
        if not is_fresh:
            self._write_first_users()
        return super().check(plan, said, is_fresh)

    def find_crash(self) -> str:
        """Return what a broker says that exits again and again, "" for one that only waits."""
        error = files.explain_exit(self.layout.logs / "server.log")
        # After a SIGKILL its own node in ZooKeeper is in the way until the session has ended.
        return "" if "NodeExists" in error else error

    def stand_down(self) -> None:
        """Stop a broker that has lost its ZooKeeper for good."""
        if self.facts.has_zookeeper:
            return
        super().stand_down()
        self.transports[self.me.name] = Transport(self.me)
