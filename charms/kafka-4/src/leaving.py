"""Leaving of a unit: its partitions, its vote, and its name among the brokers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

import ops
from kafkastack_charms import files, peers, properties
from kafkastack_charms.kafka import leaving, wanted
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.protocol import ServerError
from kafkastack_charms.server_charm import ServerCharm
from metadata import kraft
from metadata.member import node_id
from metadata.quorum import LossError, Quorum, take_votes
from options import BROKER, CONTROLLER, parse_roles
from reconcile import KraftReconciliation
from roles import render, server
from state import STORAGE

logger = logging.getLogger(__name__)

AGAIN = 2.0  # seconds between two tries to give a vote back
LATER = 30  # tries after which the active controller waits for others no more
LAST = "the active controller goes last"
ALONE = "one controller stays: no other one can take over from it"
NEEDED = "this vote is needed ({reason}): start others, or remove those first that are lost"
NO_QUORUM = "controllers have no quorum to leave: start others, or juju remove-unit {unit} --force"


class Departure:
    """What is due before and after the server of a unit stops for good; by its own files."""

    def __init__(self, charm: ServerCharm, wait: Callable[[float], None]) -> None:
        self.charm, self.wait = charm, wait
        self.decides = cast("type[KraftReconciliation]", charm.reconciliation)
        self.roles = parse_roles(charm.config)
        self.number = node_id(charm.number, self.roles)
        storages = peers.read_storages(charm.model, STORAGE)
        self.layout = Layout(charm.charm_dir, storages) if storages else None

    def hand_over(self) -> None:
        """Wait for partitions that live here only, then give the vote back."""
        layout = self.layout
        if layout is None:
            return
        login = wanted.read_login(layout, render.internal_certificates(layout))
        if BROKER in self.roles and login is not None:
            opens = self.decides.open_session
            leaving.hand_over(self.charm, login, self.number, opens, self.wait)
        if CONTROLLER in self.roles and kraft.read_directory(layout.data[0]):
            self._give_vote_back(layout)

    def _give_vote_back(self, layout: Layout) -> None:
        """Leave the quorum as long as this server runs: two of two are needed for that."""
        tries = 0
        while stay := self.charm.app.planned_units():
            tries += 1
            try:
                with self._quorum(layout).active() as said:
                    quorum = said.describe_quorum()
                    if tries > LATER or not kraft.goes_later(quorum, self.number, stay):
                        take_votes(said, self.number)
                        if len(quorum.voters) == 2:
                            logger.warning(ALONE)
                        return
                self.charm.unit.status = ops.WaitingStatus(LAST)
            except LossError as error:
                self.charm.unit.status = ops.BlockedStatus(NEEDED.format(reason=error))
            except (OSError, ServerError) as error:
                logger.warning("the quorum does not let this controller go yet: %s", error)
                reason = NO_QUORUM.format(unit=self.charm.unit.name)
                self.charm.unit.status = ops.BlockedStatus(reason)
            self.wait(AGAIN)

    def unregister(self) -> None:
        """Have the controllers forget this broker, which has stopped."""
        if self.layout is None or BROKER not in self.roles:
            return
        try:
            with self._quorum(self.layout).active() as said:
                said.unregister(self.number)
        except (OSError, ServerError) as error:
            logger.warning("broker %s stays known to the controllers: %s", self.number, error)

    def _quorum(self, layout: Layout) -> Quorum:
        # As of the last hook; the server's own file names those of its last start.
        told = files.read(server.controllers_properties(layout))
        known = properties.parse(told).get(kraft.CONTROLLERS, "")
        login = files.read(server.login_file(layout)).splitlines()
        truststore = render.internal_certificates(layout).truststore
        servers = filter(None, known.split(","))
        return Quorum(servers, truststore, login[1] if login else "", self.decides.converse)
