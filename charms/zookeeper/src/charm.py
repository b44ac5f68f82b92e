#!/usr/bin/env python3
"""Charm of Apache ZooKeeper."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import cast

import clients
import ops
import probe
import quorum
import server
from actions import ZooKeeperActions
from kafkastack_charms import peers
from kafkastack_charms.actions import Actions
from kafkastack_charms.server_charm import ServerCharm, Workload
from kafkastack_charms.zookeeper_session import UnreachableError
from options import Options
from reconcile import CLIENTS, ZooKeeperReconciliation
from render import Layout
from statuses import TABLE, Facts
from users import PASSWORDS

logger = logging.getLogger(__name__)


class ZooKeeperCharm(ServerCharm):
    """Every event leads to one pass; a unit that leaves takes itself out of the quorum first."""

    workload = Workload(
        name="zookeeper",
        title="Apache ZooKeeper",
        clients=CLIENTS,
        ask=probe.ask,
        resource="zookeeper",
        main="org.apache.zookeeper.version.VersionInfoMain",
    )
    reconciliation = ZooKeeperReconciliation
    table, facts_type = TABLE, Facts
    endpoints, passwords = (CLIENTS,), PASSWORDS
    start_patience, grace = 10.0, 2.0

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.actions = Actions(self, ZooKeeperActions(self).table)

    def check_options(self) -> None:
        """Raise BadOptionError for an option that has a value that cannot be."""
        Options.parse(self.config)

    @property
    def certificate_addresses(self) -> Iterable[str]:
        """Addresses that stand in the certificate."""
        with_ips = bool(self.config["certificate-include-ip-sans"])
        return super().certificate_addresses if with_ips else ()

    def relation_ended(self, relation: ops.Relation) -> None:
        """Remove the secrets of a client that has gone."""
        if relation.name == CLIENTS:
            clients.forget(self.model, relation)

    def leave(self) -> None:
        """Take this server out of the quorum, while it still has a vote on that.

        Everything needed is on this machine: the relations may be gone already.
        """
        storages = peers.read_storages(self.model, self.workload.storage)
        if not storages or self.planned_units == 0:
            return
        layout, mine = Layout(self.charm_dir, storages[0]), quorum.server_id(self.unit.name)
        login = server.read_login(layout)
        if login is None or mine not in server.read_members(layout):
            return
        decides = cast("type[ZooKeeperReconciliation]", self.reconciliation)
        try:
            with decides.open_ensemble(login.place, login.password) as ensemble:
                ensemble.change_members(partial(quorum.leave, gone={mine}))
        except UnreachableError as error:
            logger.warning("left the quorum to the leader to tidy: %s", error)


if __name__ == "__main__":
    ops.main(ZooKeeperCharm)
