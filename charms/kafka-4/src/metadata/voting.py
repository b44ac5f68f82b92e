"""Pass over a Kafka 4 server as far as it is about votes: who has one, and who is no more."""

from __future__ import annotations

import logging
from functools import cached_property

from kafkastack_charms.kafka import controllers as wire
from kafkastack_charms.kafka import listeners
from kafkastack_charms.kafka.controllers import Conversation
from kafkastack_charms.kafka.protocol import ServerError
from roles import render
from state import Controllers

from metadata import kraft
from metadata.kraft import Voter
from metadata.member import MemberReconciliation
from metadata.quorum import Quorum, take_votes

logger = logging.getLogger(__name__)


class VotingReconciliation(MemberReconciliation):
    """A server as one that votes, or that knows those who do."""

    @cached_property
    def quorum(self) -> Quorum:
        """The controllers, asked by this unit's where it has one."""
        known = self.settings.controllers if self.settings else Controllers((), "", "")
        port = listeners.PORTS["CONTROLLER", "SASL_SSL"]
        here = listeners.join(self.inputs.addresses.bind, port)
        truststore = render.internal_certificates(self.layout).truststore
        servers = (here,) if self.is_controller else known.servers
        return Quorum(servers, truststore, known.password, self.converse)

    def leads(self) -> bool:
        """Report whether this is the active controller, which goes last."""
        found = self.quorum.says if self.is_controller and self.me.serves else None
        return found is not None and found.leader == self.number_of(self.me)

    def find_obstacle(self) -> str:
        """Return why this server should not be stopped now.

        Of two applications that wait for each other one goes: brokers do not serve without
        controllers, and who does not serve takes nothing away.
        """
        if self.controllers and self.controllers.are_rolling and self.me.serves:
            return "controllers restart first"
        is_down = self.others_cluster is not None and self.others_cluster.is_down
        if is_down and all(voter.serves for voter in self.voters):
            return "a broker restarts first"
        if self.is_controller:
            voters = [Voter(one.name, one.serves) for one in self.voters]
            gone = [Voter(f"node {number}", serves=False) for number in self.ghosts]
            if obstacle := kraft.find_obstacle((*voters, *gone), self.me.name):
                return obstacle
        return super().find_obstacle() if self.is_broker else ""

    def find_bar(self) -> str:
        """Return why there is no use in asking for a restart."""
        return super().find_bar() if self.is_broker else ""

    @property
    def lost(self) -> frozenset[int]:
        """The servers that the controllers know and no unit runs, or is about to run no more."""
        return frozenset(self.kraft.nodes) - {self.number_of(member) for member in self.members}

    @property
    def ghosts(self) -> frozenset[int]:
        """Those of them that still vote, as far as anybody has looked."""
        return self.lost.difference(self.kraft.voteless)

    def keep_quorum(self) -> None:
        """Join the quorum; as the leader have it forget servers that are no more."""
        self._join()
        if self.inputs.is_leader:
            self._remember()
            if self.me.serves and (self.lost or self.inputs.cause.is_update_status):
                self._forget_lost()
        count = len(self.voters) + len(self.ghosts)
        self.record(quorum_advice=kraft.warn(count) if self.is_controller else "")

    def _join(self) -> None:
        """Vote, once this controller has read what the others have."""
        if not self.is_controller or self.seat.votes or not self.me.serves:
            return
        here = listeners.controller(self.me.address)
        place = wire.Listener(here.name, here.host, here.port)
        number, directory = self.number_of(self.me), self.seat.directory
        try:
            with self.quorum.active() as said:
                take_votes(said, number, but=directory)  # of a disk that it has no more
                said.add_voter(number, directory, [place])
            self.seats[self.me.name] = self.seat._replace(votes=True)
        except (OSError, ServerError) as error:
            logger.info("the next event tries again to join the quorum: %s", error)
            self.is_unfinished = True

    def _remember(self) -> None:
        """Note which metadata it is, and which servers are known to those who keep it."""
        started = {self.number_of(member) for member in self.members if member.is_started}
        self.kraft = self.kraft._replace(
            quorum=self.kraft.quorum or self._find_quorum(),
            nodes=tuple(sorted(started.union(self.kraft.nodes))),
        )

    def _find_quorum(self) -> str:
        if self.is_controller:
            return next((self.seats[voter.name].directory for voter in self.voters), "")
        return self.controllers.quorum if self.controllers and self.me.serves else ""

    def _forget_lost(self) -> None:
        """Take vote and name of servers that were removed by force, or with their machines."""
        try:
            with self.quorum.active() as said:
                for node in self._find_silent(said):
                    take_votes(said, node)
                    if self.is_broker:
                        said.unregister(node)
                    self._forget(node)
        except (OSError, ServerError) as error:
            logger.warning("the next event tries again to forget who is no more: %s", error)
        self.is_unfinished |= bool(self.lost)

    def _forget(self, node: int) -> None:
        nodes, voteless = ({*known} - {node} for known in (self.kraft.nodes, self.kraft.voteless))
        self.kraft = self.kraft._replace(
            nodes=tuple(sorted(nodes)), voteless=tuple(sorted(voteless))
        )

    def _find_silent(self, said: Conversation) -> list[int]:
        quorum = said.describe_quorum()
        units = {self.number_of(member) for member in self.members}
        votes = {one.number for one in quorum.voters if self.is_controller}
        nodes = votes.difference(units).union(self.kraft.nodes)
        self.kraft = self.kraft._replace(nodes=tuple(sorted(nodes)))
        self.kraft = self.kraft._replace(voteless=tuple(sorted(self.lost - votes)))
        serving = (self.number_of(member) for member in self.members if member.serves)
        return sorted(kraft.find_silent(quorum, self.lost, serving))
