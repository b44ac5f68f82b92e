"""Track 4's own templates for the start of a server: logging and programs."""

from __future__ import annotations

from pathlib import Path

from kafkastack_charms import properties
from kafkastack_charms.kafka.launch import Programs
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.log4j import LEVELS, PATTERN

LOGGING = "log4j2.configurationFile"
_FILES = {"server": "server", "controller": "controller", "authorizer": "kafka-authorizer"}
_LOGGERS = {
    "kafka.authorizer.logger": ("INFO", "authorizer"),
    "org.apache.kafka.controller": ("INFO", "controller"),
}


def flags(layout: Layout) -> tuple[str, ...]:
    """Return the flags of the JVM that have nothing to do with its size."""
    return (f"-D{LOGGING}=file:{layout.conf / 'log4j2.properties'}",)


def log4j2(level: str, logs: Path) -> str:
    """Return the logging configuration: everything to files, what is worth a look to journald."""
    lines = {
        **_console("stdout", "SYSTEM_OUT"),
        "appender.stdout.filter.level.type": "ThresholdFilter",
        "appender.stdout.filter.level.level": "WARN",
        "rootLogger.level": LEVELS[level],
        "rootLogger.appenderRef.stdout.ref": "stdout",
        "rootLogger.appenderRef.server.ref": "server",
    }
    for appender, name in _FILES.items():
        lines |= _rolling_file(appender, logs / f"{name}.log")
    for number, (name, (least, appender)) in enumerate(_LOGGERS.items()):
        lines |= {
            f"logger.{number}.name": name,
            f"logger.{number}.level": least,
            f"logger.{number}.additivity": "false",
            f"logger.{number}.appenderRef.0.ref": appender,
        }
    return properties.write(lines)


def _rolling_file(name: str, file: Path) -> dict[str, str]:
    """Return an appender that keeps 60 MB in six files."""
    start = f"appender.{name}"
    return {
        **_appender(name, "RollingFile"),
        f"{start}.fileName": str(file),
        f"{start}.filePattern": f"{file}.%i",
        f"{start}.policies.type": "Policies",
        f"{start}.policies.size.type": "SizeBasedTriggeringPolicy",
        f"{start}.policies.size.size": "10MB",
        f"{start}.strategy.type": "DefaultRolloverStrategy",
        f"{start}.strategy.max": "5",
    }


def _console(name: str, target: str) -> dict[str, str]:
    return {**_appender(name, "Console"), f"appender.{name}.target": target}


def _appender(name: str, kind: str) -> dict[str, str]:
    start = f"appender.{name}"
    return {
        f"{start}.type": kind,
        f"{start}.name": name,
        f"{start}.layout.type": "PatternLayout",
        f"{start}.layout.pattern": PATTERN,
    }


def _tools_log4j2() -> str:
    root = {"rootLogger.level": "WARN", "rootLogger.appenderRef.stderr.ref": "stderr"}
    return properties.write({**_console("stderr", "SYSTEM_ERR"), **root})


PROGRAMS = Programs(
    {
        "acls": "org.apache.kafka.tools.AclCommand",
        "broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
        "client-metrics": "org.apache.kafka.tools.ClientMetricsCommand",
        "cluster": "org.apache.kafka.tools.ClusterTool",
        "configs": "kafka.admin.ConfigCommand",
        "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
        "console-producer": "org.apache.kafka.tools.ConsoleProducer",
        "console-share-consumer": "org.apache.kafka.tools.consumer.ConsoleShareConsumer",
        "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        "consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
        "delegation-tokens": "org.apache.kafka.tools.DelegationTokenCommand",
        "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
        "dump-log": "org.apache.kafka.tools.DumpLogSegments",
        "e2e-latency": "org.apache.kafka.tools.EndToEndLatency",
        "features": "org.apache.kafka.tools.FeatureCommand",
        "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
        "groups": "org.apache.kafka.tools.GroupsCommand",
        "leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
        "log-dirs": "org.apache.kafka.tools.LogDirsCommand",
        "metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
        "metadata-shell": "org.apache.kafka.shell.MetadataShell",
        "producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
        "reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
        "replica-verification": "org.apache.kafka.tools.ReplicaVerificationTool",
        "share-consumer-perf-test": "org.apache.kafka.tools.ShareConsumerPerformance",
        "share-groups": "org.apache.kafka.tools.consumer.group.ShareGroupCommand",
        "storage": "kafka.tools.StorageTool",
        "streams-application-reset": "org.apache.kafka.tools.StreamsResetter",
        "streams-groups": "org.apache.kafka.tools.streams.StreamsGroupCommand",
        "topics": "org.apache.kafka.tools.TopicCommand",
        "transactions": "org.apache.kafka.tools.TransactionsCommand",
        "verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
        "verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
        "verifiable-share-consumer": "org.apache.kafka.tools.VerifiableShareConsumer",
    },
    logging=LOGGING,
    log_file="log4j2.properties",
    log_text=_tools_log4j2(),
)
