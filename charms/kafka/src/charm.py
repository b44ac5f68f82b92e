#!/usr/bin/env python3
"""Charm of Apache Kafka."""

from __future__ import annotations

from typing import cast

import ops
from actions import KafkaActions
from kafkastack_charms import peers, shell
from kafkastack_charms.actions import Actions
from kafkastack_charms.kafka import leaving, wanted
from kafkastack_charms.kafka.brokers import CLIENTS
from kafkastack_charms.kafka.charm import KafkaServerCharm
from kafkastack_charms.kafka.layout import Layout
from options import FORM
from reconcile import BrokerReconciliation
from state import STORAGE, ZOOKEEPER
from statuses import TABLE, Facts
from users import PASSWORDS


class KafkaCharm(KafkaServerCharm):
    """Brokers whose metadata is in ZooKeeper."""

    reconciliation, form = BrokerReconciliation, FORM
    track = "3"
    table, facts_type = TABLE, Facts
    endpoints, passwords = (ZOOKEEPER, CLIENTS), PASSWORDS

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.actions = Actions(self, KafkaActions(self).table)

    def leave(self) -> None:
        """Stop the broker, once nothing is lost with it that others do not have."""
        if self.planned_units:
            self._hand_over()
        self.unit.status = ops.MaintenanceStatus("stopping")
        self.retire()
        shell.withdraw(self.charm_dir / "bin")

    def _hand_over(self) -> None:
        """Wait for partitions that live here only; take along what is the charm's own."""
        storages = peers.read_storages(self.model, STORAGE)
        layout = Layout(self.charm_dir, storages) if storages else None
        login = wanted.read_login(layout, layout.certificates) if layout else None
        if login is not None:
            opens = cast("type[BrokerReconciliation]", self.reconciliation).open_session
            leaving.hand_over(self, login, self.number, opens, self.wait)


if __name__ == "__main__":
    ops.main(KafkaCharm)
