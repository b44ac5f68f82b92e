"""Faults of a cluster: whom they strike, what is done, and what ends them."""

import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple, Protocol

_RULES = "kafkastack-cut"  # a table of nft
_FILLER, _BLOCK = "filler", 2**12
_END = 10.0  # seconds that the kernel may take
OPERATIONS = (ROLL, PASSWORD, KEYS, CA, ADD, REMOVE) = (
    "a rolling restart",
    "another password",
    "other private keys",
    "another CA",
    "add-unit",
    "remove-unit",
)
SMALL_DISK = 2**30  # bytes: who has less is the one whose disk is filled


class Server(NamedTuple):
    """One process of Kafka, wherever it comes from."""

    name: str
    number: int
    host: str
    user: int
    data: Path  # folder of the messages
    port: int  # which it opens last

    @property
    def is_listening(self) -> bool:
        """Whether it takes connections."""
        with suppress(OSError), socket.create_connection((self.host, self.port), 1):
            return True
        return False


class Cluster(Protocol):
    """Brokers and controllers that can be struck."""

    @property
    def brokers(self) -> Sequence[Server]:
        """Those that hold messages."""
        ...

    @property
    def controllers(self) -> Sequence[Server]:
        """Those of the quorum, the active one first."""
        ...

    def pid(self, server: Server) -> int:
        """Return the process of a server; LookupError where there is none."""
        ...

    def revive(self, servers: Sequence[Server]) -> None:
        """See to it that servers run that have ended, and wait until they listen."""
        ...

    def operate(self, operation: str) -> None:
        """Do what an operator does, and wait until it is done."""
        ...


Victims = Callable[[Cluster], Sequence[Server]]
Deed = Callable[[Cluster, Sequence[Server]], None]


class Fault(NamedTuple):
    """Something that happens to a cluster."""

    name: str
    victims: Victims
    do: Deed
    undo: Deed
    hold: float = 0.0  # seconds that it lasts


def _send(number: signal.Signals, cluster: Cluster, servers: Sequence[Server]) -> None:
    for pid in [cluster.pid(server) for server in servers]:
        os.kill(pid, number)


def _kill(cluster: Cluster, servers: Sequence[Server]) -> None:
    """End them all at once, and wait until the last port is closed."""
    ends = [os.pidfd_open(cluster.pid(server)) for server in servers]
    for end in ends:
        signal.pidfd_send_signal(end, signal.SIGKILL)
    for end in ends:
        select.select([end], [], [], _END)
        os.close(end)


def _revive(cluster: Cluster, servers: Sequence[Server]) -> None:
    cluster.revive(servers)


def _resume(cluster: Cluster, servers: Sequence[Server]) -> None:
    for server in servers:
        with suppress(LookupError, ProcessLookupError):  # somebody has ended it
            os.kill(cluster.pid(server), signal.SIGCONT)
    cluster.revive(servers)  # one that was paused may give itself up


def cut_rules(servers: Sequence[Server], others: Sequence[Server]) -> list[str]:
    """Return what drops all between them, but nothing of clients, who are other users.

    All connections on 127/8 are from 127.0.0.1: who sends can be told by the user only.
    """
    pairs = [*product(servers, others), *product(others, servers)]
    return [
        f"add table ip {_RULES}",
        f"add chain ip {_RULES} out {{ type filter hook output priority 0; }}",
        *(
            f"add rule ip {_RULES} out meta skuid {sender.user} ip daddr {receiver.host} drop"
            for sender, receiver in pairs
        ),
    ]


def _cut(cluster: Cluster, servers: Sequence[Server]) -> None:
    others = [one for one in _everything(cluster) if one not in servers]
    _nft("\n".join(cut_rules(servers, others)))


def _heal(cluster: Cluster, servers: Sequence[Server]) -> None:
    _nft(f"delete table ip {_RULES}")
    cluster.revive(servers)


def _nft(text: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)


def _fill(_: Cluster, servers: Sequence[Server]) -> None:
    for server in servers:
        with (server.data / _FILLER).open("wb", buffering=0) as filler, suppress(OSError):
            while True:
                filler.write(bytes(_BLOCK))


def _drain(cluster: Cluster, servers: Sequence[Server]) -> None:
    for server in servers:
        (server.data / _FILLER).unlink()
    cluster.revive(servers)


def _operate(name: str) -> Deed:
    return lambda cluster, _: cluster.operate(name)


def _leave(cluster: Cluster, servers: Sequence[Server]) -> None:
    """Have nothing to undo."""


def _passive_controllers(cluster: Cluster) -> Sequence[Server]:
    return cluster.controllers[1:]


def _majority(cluster: Cluster) -> Sequence[Server]:
    controllers = cluster.controllers
    return controllers[: len(controllers) // 2 + 1]


def _everything(cluster: Cluster) -> Sequence[Server]:
    found = {server.number: server for server in (*cluster.brokers, *cluster.controllers)}
    return list(found.values())


def _brokers_with_a_small_disk(cluster: Cluster) -> Sequence[Server]:
    spaces = {server: os.statvfs(server.data) for server in cluster.brokers}
    return [one for one, space in spaces.items() if space.f_blocks * space.f_frsize < SMALL_DISK]


_VICTIMS: tuple[tuple[str, Victims], ...] = (
    ("a broker", lambda cluster: cluster.brokers[:1]),
    ("a controller", lambda cluster: _passive_controllers(cluster)[:1]),
    ("the active controller", lambda cluster: cluster.controllers[:1]),
    ("a majority of controllers", _majority),
    ("everything", _everything),
)
_pause = partial(_send, signal.SIGSTOP)
_LONG = 12.0  # seconds: longer than a broker or a controller may be silent
FAULTS = (
    *(Fault(f"SIGKILL of {name}", victims, _kill, _revive) for name, victims in _VICTIMS),
    *(Fault(f"SIGSTOP of {name}", victims, _pause, _resume, _LONG) for name, victims in _VICTIMS),
    Fault("a broker cut off", _VICTIMS[0][1], _cut, _heal, _LONG),
    Fault("the active controller cut off", _VICTIMS[2][1], _cut, _heal, _LONG),
    Fault("a full disk of a broker", _brokers_with_a_small_disk, _fill, _drain, _LONG),
    *(Fault(name, _everything, _operate(name), _leave) for name in OPERATIONS),
)
