"""Clusters that faults strike: one of ours, and one by hand."""

import ctypes
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from by_hand import Ensemble, Node, read_leader
from faults import ADD, CA, KEYS, PASSWORD, REMOVE, ROLL, Server
from lab import Lab, options, settled
from measure import wait_until, wait_until_steady
from replicas import Replicas

from tests.fakes.addresses import user_of

_SECONDS = 240.0
_STEADY = 3.0  # seconds: who was cut off tells for a while what it knew before
_DISK = "512m"
_PORTS = {"brokers": 19093, "controllers": 9098}  # that are opened last
_MOUNTS, _NETWORK = 0x20000, 0x40000000  # CLONE_NEWNS, CLONE_NEWNET


def isolate() -> None:
    """Let this process, and all that it starts, have mounts and a loopback that end with them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_MOUNTS | _NETWORK):
        raise OSError(ctypes.get_errno(), "unshare")
    _run("mount", "--make-rprivate", "/")
    _run("ip", "link", "set", "lo", "up")


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Let a folder be a disk of its own, in the mounts that this process sees."""
    _replace(folder, "mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder))
    try:
        yield
    finally:
        _replace(folder, "umount", "--lazy", str(folder))


def _replace(folder: Path, *words: str) -> None:
    """Let another disk be at a folder, with the same files."""
    with TemporaryDirectory() as kept:
        _run("cp", "--archive", f"{folder}/.", kept)
        _run(*words)
        _run("cp", "--archive", f"{kept}/.", str(folder))


def _run(*words: str) -> None:
    subprocess.run(words, check=True)


class HandMade:
    """Nodes by hand; whatever has ended is started again at once."""

    name = "by hand"
    lacks = (ADD, REMOVE)  # nobody would do it alike

    def __init__(self, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self._nodes = {node.number: node for node in ensemble.nodes}
        self.client = ensemble.client

    def deploy(self) -> None:
        """Format, start, and wait until it serves."""
        self._ensemble.format()
        self.replicas = Replicas(self.client)
        self.wait_until_whole()

    @property
    def brokers(self) -> Sequence[Server]:
        """Those that hold messages."""
        return [_server(node) for node in self._ensemble.brokers]

    @property
    def controllers(self) -> Sequence[Server]:
        """Those of the quorum, the active one first."""
        return _active_first([_server(node) for node in self._ensemble.controllers])

    def pid(self, server: Server) -> int:
        """Return the process of a server; LookupError where there is none."""
        return self._ensemble.pid(self._nodes[server.number])

    def revive(self, servers: Sequence[Server]) -> None:
        """Start servers that have ended, until they listen."""

        def are_listening() -> bool:
            self._ensemble.start_all()
            return all(server.is_listening for server in servers)

        wait_until(are_listening, "listeners", _SECONDS)

    def wait_until_whole(self) -> float:
        """Start what has ended until every replica is in sync; return since when it is."""
        known = [server.number for server in self.brokers]

        def is_whole() -> bool:
            self._ensemble.start_all()
            return self.replicas.are_whole(known)

        return wait_until_steady(is_whole, "replicas in sync", _STEADY, _SECONDS)

    def operate(self, operation: str) -> None:
        """Restart one node after another, the active controller last of its kind."""
        for server in (*self.brokers, *reversed(self.controllers)):
            node = self._nodes[server.number]
            self._ensemble.signal(node, signal.SIGTERM)
            self._ensemble.start(node)
            self.wait_until_whole()


def _server(node: Node) -> Server:
    host = node.host
    return Server(str(node.number), node.number, host, user_of(host), node.data, node.last_port)


def _active_first(controllers: Sequence[Server]) -> list[Server]:
    _, leader = max(read_leader(one.data) for one in controllers)
    return sorted(controllers, key=lambda one: (one.number != leader, one.number))


def _all_started(status: dict[str, Any]) -> bool:
    machines = status["machines"].values()
    return all(one["juju-status"]["current"] == "started" for one in machines)


class Ours:
    """Three controllers and three brokers of ours, as a user and an operator see them."""

    name = "ours"
    lacks = ()

    def __init__(self, own: Lab, disks: ExitStack | None = None) -> None:
        self.own = own
        self._machines = own.root / "data/kafkastack/controllers/bench/machines"
        self._disks = disks
        self._controllers = "controllers" if disks else "brokers"
        self._operated = 0

    def deploy(self) -> None:
        """Deploy all of it, and wait until it serves."""
        self.own.begin()
        self.own("deploy", "self-signed-certificates")
        self._deploy_kafka()
        self._deploy_client()
        self.replicas = Replicas(self.client)

    def _deploy_kafka(self) -> None:
        """Deploy each role for itself, the first broker on a small disk, or all at one place."""
        own, channel = self.own, ("--channel", "4/stable", "-n", "3")
        if self._disks is None:
            own("deploy", "kafka", "brokers", *channel, *options("roles=broker,controller"))
            return
        own("add-machine")
        machine = max(own.wait(_all_started)["machines"], key=int)
        folder = next(self._machines.glob(f"*-{machine}"))
        self._disks.enter_context(small_disk(folder))
        own("deploy", "kafka", "controllers", *channel, *options("roles=controller"))
        own("deploy", "kafka", "brokers", "--to", machine, *channel, *options("roles=broker"))
        own("integrate", "brokers:peer-cluster-orchestrator", "controllers:peer-cluster")

    def _deploy_client(self) -> None:
        own = self.own
        own("deploy", "data-integrator", *options("topic-name=any", "extra-user-roles=admin"))
        own("integrate", "brokers:certificates", "self-signed-certificates")
        own("integrate", "data-integrator", "brokers")
        secret = own("add-secret", "kafka-users", "replication=another-0").strip()
        own("grant-secret", "kafka-users", "brokers")
        own("config", "brokers", f"system-users={secret}")
        own.wait(settled)
        wait_until(lambda: own.credentials()["endpoints"].count(",") == 2, "all brokers", _SECONDS)
        self.client = own.client(is_encrypted=True)

    @property
    def brokers(self) -> Sequence[Server]:
        """Those that hold messages."""
        return self._servers("brokers")

    @property
    def controllers(self) -> Sequence[Server]:
        """Those of the quorum, the active one first."""
        return _active_first(self._servers(self._controllers))

    def _servers(self, application: str) -> list[Server]:
        units = self.own.status()["applications"][application]["units"]
        return [self._server(name, unit) for name, unit in sorted(units.items())]

    def _server(self, name: str, unit: Mapping[str, Any]) -> Server:
        known = next(self._machines.glob(f"*-{unit['machine']}/storage/**/meta.properties"))
        lines = dict(line.split("=", 1) for line in known.read_text().splitlines() if "=" in line)
        owner = known.stat().st_uid
        port = _PORTS[name.partition("/")[0]]
        return Server(
            name, int(lines["node.id"]), unit["public-address"], owner, known.parent, port
        )

    def pid(self, server: Server) -> int:
        """Return the process of a server; LookupError where there is none."""
        application = server.name.partition("/")[0]
        unit = self.own.status()["applications"][application]["units"][server.name]
        return self.own.servers()[unit["machine"]]

    def revive(self, servers: Sequence[Server]) -> None:
        """Leave it to the supervisor, and wait until they listen."""
        wait_until(lambda: all(one.is_listening for one in servers), "listeners", _SECONDS)

    def wait_until_whole(self) -> float:
        """Wait until every replica is in sync and the model has settled; return since when."""
        known = [server.number for server in self.brokers]
        return wait_until_steady(
            lambda: self.replicas.are_whole(known) and settled(self.own.status()),
            *("replicas in sync", _STEADY, _SECONDS),
        )

    def operate(self, operation: str) -> None:
        """Type what an operator types, and wait until it has had its effect."""
        self._operated += 1
        for words in _TYPED[operation]:
            self.own(*(word.format(self) for word in words))
        self.own("wait-idle")

    @property
    def number(self) -> int:
        """Another one for each operation."""
        return self._operated

    @property
    def newest(self) -> str:
        """The broker that came last."""
        units = self.own.status()["applications"]["brokers"]["units"]
        return max(units, key=lambda unit: int(unit.partition("/")[2]))


_TYPED = {
    ROLL: [("config", "brokers", "replication-quota-window-num=1{0.number}")],
    PASSWORD: [("update-secret", "kafka-users", "replication=another-{0.number}")],
    KEYS: [("run", f"brokers/{unit}", "set-tls-private-key") for unit in range(3)],
    CA: [("run", "self-signed-certificates/0", "rotate-private-key")],
    ADD: [("add-unit", "brokers")],
    REMOVE: [("remove-unit", "{0.newest}", "--no-prompt")],
}
