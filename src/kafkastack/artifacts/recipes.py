"""Which servers are started once so that the JVM can archive their classes: ours, in small."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    """A server to start: how it is configured, and what it says when it has started."""

    jar: str
    main: str
    config: str
    ready: str
    logging: str
    logging_property: str = "log4j.configuration"
    prepare: tuple[str, ...] = ()  # main class and arguments of a program to run just before


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
# Nobody connects to the second listener: it loads what a secured broker loads. Training with
# logins or TLS as well was measured to win nothing until a broker has started.
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
_FORMAT = (
    *("kafka.tools.StorageTool", "format", "--cluster-id", "a2Fma2FzdGFjay1hcmNoaQ"),
    *("--config", "{config}"),
)

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
            _FORMAT,
        ),
    ),
}
