"""Kafka 4 by hand: nodes of KRaft as the official distribution sets them up and starts them."""

import base64
import json
import os
import shutil
import signal
import sys
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import mkdtemp
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "charms/lib/src")]

import measure  # noqa: E402  # the tests are found now
from replicas import Replicas  # noqa: E402

from kafkastack.artifacts import self_signed  # noqa: E402
from tests.fakes.addresses import reserve_block, user_of  # noqa: E402
from tests.fakes.distribution import find_jar  # noqa: E402

VERSION = "4.3.1"
USER, PASSWORD = "admin", "admin-by-hand"
BROKER, CONTROLLER, COMBINED = "broker", "controller", "broker,controller"
_CLIENT_PORT, _CONTROLLER_PORT = 9092, 9093
_START, _END = 240.0, 90.0  # seconds, on a machine that does much else
_JMX = "-Dcom.sun.management.jmxremote"
SCRIPT_FLAGS = (  # kafka-run-class.sh
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
    _JMX,
    f"{_JMX}.authenticate=false",
    f"{_JMX}.ssl=false",
)
OFFICIAL = ("-Xmx1G", "-Xms1G", *SCRIPT_FLAGS)  # kafka-server-start.sh
_GC_LOG = "-Xlog:gc*:file={logs}/kafkaServer-gc.log:time,tags:filecount=10,filesize=100M"
_SETTINGS = {  # server.properties of the distribution
    "num.network.threads": "3",
    "num.io.threads": "8",
    "socket.send.buffer.bytes": "102400",
    "socket.receive.buffer.bytes": "102400",
    "socket.request.max.bytes": "104857600",
    "num.partitions": "1",
    "num.recovery.threads.per.data.dir": "1",
    "log.retention.hours": "168",
    "log.segment.bytes": "1073741824",
    "log.retention.check.interval.ms": "300000",
}
_LOG4J = """\
<Configuration>
  <Appenders>
    <Console name="console"><PatternLayout pattern="[%d] %p %m (%c)%n"/></Console>
    <RollingFile name="file" fileName="${sys:kafka.logs.dir}/server.log"
                 filePattern="${sys:kafka.logs.dir}/server.log.%d{yyyy-MM-dd-HH}">
      <PatternLayout pattern="[%d] %p %m (%c)%n"/><TimeBasedTriggeringPolicy/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="console"/><AppenderRef ref="file"/></Root>
  </Loggers>
</Configuration>
"""
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"


class Node(NamedTuple):
    """One process of Kafka."""

    number: int
    roles: str
    host: str
    folder: Path

    @property
    def data(self) -> Path:
        """The folder of the messages."""
        return self.folder / "data"

    @property
    def config(self) -> Path:
        """The file of the settings."""
        return self.folder / "server.properties"

    @property
    def certified(self) -> str:
        """The name in the certificate; OpenSSL finds certificates by it."""
        return f"node-{self.number}"

    @property
    def place(self) -> str:
        """Where clients connect."""
        return f"{self.host}:{_CLIENT_PORT}"

    @property
    def last_port(self) -> int:
        """The port that is opened last."""
        return _CLIENT_PORT if BROKER in self.roles else _CONTROLLER_PORT

    @property
    def quorum_place(self) -> str:
        """Where the others find this controller."""
        return f"{self.host}:{_CONTROLLER_PORT}"


class Ensemble:
    """Brokers and controllers, formatted and started one by one."""

    def __init__(
        self, folder: Path, roles: Sequence[str], protocol: str, flags: Sequence[str]
    ) -> None:
        block = reserve_block()
        self.protocol = protocol  # of clients and brokers
        self._flags = flags  # of the JVM
        self.nodes = tuple(
            Node(number, role, f"{block}.{number}", folder / str(number))
            for number, role in enumerate(roles, 1)
        )
        self.jar = folder / "kafka.jar"
        self._folder = folder
        self._processes: dict[int, Popen] = {}

    @property
    def brokers(self) -> tuple[Node, ...]:
        """The nodes that have messages."""
        return tuple(node for node in self.nodes if BROKER in node.roles)

    @property
    def controllers(self) -> tuple[Node, ...]:
        """The nodes of the quorum."""
        return tuple(node for node in self.nodes if CONTROLLER in node.roles)

    @property
    def client(self) -> dict[str, Any]:
        """How a client of librdkafka gets in."""
        places = ",".join(node.place for node in self.brokers)
        login = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": USER}
        return {
            "bootstrap.servers": places,
            "security.protocol": self.protocol,
            **({**login, "sasl.password": PASSWORD} if self._has_sasl else {}),
            **({"ssl.ca.location": str(self._folder / "ca.pem")} if self._has_tls else {}),
        }

    @property
    def _has_sasl(self) -> bool:
        return self.protocol.startswith("SASL")

    @property
    def _has_tls(self) -> bool:
        return self.protocol.endswith("SSL")

    def prepare(self) -> None:
        """Write what a person writes before anything is started."""
        self._folder.chmod(0o711)  # each node has a user of its own, who cannot read our cache
        jar = find_jar(VERSION)
        shutil.copy2(jar, self._folder)
        shutil.copytree(jar.with_name("lib"), self._folder / "lib")
        for node in self.nodes:
            node.folder.mkdir(mode=0o700)
            node.data.mkdir()
            (node.folder / "log4j2.xml").write_text(_LOG4J)
            node.config.write_text("".join(f"{k}={v}\n" for k, v in self._settings(node).items()))
        if self._has_tls:
            _certify(self.nodes, self._folder)
        if os.geteuid() == 0:
            for node in self.nodes:
                for path in (node.folder, *node.folder.iterdir()):
                    os.chown(path, user_of(node.host), user_of(node.host))

    def format(self) -> None:
        """Format all storages at once, each as on a machine of its own."""
        cluster = _random_id()
        ids = {node.number: _random_id() for node in self.controllers}
        voters = ",".join(f"{n.number}@{n.quorum_place}:{ids[n.number]}" for n in self.controllers)
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        quorum = ("--initial-controllers", voters, *(("-S", scram) if self._has_sasl else ()))

        def format_one(node: Node) -> None:
            more = quorum if node in self.controllers else ()
            words = ("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(node.config))
            measure.run([*self.java(node, ("-Xmx256M", *SCRIPT_FLAGS)), *words, *more])

        with ThreadPoolExecutor() as at_once:
            list(at_once.map(format_one, self.nodes))

    def java(self, node: Node, flags: Sequence[str]) -> list[str]:
        """Return the words before a main class, as the user of a node."""
        logs = node.folder / "logs"
        log4j = f"-Dlog4j2.configurationFile={node.folder}/log4j2.xml"
        return [
            *_as_user(user_of(node.host)),
            "java",
            *flags,
            f"-Dkafka.logs.dir={logs}",
            log4j,
            *("-cp", str(self.jar)),
        ]

    def start(self, node: Node) -> None:
        """Start a node; one that runs is left as it is. Not from a thread: it ends with it."""
        if self.is_running(node):
            return
        logs = node.folder / "logs"
        if not logs.exists():
            logs.mkdir()
            os.chown(logs, node.folder.stat().st_uid, node.folder.stat().st_gid)
        words = self.java(node, (*self._flags, _GC_LOG.format(logs=logs)))
        process = measure.start(
            [*words, "kafka.Kafka", str(node.config)],
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        self._processes[node.number] = process

    def start_all(self) -> None:
        """Start every node that does not run."""
        for node in self.nodes:
            self.start(node)

    def is_running(self, node: Node) -> bool:
        """Report whether the process of a node is there."""
        process = self._processes.get(node.number)
        return process is not None and process.poll() is None

    def pid(self, node: Node) -> int:
        """Return the process of a node; LookupError where there is none."""
        if not self.is_running(node):
            raise LookupError(f"node {node.number} does not run")
        return self._processes[node.number].pid

    def signal(self, node: Node, number: signal.Signals) -> None:
        """Send a signal to a node; wait for its end where that is what the signal is for."""
        process = self._processes[node.number]
        process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            process.wait(_END)

    def wait_until_ready(self) -> None:
        """Wait until every broker is known."""
        known = {node.number for node in self.brokers}
        replicas = Replicas(self.client)
        measure.wait_until(
            lambda: replicas.are_whole(known), "brokers that know each other", _START
        )

    def close(self) -> None:
        """End what still runs."""
        for node in self.nodes:
            if self.is_running(node):
                self.signal(node, signal.SIGKILL)

    def _settings(self, node: Node) -> dict[str, str]:
        copies = str(min(3, len(self.brokers)))
        in_sync = str(max(1, int(copies) - 1))
        internal = ("offsets.topic", "share.coordinator.state.topic", "transaction.state.log")
        quorum = "SSL" if self._has_tls else "PLAINTEXT"
        listeners = {
            BROKER: f"CLIENT://{node.place}",
            CONTROLLER: f"CONTROLLER://{node.quorum_place}",
        }
        return {
            **_SETTINGS,
            "process.roles": node.roles,
            "node.id": str(node.number),
            "log.dirs": str(node.data),
            "listeners": ",".join(listeners[role] for role in node.roles.split(",")),
            "inter.broker.listener.name": "CLIENT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": f"CONTROLLER:{quorum},CLIENT:{self.protocol}",
            "controller.quorum.bootstrap.servers": ",".join(
                one.quorum_place for one in self.controllers
            ),
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            **{f"{topic}.replication.factor": copies for topic in internal},
            **{f"{topic}.min.isr": in_sync for topic in internal[1:]},
            **(_authentication(self.nodes) if self._has_sasl else {}),
            **(_encryption(node) if self._has_tls else {}),
        }


def _authentication(nodes: Sequence[Node]) -> dict[str, str]:
    supers = (USER, "ANONYMOUS", *(f"CN={node.certified}" for node in nodes))
    login = f'{_SCRAM} username="{USER}" password="{PASSWORD}";'
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": login,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": ";".join(f"User:{name}" for name in supers),
    }


def _encryption(node: Node) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(node.folder / "keystore.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(node.folder / "truststore.pem"),
        "listener.name.controller.ssl.client.auth": "required",
    }


def _certify(nodes: Sequence[Node], folder: Path) -> None:
    """Write what each node proves itself by, and what everybody trusts."""
    made = {node: self_signed.make(node.certified, node.host) for node in nodes}
    trusted = "".join(certificate for _, certificate in made.values())
    (folder / "ca.pem").write_text(trusted)
    for node, pair in made.items():
        (node.folder / "keystore.pem").write_text("".join(pair))
        (node.folder / "truststore.pem").write_text(trusted)


def _as_user(user: int) -> list[str]:
    """Return words before a program that make it this user's, and end it with this process."""
    ids = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *ids, "--pdeathsig=KILL", "--"]


def _random_id() -> str:
    """Return a UUID as Kafka writes it, one that no program takes for an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:22]).startswith("-"):
        pass
    return text


def read_leader(data: Path) -> tuple[int, int]:
    """Return the epoch and the leader of the quorum that a controller has noted last."""
    try:
        noted = json.loads((data / "__cluster_metadata-0/quorum-state").read_text())
    except (OSError, ValueError):  # not yet there, or just being replaced
        return -1, -1
    return noted["leaderEpoch"], noted["leaderId"]


@contextmanager
def ensemble(
    roles: Sequence[str], protocol: str = "SASL_PLAINTEXT", flags: Sequence[str] = OFFICIAL
) -> Iterator[Ensemble]:
    """Yield nodes whose files are written; end them, and remove everything."""
    folder = Path(mkdtemp(prefix="ksb-"))
    made = Ensemble(folder, roles, protocol, flags)
    try:
        made.prepare()
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)
