"""Controllers of the cluster, asked by one of those that run it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from socket import socket

import users
from kafkastack_charms.kafka.controllers import Cluster, Conversation
from kafkastack_charms.kafka.protocol import ServerError
from kafkastack_charms.watcher import Place, connect

from metadata import kraft

Converse = Callable[[socket, str, str], Conversation]


class LossError(ServerError):
    """A vote that is taken would be the end of the quorum; the message says why."""


class Quorum:
    """Some controllers, each as host:port, and how one enters."""

    def __init__(
        self, servers: Iterable[str], truststore: Path, password: str, converse: Converse
    ) -> None:
        self._servers, self._truststore = tuple(servers), truststore
        self._password, self._converse = password, converse

    @cached_property
    def says(self) -> Cluster | None:
        """What the first of them says that answers, None where none does."""
        for known in self._servers:
            host, _, port = known.rpartition(":")
            with (
                suppress(OSError, ServerError),
                self._talk(host.strip("[]"), int(port)) as one,
            ):
                return one.describe()
        return None

    @contextmanager
    def active(self) -> Generator[Conversation]:
        """Talk to the active controller; ServerError where nobody knows it."""
        if self.says is None:
            raise ServerError("no controller answers")
        leader = self.says.find_leader()
        with self._talk(leader.host, leader.port) as said:
            yield said

    @contextmanager
    def _talk(self, host: str, port: int) -> Generator[Conversation]:
        with connect(Place(host, port, str(self._truststore))) as stream:
            yield self._converse(stream, users.CONTROLLER, self._password)


def take_votes(said: Conversation, number: int, but: str = "") -> None:
    """Take what votes a server has, but that of one directory; LossError where they are needed."""
    quorum = said.describe_quorum()
    for voter in quorum.voters:
        if voter.number == number and voter.directory != but:
            if loss := kraft.find_loss(quorum, voter):
                raise LossError(loss)
            said.remove_voter(voter.number, voter.directory)
