#!/usr/bin/env python3
"""Charm of Apache Kafka."""

from __future__ import annotations

import logging
import time
from typing import cast

import canary
import clients
import ops
import probe
from actions import KafkaActions
from kafkastack_charms import host, partitions, peers, shell
from kafkastack_charms.actions import Actions
from kafkastack_charms.jvm import find_cipher_suites
from kafkastack_charms.kafka_admin import UnavailableError
from kafkastack_charms.server_charm import BadOptionError, ServerCharm, Workload
from options import CIPHER_SUITES, Options, check_cipher_suites
from reconcile import BrokerReconciliation
from roles import broker
from roles.render import Layout
from state import CLIENTS, STORAGE, ZOOKEEPER
from statuses import TABLE, Facts
from users import PASSWORDS

logger = logging.getLogger(__name__)

AGAIN = 2.0  # seconds between two looks at partitions that would be lost
ONLY_HERE = "only replica of {partitions}: reassign, or lose it: juju remove-unit {unit} --force"


class KafkaCharm(ServerCharm):
    """Every event leads to one pass; a unit that leaves stops its broker in order."""

    workload = Workload(
        name="kafka",
        title="Apache Kafka",
        clients=CLIENTS,
        ask=probe.ask,
        resource="kafka",
        main="kafka.Kafka",
        arguments=("--version",),
    )
    reconciliation = BrokerReconciliation
    table, facts_type = TABLE, Facts
    endpoints, passwords = (ZOOKEEPER, CLIENTS), PASSWORDS
    wait = staticmethod(time.sleep)

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.actions = Actions(self, KafkaActions(self).table)

    def check_options(self) -> None:
        """Raise BadOptionError for an option that has a value that cannot be."""
        Options.parse(self.config, self.number)
        if any(self.config[name] for name in CIPHER_SUITES):
            record = self.charm_dir / ".cipher-suites"
            if known := find_cipher_suites(host.find_java(), record):
                check_cipher_suites(self.config, known)

    @property
    def extra_names(self) -> tuple[str, ...]:
        """Further names that clients call this unit by."""
        try:
            options = Options.parse(self.config, self.number)
        except BadOptionError:
            return ()
        hosts = (host for host, _ in options.extra_places)
        return (*options.extra_names, *hosts)

    def relation_ended(self, relation: ops.Relation) -> None:
        """Remove the secrets of a client that has gone."""
        if relation.name == CLIENTS:
            clients.forget(self.model, relation)

    def is_leaving(self, event: ops.EventBase) -> bool:
        """Report whether this unit is on its way out.

        A broker cannot stop in order without its ZooKeeper: so it stops at the first sign, while
        its relation is still there.
        """
        return super().is_leaving(event) or self.planned_units == 0

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
        login = broker.read_login(Layout(self.charm_dir, storages)) if storages else None
        decides = cast("type[BrokerReconciliation]", self.reconciliation)
        own = canary.topic_of(self.number)
        try:
            while login and self.app.planned_units():
                with decides.open_session(login) as session:
                    found = session.read_partitions()
                    only = partitions.find_only_replicas(found, self.number, (own,))
                    if not only:
                        session.delete_topics([own])
                        return
                names = partitions.summarize(only)
                reason = ONLY_HERE.format(partitions=names, unit=self.unit.name)
                self.unit.status = ops.BlockedStatus(reason)
                self.wait(AGAIN)
        except UnavailableError as error:
            logger.warning("the broker cannot be asked any more: %s", error)


if __name__ == "__main__":
    ops.main(KafkaCharm)
