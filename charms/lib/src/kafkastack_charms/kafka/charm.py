"""Charm of Kafka: what its tracks have in common besides a server's charm."""

from __future__ import annotations

import time
from typing import ClassVar

import ops

from kafkastack_charms import host
from kafkastack_charms.jar import Probe
from kafkastack_charms.jvm import find_cipher_suites
from kafkastack_charms.kafka import clients, probe
from kafkastack_charms.kafka.brokers import CLIENTS
from kafkastack_charms.kafka.options import Form, check_cipher_suites
from kafkastack_charms.kafka.wanted import find_other_track, read_version
from kafkastack_charms.server_charm import BadOptionError, ServerCharm, Workload


class KafkaServerCharm(ServerCharm):
    """Every event leads to one pass; a unit that leaves stops its server in order."""

    workload = Workload(
        name="kafka",
        title="Apache Kafka",
        clients=CLIENTS,
        ask=probe.ask,
        resource="kafka",
        main="kafka.Kafka",
        arguments=("--version",),
    )
    form: ClassVar[Form]
    track: ClassVar[str]  # the first number of every version that it can run
    wait = staticmethod(time.sleep)

    def check_options(self) -> None:
        """Raise BadOptionError for an option that has a value that cannot be."""
        self.form.parse(self.config, self.number)
        if asked := self.form.cipher_suites(self.config):
            record = self.charm_dir / ".cipher-suites"
            if known := find_cipher_suites(host.find_java(), record):
                check_cipher_suites(asked, known)

    def probe_jar(self, java: str) -> Probe:
        """Return what tells why a jar cannot be run; one of another track could not go back."""
        runs = super().probe_jar(java)
        return lambda jar: runs(jar) or find_other_track(read_version(jar), self.track)

    @property
    def extra_names(self) -> tuple[str, ...]:
        """Further names that clients call this unit by."""
        try:
            options = self.form.parse(self.config, self.number)
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

        A broker cannot stop in order without its metadata: so it stops at the first sign, while
        its relation is still there.
        """
        return super().is_leaving(event) or self.planned_units == 0
