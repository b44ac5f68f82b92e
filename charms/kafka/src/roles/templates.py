"""Track 3's own templates for the start of a broker: logging, JVM, programs."""

from __future__ import annotations

from pathlib import Path

from kafkastack_charms import log4j as log4j1
from kafkastack_charms import properties
from kafkastack_charms.jar import log4j_flag, login_flag
from kafkastack_charms.kafka.launch import Programs
from kafkastack_charms.kafka.layout import Layout

# DIGEST-MD5 needs no host's name: asking DNS for it outlasts the session where none answers.
_NO_NAMES = "-Dzookeeper.sasl.client.canonicalize.hostname=false"


def flags(layout: Layout) -> tuple[str, ...]:
    """Return the flags of the JVM that have nothing to do with its size."""
    logging = log4j_flag(layout.conf / "log4j.properties")
    return (_NO_NAMES, login_flag(layout.conf / "jaas.conf"), logging)


def log4j(level: str, logs: Path) -> str:
    """Return the logging configuration: everything to files, what is worth a look to journald."""
    names = {"server": "server", "controller": "controller", "authorizer": "kafka-authorizer"}
    lines = {
        "log4j.rootLogger": f"{log4j1.LEVELS[level]}, stdout, server",
        **log4j1.console("stdout", Threshold="WARN"),
        "log4j.logger.kafka.authorizer.logger": "INFO, authorizer",
        "log4j.additivity.kafka.authorizer.logger": "false",
        "log4j.logger.kafka.controller": "INFO, controller",
        "log4j.additivity.kafka.controller": "false",
    }
    for appender, name in names.items():
        lines |= log4j1.rolling_file(appender, logs / f"{name}.log")
    return properties.write(lines)


def _tools_log4j() -> str:
    console = log4j1.console("stderr", target="System.err")
    return properties.write({"log4j.rootLogger": "WARN, stderr", **console})


PROGRAMS = Programs(
    {
        "acls": "kafka.admin.AclCommand",
        "broker-api-versions": "kafka.admin.BrokerApiVersionsCommand",
        "configs": "kafka.admin.ConfigCommand",
        "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
        "console-producer": "kafka.tools.ConsoleProducer",
        "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
        "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
        "leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
        "log-dirs": "org.apache.kafka.tools.LogDirsCommand",
        "producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
        "reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
        "topics": "org.apache.kafka.tools.TopicCommand",
    },
    logging="log4j.configuration",
    log_file="log4j.properties",
    log_text=_tools_log4j(),
)
