#!/usr/bin/env python3
"""Keep one ZooKeeper server, and as the leader quorum and clients, where they should be."""

from __future__ import annotations

import logging
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import clients
import ops
import quorum
import server
import state
import statuses
from actions import Actions
from ensemble import UnreachableError, open_ensemble
from kafkastack_charms import host, systemd, tls
from kafkastack_charms.jar import NoJarError, choose_jar, probe_main, read_jar
from reconcile import Cause, Round
from render import Layout

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from kafkastack_charms.certificates import CarefulRequirer


class ServiceChangedEvent(ops.EventBase):
    """The watcher saw the server stop or start to serve."""


class ZooKeeperEvents(ops.CharmEvents):
    """Juju's events and the one of our own."""

    service_changed = ops.EventSource(ServiceChangedEvent)


VERSION_MAIN = "org.apache.zookeeper.version.VersionInfoMain"


class ZooKeeperCharm(ops.CharmBase):
    """Every event leads to one reconciliation; a unit that leaves takes itself out first."""

    on = ZooKeeperEvents()  # pyright: ignore[reportAssignmentType] as ops documents it
    patience = 10.0  # seconds that a hook waits for a server it has just started
    open_ensemble = staticmethod(open_ensemble)
    probe_jar = staticmethod(partial(probe_main, main=VERSION_MAIN))

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.facts: statuses.Facts | None = None  # until a hook has looked
        self.requirer = self._request_certificate()
        peers, related = self.on[state.PEERS], self.on[state.CLIENTS]
        authority = self.on[tls.RELATION]
        for event in (
            self.on.data_storage_attached,
            self.on.install,
            self.on.leader_elected,
            self.on.config_changed,
            self.on.start,
            self.on.upgrade_charm,
            self.on.update_status,
            self.on.secret_changed,
            self.on.service_changed,
            *(peers.relation_created, peers.relation_changed),
            *(related.relation_created, related.relation_changed, related.relation_broken),
            *(authority.relation_created, authority.relation_changed, authority.relation_broken),
        ):
            framework.observe(event, self.reconcile)
        framework.observe(peers.relation_departed, self._on_departed)
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

    def reconcile(self, event: ops.EventBase) -> None:
        """Bring this unit, and as the leader the app, to where they should be."""
        if self._leaving.exists():
            return
        if isinstance(event, ops.RelationBrokenEvent) and event.relation.name == state.CLIENTS:
            clients.forget(self.model, event.relation)
        try:
            self.facts = self._reconcile(_cause_of(event))
        except state.BadOptionError as error:
            self.facts = statuses.Facts(bad_option=str(error))
        except state.BrokenRecordError as error:
            self.facts = statuses.Facts(broken=str(error))
        except (host.CannotInstallError, NoJarError) as error:
            self.facts = statuses.Facts(problem=str(error))

    def _reconcile(self, cause: Cause) -> statuses.Facts:
        options = state.Options.parse(self.config)
        java, user = host.find_java(), host.find_user(state.USER)
        offered, storage = read_jar(self.model, state.RESOURCE), state.read_storage(self.model)
        relation = self.model.get_relation(state.PEERS)
        if relation is None or storage is None:
            return statuses.Facts(has_peers=False)
        if self.addresses is None:
            return statuses.Facts(has_address=False)
        layout = Layout(self.charm_dir, storage)
        jar = choose_jar(layout.charm / ".jar", offered, self.probe_jar(java))
        machine = server.Machine(layout, jar.path, java, user, self.addresses, jar)
        return Round(self, machine, options, relation, cause).run()

    def _request_certificate(self) -> CarefulRequirer | None:
        if self.addresses is None:
            return None
        with_ips = bool(self.config["certificate-include-ip-sans"])
        return tls.request(self, addresses=self.addresses.seen_from if with_ips else ())

    @property
    def _leaving(self) -> Path:
        # A file, as it must outlive this hook even where the hook fails later.
        return self.charm_dir / ".leaving"

    def _on_departed(self, event: ops.RelationDepartedEvent) -> None:
        if event.departing_unit == self.unit:
            self._leaving.touch()
            self._leave()
        else:
            self.reconcile(event)

    def _on_stop(self, _: ops.StopEvent) -> None:
        self._leaving.touch()
        self._leave()
        for service in (state.WATCHER, state.SERVER):
            systemd.disable(self.charm_dir / service)
        self.unit.set_ports()

    def _leave(self) -> None:
        """Take this server out of the quorum, while it still has a vote on that.

        Everything needed is on this machine: the relations may be gone already.
        """
        storage = state.read_storage(self.model)
        if storage is None or self.planned_units == 0:
            return
        layout, mine = Layout(self.charm_dir, storage), quorum.server_id(self.unit.name)
        login = server.read_login(layout)
        if login is None or mine not in server.read_members(layout):
            return
        try:
            with self.open_ensemble(login.door, login.password) as ensemble:
                ensemble.change_members(partial(quorum.leave, gone={mine}))
        except UnreachableError as error:
            logger.warning("left the quorum to the leader to tidy: %s", error)

    def _collect_status(self, event: ops.CollectStatusEvent) -> None:
        if self.facts is not None:
            event.add_status(self.status())

    def status(self) -> ops.StatusBase:
        """Return the status that the last reconciliation deserves."""
        return statuses.choose(self.facts or statuses.Facts())


def _cause_of(event: ops.EventBase) -> Cause:
    departing = event.departing_unit if isinstance(event, ops.RelationDepartedEvent) else None
    return Cause(
        is_update_status=isinstance(event, ops.UpdateStatusEvent),
        departing=departing.name if departing else "",
    )


if __name__ == "__main__":
    ops.main(ZooKeeperCharm)
