"""Leaving of a broker: it waits for partitions that no broker that stays has."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

import ops
from ops import hookcmds

from kafkastack_charms import peers
from kafkastack_charms.kafka import canary, partitions
from kafkastack_charms.kafka.admin import Login, Session, UnavailableError
from kafkastack_charms.server_charm import ServerCharm

logger = logging.getLogger(__name__)

AGAIN = 2.0  # seconds between two looks at partitions that would be lost
ONLY_HERE = "no unit that stays is in sync for {partitions}: reassign"
SILENT = "brokers do not tell what would be lost: start them"
OR_LOSE_IT = ", or lose it: juju remove-unit {unit} --force"

OpenSession = Callable[[Login], AbstractContextManager[Session]]


def hand_over(
    charm: ServerCharm,
    login: Login,
    broker_id: int,
    open_session: OpenSession,
    wait: Callable[[float], None],
) -> None:
    """Wait for partitions that leave with a broker; take along what is the charm's own.

    A broker that does not run holds nothing back where the others cannot be asked either.
    """
    own = canary.topic_of(broker_id)
    while staying := _find_staying(charm, broker_id):
        try:
            with open_session(login) as session:
                found = session.read_cluster().partitions
        except UnavailableError as error:
            logger.warning("the brokers cannot be asked: %s", error)
            if not charm.service.read().is_active:
                return
            reason = SILENT
        else:
            only = partitions.find_only_replicas(found, broker_id, staying, (own,))
            if not only:
                _delete_topic(open_session, login, own)
                return
            reason = ONLY_HERE.format(partitions=partitions.summarize(only))
        advice = OR_LOSE_IT.format(unit=charm.unit.name)
        charm.unit.status = ops.BlockedStatus(reason + advice)
        wait(AGAIN)


def _find_staying(charm: ServerCharm, broker_id: int) -> Collection[int]:
    """Return the numbers of the brokers whose units are not on their way out.

    Of two that leave, one sees that of the other: whose removal was asked for later.
    """
    apart = broker_id - charm.number
    goals = hookcmds.goal_state().units
    return {
        peers.unit_number(name) + apart for name, goal in goals.items() if goal.status != "dying"
    }


def _delete_topic(open_session: OpenSession, login: Login, topic: str) -> None:
    """Remove a topic that nobody needs any more; the leader does it else."""
    try:
        with open_session(login) as session:
            session.delete_topics([topic])
    except UnavailableError as error:
        logger.warning("topic %s is left to the others: %s", topic, error)
