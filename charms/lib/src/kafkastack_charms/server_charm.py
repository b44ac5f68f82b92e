"""Charm of units that run one server each: its events, its inputs, and its way out.

    class EchoCharm(ServerCharm):
        workload = Workload("echo", "Echo", clients="echo", ask=probe.ask)
        reconciliation = EchoReconciliation     # what is its own of one pass
        table = statuses.table_of("echo")

Every event leads to one pass. A unit that leaves stops its server in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import ops

from kafkastack_charms import host, peers, service, statuses, tls
from kafkastack_charms.credentials import new_key, new_password
from kafkastack_charms.inputs import Cause, Inputs
from kafkastack_charms.jar import Jar, NoJarError, Probe, choose_jar, probe_main, read_jar
from kafkastack_charms.reconciler import Reconciliation, Tools
from kafkastack_charms.watcher import Ask

if TYPE_CHECKING:
    from kafkastack_charms.certificates import CarefulRequirer

LAST_UNIT_TIMEOUT = 3.0  # seconds that the servers of an application that goes have to stop


class BadOptionError(ValueError):
    """An option has a value that cannot be; the message says which may."""


FOLLOWED = (
    ops.InstallEvent,
    ops.StorageAttachedEvent,
    ops.LeaderElectedEvent,
    ops.RelationCreatedEvent,
)


class ServerChangedEvent(ops.EventBase):
    """The watcher saw the server stop or start to answer, or something is unfinished."""


class ServerEvents(ops.CharmEvents):
    """Juju's events and the one of our own."""

    server_changed = ops.EventSource(ServerChangedEvent)


class Workload(NamedTuple):
    """What a charm runs, and what its metadata calls it."""

    name: str  # of its systemd unit and of its system user
    title: str
    clients: str  # the endpoint whose addresses clients use
    ask: Ask  # what tells whether it works
    resource: str = ""  # a jar, where there is one
    main: str = ""  # the class that tells whether another jar can be run
    arguments: tuple[str, ...] = ()
    peers: str = "cluster"
    storage: str = "data"


class ServerCharm(ops.CharmBase):
    """One server a unit, in a cluster that changes one unit after another."""

    on = ServerEvents()  # pyright: ignore[reportAssignmentType] as ops documents it
    workload: ClassVar[Workload]
    reconciliation: ClassVar[type[Reconciliation]]
    table: ClassVar[tuple[statuses.Row, ...]]
    facts_type: ClassVar[type[statuses.Facts]] = statuses.Facts
    endpoints: ClassVar[tuple[str, ...]] = ()  # whose every event leads to a pass
    passwords: ClassVar[tuple[str, ...]] = ()  # what the secret of the application holds
    start_patience = 5.0  # seconds that a hook waits for a server that it has started
    patience = 3.0  # and for one that answers to do what it is there for
    grace = 0.0  # and for one that has answered the last time

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.facts: statuses.Facts | None = None  # until a hook has looked
        self.last: Reconciliation | None = None
        self.service = service.Service(self.workload.name, self.workload.title, self.charm_dir)
        self.requirer = self._request_certificate()
        for event in (*self._own_events(), *self._relation_events()):
            framework.observe(event, self.reconcile)
        framework.observe(self.on.stop, self._on_stop)
        framework.observe(self.on.collect_unit_status, self._collect_status)

    def _own_events(self) -> Iterable[ops.BoundEvent]:
        on = self.on
        yield self.on[self.workload.storage].storage_attached
        yield from (on.install, on.leader_elected, on.config_changed, on.start, on.upgrade_charm)
        yield from (on.update_status, on.secret_changed, on.server_changed)

    def _relation_events(self) -> Iterable[ops.BoundEvent]:
        cluster = self.on[self.workload.peers]
        yield from (cluster.relation_created, cluster.relation_changed, cluster.relation_departed)
        for name in (*self.endpoints, tls.RELATION):
            if name in self.meta.relations:
                endpoint = self.on[name]
                yield from (endpoint.relation_created, endpoint.relation_changed)
                yield from (endpoint.relation_departed, endpoint.relation_broken)

    @property
    def number(self) -> int:
        """The number of this unit."""
        return peers.unit_number(self.unit.name)

    @cached_property
    def addresses(self) -> peers.Addresses | None:
        """Where this unit is."""
        return peers.read_addresses(self.model, self.workload.peers, self.workload.clients)

    @cached_property
    def planned_units(self) -> int:
        """How many units there will be when nothing more is asked for."""
        return self.app.planned_units()

    # What a charm may say otherwise.

    def make_credentials(self) -> dict[str, str]:
        """Return fresh passwords, and the key that those of clients are derived from."""
        return {**{name: new_password() for name in self.passwords}, "users-key": new_key()}

    @property
    def extra_names(self) -> tuple[str, ...]:
        """Further names that clients call this unit by."""
        return ()

    @property
    def certificate_addresses(self) -> Iterable[str]:
        """Addresses that stand in the certificate."""
        return self.addresses.seen_from if self.addresses else ()

    def check_options(self) -> None:
        """Raise BadOptionError for an option that has a value that cannot be."""

    def relation_ended(self, relation: ops.Relation) -> None:
        """Forget what is known of a relation that has ended."""

    def leave(self) -> None:
        """Take this unit out of the cluster, while it is still there."""

    def is_leaving(self, event: ops.EventBase) -> bool:
        """Report whether this unit is on its way out."""
        departs = isinstance(event, ops.RelationDepartedEvent)
        return departs and event.departing_unit == self.unit

    # What is the same for every server.

    def reconcile(self, event: ops.EventBase) -> None:
        """Bring this unit, and as the leader the application, to where they should be."""
        if isinstance(event, ops.RelationBrokenEvent):
            self.relation_ended(event.relation)
        if self.service.leaving.exists() or self.is_leaving(event):
            self._leave()
            return
        if isinstance(event, ops.StartEvent):  # of the machine, too: with it the server began anew
            service.set_marker(self.service.served, False)
        try:
            self.check_options()
            self.facts = self._reconcile(_cause_of(event))
        except BadOptionError as error:
            self.facts = self.facts_type(bad_option=str(error))
        except peers.BrokenRecordError as error:
            self.facts = self.facts_type(broken=str(error))
        except (host.CannotInstallError, NoJarError) as error:
            self.facts = self.facts_type(problem=str(error))

    def _reconcile(self, cause: Cause) -> statuses.Facts:
        java = host.find_java() if self.workload.resource else ""
        user, jar = host.find_user(self.workload.name), self._choose_jar(java)
        storages = peers.read_storages(self.model, self.workload.storage)
        relation = self.model.get_relation(self.workload.peers)
        if relation is None or not storages:
            return self.facts_type(has_peers=False)
        if self.addresses is None:
            return self.facts_type(has_address=False)
        has_ca = peers.has_active(self.model, tls.RELATION)
        signed = tls.read_certificate(self.requirer) if has_ca and self.requirer else None
        inputs = Inputs(
            charm=self.charm_dir,
            storages=storages,
            addresses=self.addresses,
            user=user,
            java=java,
            jar=jar,
            unit=self.unit.name,
            is_leader=self.unit.is_leader(),
            planned_units=self.planned_units,
            has_ca=has_ca,
            certificate=signed,
            others=peers.read_others(relation, cause.departing),
            cause=cause,
        )
        self.last = self.reconciliation(self, relation, inputs, self._tools)
        return self.last.run()

    @property
    def _tools(self) -> Tools:
        return Tools(
            service=self.service,
            requirer=self.requirer,
            ask=self.workload.ask,
            make_credentials=self.make_credentials,
            start_patience=self.start_patience,
            patience=self.patience,
            grace=self.grace,
            table=self.table,
        )

    def _choose_jar(self, java: str) -> Jar:
        if not self.workload.resource:
            return Jar(Path(), "")
        offered = read_jar(self.model, self.workload.resource)
        return choose_jar(self.charm_dir / ".jar", offered, self.probe_jar(java))

    def probe_jar(self, java: str) -> Probe:
        """Return what tells why a jar cannot be run."""
        return probe_main(java, self.workload.main, self.workload.arguments)

    def _request_certificate(self) -> CarefulRequirer | None:
        if self.addresses is None:
            return None
        return tls.request(self, self.extra_names, self.certificate_addresses)

    def _leave(self) -> None:
        """Leave once; what was interrupted in it is done again."""
        self.service.leaving.touch()
        if not self.service.left.exists():
            self.leave()
            self.service.left.touch()

    def _on_stop(self, _: ops.StopEvent) -> None:
        self._leave()
        self.retire()

    def retire(self) -> None:
        """Stop the server of a unit that goes."""
        timeout = LAST_UNIT_TIMEOUT if self.planned_units == 0 else None
        service.retire(self.service, timeout)
        self.unit.set_ports()

    def _collect_status(self, event: ops.CollectStatusEvent) -> None:
        if self.facts is not None:
            event.add_status(statuses.choose(self.table, self.facts))


def _cause_of(event: ops.EventBase) -> Cause:
    departing = event.departing_unit if isinstance(event, ops.RelationDepartedEvent) else None
    return Cause(
        is_update_status=isinstance(event, ops.UpdateStatusEvent),
        is_report=isinstance(event, ServerChangedEvent),
        is_action=isinstance(event, ops.ActionEvent),
        is_followed=isinstance(event, FOLLOWED),
        departing=departing.name if departing else "",
    )
