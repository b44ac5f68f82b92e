#!/usr/bin/env python3
"""Charm of Apache Kafka 4."""

from __future__ import annotations

import leaving
import ops
from actions import KafkaActions
from kafkastack_charms import internal_ca, shell
from kafkastack_charms.actions import Actions
from kafkastack_charms.kafka.brokers import CLIENTS
from kafkastack_charms.kafka.charm import KafkaServerCharm
from metadata import peer_cluster
from metadata.peer_cluster import ORCHESTRATOR, PEER
from options import FORM, check_refused, parse_roles
from reconcile import KraftReconciliation
from statuses import TABLE, Facts
from users import PASSWORDS


class KafkaCharm(KafkaServerCharm):
    """Brokers, controllers, or both."""

    reconciliation, form = KraftReconciliation, FORM
    track = "4"
    table, facts_type = TABLE, Facts
    endpoints, passwords = (CLIENTS, ORCHESTRATOR, PEER), PASSWORDS

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.actions = Actions(self, KafkaActions(self).table)

    def make_credentials(self) -> dict[str, str]:
        """Return fresh passwords, and a CA for the servers among themselves."""
        ca, key = internal_ca.make_ca(f"{self.app.name} of {self.model.name}")
        return {**super().make_credentials(), "internal-ca": ca, "internal-ca-key": key}

    def check_options(self) -> None:
        """Raise BadOptionError for an option that has a value that cannot be."""
        parse_roles(self.config)
        check_refused(self.config)
        super().check_options()

    def relation_ended(self, relation: ops.Relation) -> None:
        """Remove the secrets of an application that has gone."""
        super().relation_ended(relation)
        if relation.name in (ORCHESTRATOR, PEER):
            peer_cluster.forget(self.model, relation)

    def leave(self) -> None:
        """Leave the cluster, once nothing is lost with this unit that others do not have."""
        departure = leaving.Departure(self, self.wait)
        if self.planned_units:
            departure.hand_over()
        self.unit.status = ops.MaintenanceStatus("stopping")
        self.retire()
        if self.planned_units:
            departure.unregister()
        shell.withdraw(self.charm_dir / "bin")


if __name__ == "__main__":
    ops.main(KafkaCharm)
