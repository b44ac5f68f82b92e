"""Pass over a Kafka 4 server as far as it is about where the metadata is, and who keeps it."""

from __future__ import annotations

from functools import cached_property

import ops
from kafkastack_charms import databag
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.kafka import brokers, listeners, member_probe, node_probe
from kafkastack_charms.kafka import controllers as wire
from kafkastack_charms.kafka.controllers import Conversation
from kafkastack_charms.kafka.options import Options
from kafkastack_charms.peers import Member
from kafkastack_charms.reconciler import Tools
from kafkastack_charms.server_charm import BadOptionError
from kafkastack_charms.watcher import Ask
from options import BROKER, CONTROLLER, FORM, parse_roles
from roles.render import Settings
from state import Controllers, Kraft, Seat
from statuses import Facts
from users import Credentials

from metadata import kraft, peer_cluster
from metadata.peer_cluster import ORCHESTRATOR, PEER, Brokers

FIRST_BROKER = 100  # added to the number of a unit that is a broker


def node_id(unit_number: int, roles: frozenset[str]) -> int:
    """Return the number of a unit in the cluster."""
    return unit_number + FIRST_BROKER if BROKER in roles else unit_number


class MemberReconciliation(brokers.BrokerReconciliation):
    """A broker, a controller, or both, as a member of its cluster."""

    converse = staticmethod(Conversation)

    def __init__(
        self, charm: ops.CharmBase, relation: ops.Relation, inputs: Inputs, tools: Tools
    ) -> None:
        super().__init__(charm, relation, inputs, tools)
        self.facts = Facts(is_started=False)
        self.roles = parse_roles(charm.config)
        self.kraft = Kraft.parse(relation.data[charm.app])
        self.seats = {member.name: Seat.parse(self.bags[member.name]) for member in self.members}
        self.others_cluster: Brokers | None = None
        self.controllers: Controllers | None = None
        self.settings: Settings | None = None

    # What the rest is told.

    def read_options(self) -> Options:
        """Return the options of the charm."""
        return FORM.parse(self.charm.config, self.me.number)

    def number_of(self, member: Member) -> int:
        """Return the number of a unit in the cluster."""
        return node_id(member.number, self.roles)

    @property
    def seat(self) -> Seat:
        """What this unit is as a controller."""
        return self.seats[self.me.name]

    @property
    def voters(self) -> list[Member]:
        """The units that vote."""
        return [member for member in self.members if self.seats[member.name].votes]

    @property
    def is_broker(self) -> bool:
        """Whether the units keep messages."""
        return BROKER in self.roles

    @property
    def is_controller(self) -> bool:
        """Whether the units keep metadata."""
        return CONTROLLER in self.roles

    @property
    def secret(self) -> Credentials:
        """The passwords of the app, once there are any."""
        return Credentials.from_secret(self.credentials or {})

    @property
    def brokers_password(self) -> str:
        """The password of the user that brokers log in as."""
        return self.secret.replication_password

    @property
    def ask(self) -> Ask:
        """The question that only a working server answers."""
        if self.is_broker and self.is_controller:
            return node_probe.ask
        return wire.ask if self.is_controller else member_probe.ask

    def describe(self) -> dict[str, str]:
        """Return what the leader keeps in the app databag besides."""
        return {**super().describe(), **self.kraft.describe()}

    def describe_unit(self) -> dict[str, str]:
        """Return what this unit tells the others besides."""
        return {**super().describe_unit(), **self.seat.describe()}

    # Where the metadata is.

    def decide(self) -> None:
        """Decide what cluster this is, and which controller is the first."""
        roles = ",".join(sorted(self.roles))
        if self.kraft.roles not in ("", roles):
            raise BadOptionError(f"roles cannot be changed from {self.kraft.roles} to {roles}")
        needed = self._other
        related = needed is None or self.other_relation is not None
        self.record(
            has_controllers=related or needed != ORCHESTRATOR,
            has_brokers=related or needed != PEER,
        )
        if self.inputs.is_leader and related:
            self.kraft = self.kraft._replace(roles=roles)
            if self.is_broker and not self.kraft.cluster_uuid:
                self.kraft = self.kraft._replace(cluster_uuid=kraft.new_cluster_id())
            if self.is_controller and self._lacks_first:
                self.kraft = self.kraft._replace(bootstrap_unit=self.inputs.unit)
        if self.inputs.is_leader and self.is_broker:
            self.kraft = self.kraft._replace(encrypt=self._speaks_tls)

    @property
    def _is_complete(self) -> bool:
        """Whether every unit is known here that there is to be."""
        return len(self.members) >= self.inputs.planned_units

    @property
    def _lacks_first(self) -> bool:
        """Whether nobody is to vote alone at first, or who was has gone before it did."""
        first = self.kraft.bootstrap_unit
        is_gone = self._is_complete and first not in {one.name for one in self.members}
        return not first or (is_gone and not self.keepers and not self.kraft.quorum)

    @cached_property
    def keepers(self) -> frozenset[str]:
        """The units that kept the metadata before this pass, this one by its disk."""
        told = {name for name, seat in self.seats.items() if seat.directory} - {self.me.name}
        here = kraft.read_directory(self.layout.data[0])
        return frozenset({*told, self.me.name} if here else told)

    @property
    def is_first(self) -> bool:
        """Whether this controller is to vote alone: where there is, or was, no other metadata."""
        is_named = self.kraft.bootstrap_unit == self.inputs.unit
        return is_named and not self.keepers and not self.kraft.quorum

    @property
    def _speaks_tls(self) -> bool:
        is_ready = self.kraft.encrypt or all(m.has_certificate for m in self.members)
        return self.inputs.has_ca and is_ready

    @property
    def _other(self) -> str | None:
        """The endpoint of what these units are not themselves."""
        if self.is_broker and self.is_controller:
            return None
        return ORCHESTRATOR if self.is_broker else PEER

    @cached_property
    def other_relation(self) -> ops.Relation | None:
        """The relation with the application that these units need."""
        relation = self.model.get_relation(self._other) if self._other else None
        return relation if relation is not None and relation.active else None

    def exchange(self) -> None:
        """Tell the other application what it needs, and read what we do."""
        relation = self.other_relation
        if relation is None:
            return
        heard: object = None
        if self.is_broker:
            if self.inputs.is_leader and peer_cluster.has_roles(relation):
                peer_cluster.tell_controllers(self.model, relation, self._for_controllers)
            heard = peer_cluster.read_controllers(self.model, relation)
            self.controllers = heard if isinstance(heard, Controllers) else None
        else:
            if self.inputs.is_leader:
                peer_cluster.introduce(relation, self.charm.app)
            heard = peer_cluster.read_brokers(self.model, relation)
            self.others_cluster = heard if isinstance(heard, Brokers) else None
        if isinstance(heard, databag.Refusal):
            self.record(other_fault=heard.reason)
        self.record(has_cluster=heard is not None)

    @property
    def _for_controllers(self) -> peer_cluster.FromBrokers:
        secret = self.secret
        return peer_cluster.FromBrokers(
            cluster_uuid=self.kraft.cluster_uuid,
            brokers=max(1, self.inputs.planned_units),
            is_down=any(one.is_started and not one.serves for one in self.members),
            username=secret.broker_user,
            password=secret.replication_password,
            ca=secret.ca,
        )

    def find_controllers(self) -> Controllers | None:
        """Return how the controllers are reached that this unit is to know."""
        if not self.is_controller:
            known, told = self.kraft.quorum, self.controllers
            is_other = told is not None and known not in ("", told.quorum)
            self.record(is_other_quorum=is_other)
            return None if is_other else told
        self.record(
            has_bootstrap=self.is_first or bool(self.keepers),
            has_metadata=bool(self.keepers) or not self.kraft.quorum or not self._is_complete,
        )
        self.record(is_other_cluster=self._keeps_another)
        if not self.facts.has_bootstrap or self.facts.is_other_cluster:
            return None
        if not self.is_broker and self.others_cluster is None:
            return None
        port = listeners.PORTS["CONTROLLER", "SASL_SSL"]
        known = {*self.keepers, self.me.name}
        hosts = [member.address for member in self.members if member.name in known]
        servers = tuple(listeners.join(host, port) for host in hosts)
        ca = self.others_cluster.ca if self.others_cluster else ""
        return Controllers(servers, self.secret.controller_password, ca)

    @property
    def _keeps_another(self) -> bool:
        """Whether this controller holds the metadata of other brokers than the related ones."""
        other, kept = self.others_cluster, kraft.read_cluster_id(self.layout.data[0])
        return other is not None and kept not in ("", other.cluster_uuid)

    def tell_brokers(self) -> None:
        """Tell brokers of another application how their controllers are reached."""
        relation, port = self.other_relation, listeners.PORTS["CONTROLLER", "SASL_SSL"]
        voters = [member for member in self.voters if member.is_started]
        if relation is None or not voters:
            return
        # Those too that have yet to join: who knows one only would have to be restarted for them.
        hosts = (member.address for member in self.members if member.address)
        told = peer_cluster.FromControllers(
            servers=tuple(listeners.join(host, port) for host in hosts),
            bootstrap_server=listeners.join(voters[0].address, port),
            bootstrap_unit=voters[0].number,
            directory=self.seats[voters[0].name].directory,
            turn=self.shared.turn,
            quorum=self.kraft.quorum,
            password=self.secret.controller_password,
            ca=self.secret.ca,
        )
        peer_cluster.tell_brokers(self.model, relation, told)
