#!/usr/bin/env python3
"""Keep one Kafka broker, and as the leader users and clients, where they should be."""

from __future__ import annotations

import logging
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import canary
import clients
import ops
import server
import session
import shell
import state
import statuses
from actions import Actions
from kafkastack_charms import files, host, tls
from kafkastack_charms.jar import NoJarError, choose_jar, probe_main, read_jar
from metadata import open_metadata
from options import BadOptionError, Options
from reconcile import Cause, Round
from render import Layout, Settings

logger = logging.getLogger(__name__)

LAST_WORDS = 3.0  # seconds that the brokers of an app that is removed have to stop in order

if TYPE_CHECKING:
    from kafkastack_charms.certificates import CarefulRequirer


class BrokerChangedEvent(ops.EventBase):
    """The watcher saw the broker stop or start to serve, or something is unfinished."""


class KafkaEvents(ops.CharmEvents):
    """Juju's events and the one of our own."""

    broker_changed = ops.EventSource(BrokerChangedEvent)


class KafkaCharm(ops.CharmBase):
    """Every event leads to one reconciliation; a unit that leaves stops its broker in order."""

    on = KafkaEvents()  # pyright: ignore[reportAssignmentType] as ops documents it
    patience = 3.0  # seconds that a hook waits for a broker that listens already
    start_patience = 5.0  # and for one to listen that starts: most do, and all is done at once
    open_metadata = staticmethod(open_metadata)
    load_client = staticmethod(session.load)
    open_session = staticmethod(session.open_session)
    is_ready = staticmethod(canary.is_ready)
    probe_jar = staticmethod(partial(probe_main, main="kafka.Kafka", arguments=("--version",)))

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.facts: statuses.Facts | None = None  # until a hook has looked
        self.settings: Settings | None = None
        self.requirer = self._request_certificate()
        peers, related = self.on[state.PEERS], self.on[state.CLIENTS]
        authority, metadata = self.on[tls.RELATION], self.on[state.ZOOKEEPER]
        for event in (
            self.on.data_storage_attached,
            self.on.install,
            self.on.leader_elected,
            self.on.config_changed,
            self.on.start,
            self.on.upgrade_charm,
            self.on.update_status,
            self.on.secret_changed,
            self.on.broker_changed,
            *(peers.relation_created, peers.relation_changed, peers.relation_departed),
            *(metadata.relation_created, metadata.relation_changed),
            *(metadata.relation_departed, metadata.relation_broken),
            *(related.relation_created, related.relation_changed, related.relation_broken),
            *(authority.relation_created, authority.relation_changed, authority.relation_broken),
        ):
            framework.observe(event, self.reconcile)
        framework.observe(self.on.stop, self._on_stop)
        framework.observe(self.on.collect_unit_status, self._collect_status)
        self.actions = Actions(self)

    @cached_property
    def addresses(self) -> state.Addresses | None:
        """Where this unit is."""
        return state.read_addresses(self.model)

    @cached_property
    def planned_units(self) -> int:
        """How many units there will be when nothing more is asked for."""
        return self.app.planned_units()

    @property
    def extra_names(self) -> tuple[str, ...]:
        """Further names that clients call this unit by."""
        try:
            options = self._options()
        except BadOptionError:
            return ()
        hosts = (host for host, _ in options.extra_places)
        return (*options.extra_names, *hosts)

    def _options(self) -> Options:
        return Options.parse(self.config, state.broker_id(self.unit.name))

    def reconcile(self, event: ops.EventBase) -> None:
        """Bring this unit, and as the leader the app, to where they should be."""
        if isinstance(event, ops.RelationBrokenEvent) and event.relation.name == state.CLIENTS:
            clients.forget(self.model, event.relation)
        if self._is_leaving(event):
            self._stop()
            return
        try:
            self.facts = self._reconcile(_cause_of(event))
        except BadOptionError as error:
            self.facts = statuses.Facts(bad_option=str(error))
        except state.BrokenRecordError as error:
            self.facts = statuses.Facts(broken=str(error))
        except (host.CannotInstallError, NoJarError) as error:
            self.facts = statuses.Facts(problem=str(error))

    def _reconcile(self, cause: Cause) -> statuses.Facts:
        options = self._options()
        java, user = host.find_java(), host.find_user(state.USER)
        offered, storages = read_jar(self.model, state.RESOURCE), state.read_storages(self.model)
        relation = self.model.get_relation(state.PEERS)
        if relation is None or not storages:
            return statuses.Facts(has_peers=False)
        if self.addresses is None:
            return statuses.Facts(has_address=False)
        layout = Layout(self.charm_dir, storages)
        jar = choose_jar(layout.charm / ".jar", offered, self.probe_jar(java))
        machine = server.Machine(layout, jar.path, java, user, self.addresses, jar)
        turn = Round(self, machine, options, relation, cause)
        facts = turn.run()
        self.settings = turn.settings
        return facts

    def _request_certificate(self) -> CarefulRequirer | None:
        if self.addresses is None:
            return None
        return tls.request(self, self.extra_names, self.addresses.seen_from)

    def login(self, settings: Settings) -> session.Login:
        """Return how the user admin enters the broker of this unit."""
        authority = ""
        if settings.encrypted:
            layout = Layout(self.charm_dir, state.read_storages(self.model))
            authority = files.read(layout.truststore)
        return session.Login(
            address=settings.bind,
            listener=settings.internal,
            password=settings.credentials.admin_password,
            authority=authority,
        )

    @property
    def is_healthy(self) -> bool:
        """Whether the broker of this unit works, as far as the last look has shown."""
        return self.facts is not None and self.facts.is_ready

    @property
    def _leaving(self) -> Path:
        # A file, as it must outlive this hook even where the hook fails later.
        return self.charm_dir / ".leaving"

    def _is_leaving(self, event: ops.EventBase) -> bool:
        """Tell whether this unit is on its way out.

        A broker cannot stop in order without its ZooKeeper: so it stops at the first sign, while
        its relation is still there.
        """
        if isinstance(event, ops.RelationDepartedEvent) and event.departing_unit == self.unit:
            return True
        return self._leaving.exists() or self.planned_units == 0

    def _on_stop(self, _: ops.StopEvent) -> None:
        self._stop()

    def _stop(self) -> None:
        if not self._leaving.exists():
            # With the last unit goes everybody who could take over: nothing to wait long for, and
            # a broker whose ZooKeeper is gone first would wait for it without end.
            patience = LAST_WORDS if self.planned_units == 0 else None
            server.retire(self.charm_dir, patience)
            self.unit.set_ports()
            shell.withdraw(self.charm_dir / "bin")
            self._leaving.touch()

    def _collect_status(self, event: ops.CollectStatusEvent) -> None:
        if self.facts is not None:
            event.add_status(statuses.choose(self.facts))


def _cause_of(event: ops.EventBase) -> Cause:
    departing = event.departing_unit if isinstance(event, ops.RelationDepartedEvent) else None
    return Cause(
        is_update_status=isinstance(event, ops.UpdateStatusEvent),
        is_report=isinstance(event, (BrokerChangedEvent, ops.ActionEvent)),
        departing=departing.name if departing else "",
    )


if __name__ == "__main__":
    ops.main(KafkaCharm)
