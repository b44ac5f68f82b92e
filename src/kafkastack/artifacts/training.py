"""How a real ZooKeeper and a real Kafka are started once, so that the JVM can archive them."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafkastack.errors import KafkastackError
from kafkastack.system.programs import run

# What the charms use, but for the heap: the archive is made for this compiler and collector.
FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx256m")
ADDRESS = "127.0.0.1"
_SECONDS = 240  # a start and the dump at its end, on a machine that does much else
_UNWANTED = ("CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


@dataclass(frozen=True)
class Server:
    """A server to start: how it is configured, and what it says when it has started."""

    jar: str
    main: str
    config: str
    ready: str
    logging: str
    logging_property: str = "log4j.configuration"
    prepare: tuple[str, ...] = ()  # main class and arguments of a program to run before


_LOG4J = """log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File={folder}/server.log
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.logger.kafkastack=INFO, file
"""
_LOG4J2 = """appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
"""
_ZOOKEEPER = """dataDir={folder}
clientPortAddress={address}
clientPort={port}
admin.enableServer=false
maxClientCnxns=0
"""
# Nobody connects to the second listener: it loads what a secured broker loads.
_BROKER = """log.dirs={folder}/data
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
inter.broker.listener.name=PLAINTEXT
super.users=User:ANONYMOUS
offsets.topic.replication.factor=1
"""
_WITH_ZOOKEEPER = """broker.id=0
zookeeper.connect={address}:{port}
listeners=PLAINTEXT://{address}:0,CLIENT://{address}:0
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CLIENT:SASL_PLAINTEXT
authorizer.class.name=kafka.security.authorizer.AclAuthorizer
"""
_WITH_KRAFT = """node.id=0
process.roles=broker,controller
controller.quorum.voters=0@{address}:{port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{address}:0,CLIENT://{address}:0,CONTROLLER://{address}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
"""
_FORMAT = ("kafka.tools.StorageTool", "format", "--cluster-id", "a2Fma2FzdGFjay1hcmNoaQ")

# What is started for the archives of a distribution, one server after the other.
SERVERS: Mapping[str, tuple[Server, ...]] = {
    "kafka-3.9.2": (
        Server(
            "zookeeper",
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            _ZOOKEEPER,
            "PrepRequestProcessor (sid:0) started",
            _LOG4J,
        ),
        Server(
            "kafka",
            "kafka.Kafka",
            _BROKER + _WITH_ZOOKEEPER,
            "started (kafka.server.KafkaServer)",
            _LOG4J,
        ),
    ),
    "kafka-4.3.1": (
        Server(
            "kafka",
            "kafka.Kafka",
            _BROKER + _WITH_KRAFT,
            "Kafka Server started (kafka.server.KafkaRaftServer)",
            _LOG4J2,
            "log4j2.configurationFile",
            (*_FORMAT, "--config"),
        ),
    ),
}


def train(java: Path, servers: Sequence[Server], jars: Path, scratch: Path) -> None:
    """Start the jars of a folder one after the other and end them in the reverse order.

    Each leaves its archive in `scratch` as `<jar's stem>.jsa`. KafkastackError has the last
    words of a server that does not start.
    """
    port = _free_port()
    with ExitStack() as running:
        for server in servers:
            running.enter_context(_started(java, server, jars, port, scratch))


@contextmanager
def _started(java: Path, server: Server, jars: Path, port: int, scratch: Path) -> Generator[None]:
    folder = scratch / server.jar
    folder.mkdir()
    values = {"folder": folder, "address": ADDRESS, "port": port}
    logging, config = folder / "logging.properties", folder / "server.properties"
    logging.write_text(server.logging.format(**values))
    config.write_text(server.config.format(**values))
    words = [*_ends_with_us(), str(java), *FLAGS, "-cp", str(jars / f"{server.jar}.jar")]
    words.append(f"-D{server.logging_property}=file:{logging}")
    if server.prepare:
        _prepare([*words, *server.prepare, str(config)])
    words.append(f"-XX:ArchiveClassesAtExit={scratch / server.jar}.jsa")
    with _process([*words, server.main, str(config)]) as process:
        _wait_until_ready(process, server)
        yield


def _prepare(words: Sequence[str]) -> None:
    done = run(words, timeout=_SECONDS, env=_environment())
    if done.returncode:
        raise KafkastackError(f"cannot make class archives: {done.output.strip()[-500:]}")


@contextmanager
def _process(words: Sequence[str]) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
    )
    deadline = threading.Timer(_SECONDS, process.kill)
    deadline.start()
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()
        deadline.cancel()


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server) -> None:
    assert process.stdout  # noqa: S101  # it was asked for
    said: list[str] = []
    for line in process.stdout:
        said.append(line.decode(errors="replace"))
        if server.ready in said[-1]:
            return
    raise KafkastackError(
        f"{server.jar} did not start for its class archive: {''.join(said[-5:]).strip()}"
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _UNWANTED}


def _ends_with_us() -> list[str]:
    """Return words before a program that end it with this process, even by kill -9."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]
