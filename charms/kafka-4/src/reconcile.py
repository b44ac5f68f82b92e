"""Reconciliation of a Kafka 4 server: KRaft's part, added to the common one."""

from __future__ import annotations

import logging

import system_users
import users
from kafkastack_charms import files, internal_ca, trust
from kafkastack_charms.kafka import controllers, listeners, wanted
from kafkastack_charms.kafka.admin import Session
from kafkastack_charms.kafka.brokers import Access
from kafkastack_charms.kafka.protocol import ServerError
from kafkastack_charms.kafka.render import min_in_sync
from kafkastack_charms.kafka.wanted import Way
from kafkastack_charms.reconciler import Plan
from kafkastack_charms.trust import Stores
from kafkastack_charms.watcher import Place, answers, bound
from metadata import formatting, kraft
from metadata.formatting import Ahead, Formatting, Runner
from metadata.voting import VotingReconciliation
from options import FORM
from roles import render, server
from roles.render import Settings
from state import Controllers, Seat
from users import Credentials

logger = logging.getLogger(__name__)


class KraftReconciliation(VotingReconciliation):
    """What its server is to be, and how it gets there."""

    format_storage = staticmethod(formatting.format_storage)
    ahead_of = Ahead  # what formats in the background

    # What the server is to be.

    @property
    def way(self) -> Way:
        """How this server finds the controllers; one of them has read where the others are."""
        return Way(kraft.SERVERS, is_kept=not self.is_controller)

    def plan(self) -> Plan | None:
        """Return the server of this unit, None while anything is missing."""
        if self.credentials is None:
            return None
        self.exchange()
        known = self._settings()
        self.settings = settings = None if self._awaits_certificate else known
        # Relations that are there become known one by one; each could be a restart.
        is_early = self.inputs.cause.is_followed and not self.me.is_started
        if settings is None or is_early:
            self._format_ahead(known)
            return None
        layout, internal = self.layout, self._internal_stores(settings.controllers)
        if self.is_broker:
            self.access = self._access(settings)
        self.wanted = server.want(self.inputs, settings, internal, self.stores, layout)
        live = FORM.live if self.is_broker else ()
        self.difference = wanted.compare(self.service, layout, self.wanted, live, self.way)
        jar, profile = self.inputs.jar.path, self.options.profile
        return Plan(
            change=self.difference.change,
            request=self.wanted.name(settings.credentials.users_key),
            unit=self.wanted.unit,
            files=wanted.start_files(self.wanted, layout, jar, profile),
            place=self._place(settings, self.is_broker),
            ports=tuple(one.port for one in settings.listeners),
        )

    def _settings(self) -> Settings | None:
        known = self.find_controllers()
        if known is None or not (self.facts.has_controllers and self.facts.has_brokers):
            return None
        encrypted = self.kraft.encrypt
        counted = self.others_cluster.brokers if self.others_cluster else self.inputs.planned_units
        return Settings(
            node_id=self.number_of(self.me),
            roles=self.roles,
            bind=self.inputs.addresses.bind,
            brokers=max(1, counted),
            options=self.options,
            credentials=self.secret,
            controllers=known,
            controller=listeners.controller(self.me.address),
            all_listeners=(
                listeners.internal(self.me.address, encrypted=True),
                listeners.client(self.me.client, encrypted),
                *listeners.from_elsewhere(self.options.extra_places, encrypted),
            ),
            has_clients=bool(self.related),
            encrypted=encrypted,
        )

    @property
    def _awaits_certificate(self) -> bool:
        """Whether a broker that is yet to start would be restarted for what is on its way."""
        expects = self.kraft.encrypt or (self.inputs.has_ca and not self.me.is_started)
        return self.is_broker and expects and self.stores is None

    def _internal_stores(self, known: Controllers) -> Stores:
        secret, addresses = self.secret, self.inputs.addresses
        name = self.inputs.unit.replace("/", "-")
        certificate = internal_ca.keep(
            self.inputs.charm / ".internal-certificate",
            secret.ca,
            secret.ca_key,
            name,
            {name},
            {addresses.peer, addresses.bind, addresses.client},
        )
        return Stores(certificate, trust.join(secret.ca, known.ca))

    def _access(self, settings: Settings) -> Access:
        secret = settings.credentials
        return Access(
            bind=settings.bind,
            listeners=settings.broker_listeners,
            client=settings.all_listeners[1],
            user=secret.broker_user,
            password=secret.replication_password,
            users_key=secret.users_key,
            truststore=render.internal_certificates(self.layout).truststore,
            clients_truststore=self.layout.certificates.truststore,
        )

    def _place(self, settings: Settings, is_broker: bool) -> Place:
        """Return where this server is asked in one of its roles."""
        ca = str(render.internal_certificates(self.layout).truststore)
        one = settings.all_listeners[0] if is_broker else settings.controller
        login = self.layout.login if is_broker else server.login_file(self.layout)
        return Place(settings.bind, one.port, ca, str(login))

    # How it gets there.

    def prepare(self) -> None:
        """Write how a person enters, and the programs."""
        if self.settings:
            hosts = [peer.unit.address for peer in self.peers if peer.unit.address]
            server.prepare(self.inputs, self.settings, hosts, self.layout)

    def install(self, plan: Plan) -> bool:
        """Format a new server, and restart it from its files alone."""
        settings = self.settings
        if settings and not formatting.is_formatted(self.layout.data):
            how = self._formatting(settings)
            ahead, key = self._ahead, settings.credentials.users_key
            if not ahead.use(how, key, self.wanted.properties):
                text = plan.files[self.layout.server_properties]
                files.write({self.layout.server_properties: text}, self.inputs.user)
                self.format_storage(how, ahead.runner)
            self._know_what_is_made(how)
        self._ahead.forget()
        if self.is_controller:
            directory = kraft.read_directory(self.layout.data[0])
            is_same = directory == self.seat.directory  # else its disk is another one
            votes = self.is_first or (self.seat.votes and is_same)
            self.seats[self.me.name] = Seat(directory, votes)
        return super().install(plan)

    @property
    def _ahead(self) -> Ahead:
        runner = Runner(
            java=self.inputs.java,
            jar=self.inputs.jar.path,
            conf=self.layout.conf,
            user=self.inputs.user,
        )
        return self.ahead_of(runner, self.layout.data)

    def _format_ahead(self, settings: Settings | None) -> None:
        """Begin what takes long before it is needed."""
        if settings and not any(formatting.is_formatted([one]) for one in self.layout.data):
            made_with = render.server_properties(settings, self.layout)
            key = settings.credentials.users_key
            self._ahead.begin(self._formatting(settings), key, made_with)

    def _know_what_is_made(self, how: Formatting) -> None:
        """Remember what the brokers need not be told: their metadata begins with it."""
        if how.is_first and self.inputs.is_leader and self.is_broker:
            in_sync = int(self.wanted.properties["min.insync.replicas"])
            self.kraft = self.kraft._replace(users=True, min_in_sync=in_sync)

    def _formatting(self, settings: Settings) -> Formatting:
        other = self.others_cluster
        return Formatting(
            cluster_id=other.cluster_uuid if other else self.kraft.cluster_uuid,
            is_first=self.is_first,
            is_controller=settings.is_controller,
            first_users=other.first_users if other else settings.credentials.own_users,
        )

    def stores_of(self, access: Access) -> dict[str, str]:
        """Return the settings that name the files of certificates, of each listener its own."""
        internal, client = access.internal, access.client
        peers = render.internal_certificates(self.layout).keystore
        found = {f"{internal.prefix}.ssl.keystore.location": str(peers)}
        if client.is_encrypted and client in access.listeners:
            keystore = self.layout.certificates.keystore
            found[f"{client.prefix}.ssl.keystore.location"] = str(keystore)
        return found

    def forget_settings(self) -> bool:
        """Remove what the charm has set while the broker ran; report whether that was done."""
        number = self.number_of(self.me)
        with self.defer_when_unavailable(), self.session() as asked:
            asked.forget_settings(number, self.set_live)
            return True
        return not self.service.read().is_active  # it cannot be asked: its file is tried

    def check(self, plan: Plan, said: object, is_fresh: bool) -> bool:
        """Report whether a broker acknowledges a message, and a controller knows who leads."""
        works = super().check(plan, said, is_fresh) if self.is_broker else bool(said)
        if self.settings and self.is_controller and not said and self.service.served.exists():
            self.record(has_quorum=self._hears_leader(self.settings) or self.quorum.says is None)
        return works

    def _hears_leader(self, settings: Settings) -> bool:
        """Report whether the controller works beside a broker that does not.

        One without a broker has just been asked.
        """
        place = self._place(settings, is_broker=False)
        return self.is_broker and bool(answers(place, bound(controllers.ask, place)))

    def find_crash(self) -> str:
        """Return what a server says that exits again and again."""
        return files.explain_exit(self.layout.logs / "server.log")

    # What is talked over once it runs.

    def serve(self) -> None:
        """Keep the quorum, tell the other application, and serve clients."""
        self.keep_quorum()
        if self.inputs.is_leader and self.is_controller and not self.is_broker:
            self.tell_brokers()
        if not self.is_broker:
            return
        if self.inputs.is_leader and self.me.serves:
            self._keep_users()
            self._keep_defaults()
        super().serve()

    def _keep_users(self) -> None:
        """Make the operator, and take the passwords that a person has chosen."""
        asked = system_users.read(self.model, str(self.charm.config.get("system-users", "")))
        self.record(users_fault=asked.fault)
        self.is_unfinished |= bool(asked.fault)  # a grant wakes nobody
        fresh = system_users.choose(self.secret, asked, is_settled=not self.ledger.lagging_user)
        if fresh == self.secret and self.kraft.users:
            return
        with self.defer_when_unavailable(), self.session() as session:
            self._put_users(session, fresh)

    def _put_users(self, session: Session, fresh: Credentials) -> None:
        """Tell the brokers first: a secret that they do not know would lock everybody out."""
        before = self.secret
        if not self.kraft.users or fresh.operator_password != before.operator_password:
            session.put_user(users.OPERATOR, fresh.operator_password)
            self.kraft = self.kraft._replace(users=True)
        if fresh.replication_password != before.replication_password:
            session.put_user(fresh.broker_user, fresh.replication_password)
            self.ledger = self.ledger._replace(lagging_user=before.broker_user)
        if fresh != before:
            self.change_credentials(fresh.to_secret())
            self.credentials = fresh.to_secret()
            self.is_unfinished = True

    def _keep_defaults(self) -> None:
        """Say to all brokers how many replicas a message needs.

        Kafka 4 keeps that with the metadata, from the first start on: the file of a broker does
        not change it any more.
        """
        wanted = min_in_sync(self.inputs.planned_units)
        is_complete = self.is_quiescent and len(self.members) >= self.inputs.planned_units
        if wanted == self.kraft.min_in_sync or not is_complete:
            return
        try:
            with self.quorum.active() as said:
                said.set_defaults({"min.insync.replicas": str(wanted)})
            self.kraft = self.kraft._replace(min_in_sync=wanted)
        except (OSError, ServerError) as error:
            logger.info("the next event tries again to set defaults: %s", error)
            self.is_unfinished = True

    def stand_down(self) -> None:
        """Stop a server that has lost the application that it needs."""
        if self.facts.has_controllers and self.facts.has_brokers:
            return
        super().stand_down()
