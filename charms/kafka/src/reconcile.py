"""The order in which one unit is brought to where it should be."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import clients
import leader
import listeners
import ops
import render
import server
import state
import statuses
import system
import watcher
import wire
import zookeeper
from kafkastack_charms import databag, files, systemd, tls
from metadata import UnreachableError
from options import Options
from render import Settings
from server import Change
from session import Session, UnavailableError, refusals
from statuses import Facts
from users import Credentials

if TYPE_CHECKING:
    from charm import KafkaCharm

logger = logging.getLogger(__name__)
EXITS = 3  # of a broker since it was started: it cannot run as it is


class Cause(NamedTuple):
    """What this hook is about, as far as it matters."""

    is_update_status: bool = False
    is_report: bool = False  # the watcher's, or a person's: look closely
    departing: str = ""  # the peer that is on its way out


class Round:
    """One pass over everything; each step reads what the steps before it found out."""

    def __init__(
        self,
        charm: KafkaCharm,
        machine: server.Machine,
        options: Options,
        relation: ops.Relation,
        cause: Cause,
    ) -> None:
        self.charm, self.model, self.unit = charm, charm.model, charm.unit
        self.machine, self.options, self.relation, self.cause = machine, options, relation, cause
        self.layout = machine.layout
        self.is_leader = charm.unit.is_leader()
        self.app = state.App.parse(relation.data[charm.app])
        self.authority = _has_active(charm.model, tls.RELATION)
        requirer = charm.requirer if self.authority else None
        self.keys = tls.read_certificate(requirer) if requirer else None
        self.me = state.Peer.parse(charm.unit.name, relation.data[charm.unit])._replace(
            address=machine.addresses.peer,
            client=machine.addresses.client,
            has_keys=self.keys is not None,
        )
        peers = state.read_peers(relation)
        self.others = tuple(peer for peer in peers if peer.name != cause.departing)
        self.related = [r for r in self.model.relations[state.CLIENTS] if r.active]
        self.clients = clients.read_all(self.related, self.app) if self.is_leader else ()
        self.refused: dict[int, str] = {}  # by the brokers
        self.offer: zookeeper.Offer | None = None
        self.settings: Settings | None = None
        self.facts = Facts(
            jar_fault=machine.chosen.fault,
            has_zookeeper=_has_active(charm.model, state.ZOOKEEPER),
            is_started=False,
            needs_keys=self.authority and self.keys is None,
        )
        self.is_unfinished = False

    @property
    def peers(self) -> tuple[state.Peer, ...]:
        """All units of the app, in order of their numbers."""
        return tuple(sorted((self.me, *self.others), key=lambda peer: peer.broker_id))

    def run(self) -> Facts:
        """Do every step that can be done now, and tell the other units."""
        self._listen_to_zookeeper()
        credentials = self._credentials()
        if not self.facts.has_zookeeper:
            self._end()
        else:
            self.settings = self._settings(credentials)
        if self.settings:
            self._apply(self.settings)
            self._serve_clients(self.settings)
            where = server.door(self.machine, self.settings.internal)
            server.keep_watcher(self.machine, where, self.unit.name)
        self.relation.data[self.unit].update(self.me.describe())
        server.note(self.layout.unfinished, self.is_unfinished)
        self._know(
            refused=databag.summarize(self._complaints()),
            authority_fault=databag.summarize(tls.find_faults(self.charm.requirer)),
        )
        return self.facts

    def _complaints(self) -> Iterator[str]:
        """Say who has written what cannot be read or granted."""
        yield from (f"unit {peer.name}: {peer.fault}" for peer in self.others if peer.fault)
        yield from (f"authority: {reason}" for reason in tls.find_faults(self.charm.requirer))
        for client in self.clients:
            yield from client.complaints

    def _listen_to_zookeeper(self) -> None:
        relation = self.model.get_relation(state.ZOOKEEPER)
        if relation is None or not self.facts.has_zookeeper:
            self.app = self.app.without_zookeeper()
            return
        if self.is_leader:
            zookeeper.ask(relation, self.charm.app)
        offer = zookeeper.read_offer(self.model, relation)
        if isinstance(offer, databag.Refusal):
            self._know(zookeeper_fault=offer.reason)
            offer = None
        self.offer = offer
        seen = leader.Situation(
            self.offer, self.authority, self.peers, self.cause.is_update_status
        )
        if self.is_leader:
            self.app = leader.plan(self.app, seen)
        self._know(has_offer=self.offer is not None, agrees=not self.offer or seen.agrees)

    def _credentials(self) -> Credentials | None:
        credentials = leader.read_credentials(self.model, self.app)
        if self.is_leader:
            if credentials is None:
                self.app, credentials = leader.make_credentials(self.model, self.app)
            self._write_app()
        self._know(has_credentials=credentials is not None)
        return credentials

    def _write_first_users(self, settings: Settings) -> None:
        """Write the users of the brokers, who need them last: the JVM starts meanwhile."""
        marker = str(self.app.connection.relation_id)
        if not self.is_leader or self.app.users == marker:
            return
        try:
            with self.charm.open_metadata(settings.offer, self._zookeeper_authority()) as session:
                session.write_users(settings.credentials.internal)
            self.app = self.app._replace(users=marker)
        except UnreachableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True
            self._know(has_users=False)

    def _settings(self, credentials: Credentials | None) -> Settings | None:
        """Return what this broker should be, None while anything is missing."""
        known, offer = self.app.connection, self.offer
        is_same = offer is not None and known.relation_id == offer.relation_id
        is_written = self.is_leader or self.app.users == str(known.relation_id)
        self._know(has_users=bool(known.hosts and is_written))
        keys = self.keys or server.read_keys(self.layout)
        if not (offer and credentials and is_same and self.facts.has_users):
            return None
        if self.app.encrypt and keys is None:
            return None
        return Settings(
            broker_id=self.me.broker_id,
            bind=self.machine.addresses.bind,
            planned_units=max(1, self.charm.planned_units),
            options=self.options,
            credentials=credentials,
            connection=known,
            offer=offer,
            encrypted=self.app.encrypt,
            doors=self._doors(),
            has_clients=bool(self.related),
            jar=self.machine.chosen.digest,
        )

    def _doors(self) -> tuple[listeners.Listener, ...]:
        encrypted, places = self.app.encrypt, self.options.extra_places
        return (
            listeners.internal(self.me.address, encrypted),
            listeners.client(self.me.client, encrypted),
            *listeners.from_elsewhere(places, encrypted),
        )

    def _apply(self, settings: Settings) -> None:
        """Run the broker with these settings, now or when its turn comes."""
        keys = self.keys or server.read_keys(self.layout)
        server.prepare(self.machine, settings, [peer.address for peer in self.peers])
        wanted = render.server_properties(settings, self.layout)
        others = server.needed_files(self.machine, settings, keys)
        is_active = systemd.is_active(state.SERVER)
        keeps_exiting = not is_active and systemd.restarts(state.SERVER) >= EXITS
        is_kept = is_active or keeps_exiting  # by systemd, and it will try again
        change = server.find_change(self.layout, wanted, others) if is_kept else Change.RESTART
        is_fresh = False
        if change is Change.DOORS and self.layout.seen_ready.exists():
            self._move_doors(settings, wanted)
        elif change is not Change.NOTHING and (not is_active or self._is_my_turn(settings)):
            is_fresh = self._install(settings, wanted, others)
        self._know(is_started=True, is_active=is_fresh or is_active)
        self._write_first_users(settings)
        self._look(settings, is_fresh)

    def _move_doors(self, settings: Settings, wanted: dict[str, str]) -> None:
        """Open or close the doors of clients while the broker runs."""
        server.note(self.layout.dynamic, True)
        login = self.charm.login(settings)
        with self._or_next_time(), self.charm.open_session(login) as session:
            session.change_settings(self.me.broker_id, render.open_doors(settings))
            server.write_properties(self.machine, wanted)
            self._opened(settings)

    def _install(
        self, settings: Settings, wanted: dict[str, str], others: dict[Path, str]
    ) -> bool:
        """Restart the broker, from its files alone."""
        if not self._forget_dynamic(settings):
            return False
        server.note(self.layout.seen_ready, False)
        server.install(self.machine, wanted, others)
        self._opened(settings)
        return True

    def _forget_dynamic(self, settings: Settings) -> bool:
        if not self.layout.dynamic.exists():
            return True
        try:
            with self.charm.open_metadata(settings.offer, self._zookeeper_authority()) as session:
                session.forget_dynamic(self.me.broker_id)
        except UnreachableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True
            return False
        server.note(self.layout.dynamic, False)
        return True

    def _zookeeper_authority(self) -> str:
        # Charmed ZooKeeper does not tell its authority; it is the same as ours then.
        told = self.offer.authority if self.offer else ""
        return told or (self.keys.ca if self.keys else "")

    def _is_my_turn(self, settings: Settings) -> bool:
        wanted = server.digest(settings)
        # Brokers that do not understand each other would wait for ever: all change at once.
        changes_language = self.me.language != server.language(settings)
        is_known = self.me.applied in ("", wanted)
        is_free = is_known or changes_language
        waits = not (is_free or server.is_my_turn(self.me.broker_id, wanted, self.others))
        self._know(waits_its_turn=waits)
        return not waits

    def _opened(self, settings: Settings) -> None:
        self.unit.set_ports(*(door.port for door in settings.listeners))
        if version := server.read_version(self.machine.jar):
            self.unit.set_workload_version(version)
        self.me = self.me._replace(client_port=0, language=server.language(settings))

    def _look(self, settings: Settings, is_fresh: bool) -> None:
        """Find out whether the broker works; one that starts slowly is left to the watcher."""
        where = server.door(self.machine, settings.internal)
        if is_fresh:
            self._know(is_ready=False, was_ready=False)
            self.unit.status = statuses.choose(self.facts)
            self.charm.load_client()  # while the JVM starts
        listens = watcher.is_listening(where, self.charm.start_patience if is_fresh else 0.0)
        was_ready = self.me.applied == server.digest(settings)
        is_ready = listens and self.layout.seen_ready.exists()
        if listens and (not is_ready or self.cause.is_update_status or self.cause.is_report):
            login, admit = self.charm.login(settings), partial(self._admit, settings)
            is_ready = self.charm.is_ready(login, self.me.broker_id, self.charm.patience, admit)
        server.note(self.layout.seen_ready, is_ready)
        if is_ready and not self.facts.waits_its_turn:
            ports = [door.port for door in settings.listeners if door.scope == "CLIENT"]
            self.me = self.me._replace(applied=server.digest(settings), client_port=sum(ports))
        if not listens:
            self._know(crash="" if is_fresh else self._find_crash())
            self.is_unfinished = True  # the watcher calls again, ever later
        self._know(
            is_listening=listens,
            is_ready=is_ready,
            was_ready=was_ready and not is_fresh,
            advice=system.advise(self.options.profile),
        )

    def _find_crash(self) -> str:
        """Return what a broker says that exits again and again, "" for one that does not."""
        exits = systemd.restarts(state.SERVER)
        error = files.last_error(self.layout.logs / "server.log")
        # After a SIGKILL its own node in ZooKeeper is in the way until the session has ended.
        if exits < EXITS or "NodeExists" in error:
            return ""
        return error or f"{exits} times, without an ERROR in its log"

    def _serve_clients(self, settings: Settings) -> None:
        """Make the users that are asked for, and tell everybody where the brokers are."""
        if not self.is_leader:
            return
        if self.facts.is_ready and self._work():
            login = self.charm.login(settings)
            with self._or_next_time(), self.charm.open_session(login) as session:
                self._admit(settings, session)
        self.is_unfinished |= bool(self._work())
        offer = self._client_offer(settings)
        if offer.endpoints:
            key = settings.credentials.users_key
            self.app = clients.publish(self.model, self.clients, self.app, offer, key)
        self._write_app()

    def _work(self) -> clients.Work:
        """Return what is still to be done about users; the leader does."""
        if not self.is_leader:
            return clients.Work(remove=(), give=())
        return clients.find_work(self.app, self.clients, self.refused)

    def _admit(self, settings: Settings, session: Session) -> None:
        """Make the users that are asked for."""
        with self._or_next_time(), refusals():
            key = settings.credentials.users_key
            self.app, refused = clients.do(self._work(), session, self.app, key)
            self.refused |= refused
            self.clients = tuple(client.but(refused) for client in self.clients)

    @contextmanager
    def _or_next_time(self) -> Generator[None]:
        """Leave to the next event what the brokers refuse now."""
        try:
            yield
        except UnavailableError as error:
            logger.warning("the next event tries again: %s", error)
            self.is_unfinished = True

    def _client_offer(self, settings: Settings) -> wire.Offer:
        port = listeners.client("", settings.encrypted).port
        open_now = [peer.client for peer in self.peers if peer.client_port == port]
        return wire.Offer(
            endpoints=",".join(listeners.join(host, port) for host in open_now),
            zookeeper_uris=settings.offer.uris,
            encrypted=settings.encrypted,
            authority=files.read(self.layout.truststore) if settings.encrypted else "",
        )

    def _end(self) -> None:
        """Stop a broker that has lost its ZooKeeper for good."""
        if (self.layout.charm / state.SERVER).exists():
            server.retire(self.layout.charm, self.charm.patience)
            self.unit.set_ports()
        self.layout.seen_ready.unlink(missing_ok=True)
        self.me = self.me._replace(applied="", client_port=0)

    def _write_app(self) -> None:
        self.relation.data[self.charm.app].update(self.app.describe())

    def _know(self, **facts: bool | str) -> None:
        self.facts = self.facts._replace(**facts)  # pyright: ignore[reportArgumentType] as named


def _has_active(model: ops.Model, endpoint: str) -> bool:
    relation = model.get_relation(endpoint)
    return relation is not None and relation.active
