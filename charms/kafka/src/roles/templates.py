"""How a broker and its programs are started: services, JVM, logging, wrappers."""

from __future__ import annotations

from pathlib import Path

from kafkastack_charms import log4j as log4j1
from kafkastack_charms import properties, shell, systemd
from kafkastack_charms.jar import argument_file, java_word

from roles.render import GIGABYTE, Layout

MAIN = "kafka.Kafka"
# The same flags as the class archive beside the jar was made with: another collector or compiler
# would refuse it.
_FAST = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
)
_OFFICIAL = (
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
)
_ALWAYS = (
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    # DIGEST-MD5 needs no host's name: asking DNS for it outlasts the session where none answers.
    "-Dzookeeper.sasl.client.canonicalize.hostname=false",
)
PROGRAMS = {
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
}


def heap(profile: str, memory: int) -> tuple[str, ...]:
    """Return the flags of the JVM: a quarter of a real machine, 6G at most."""
    if profile == "testing":
        return _FAST
    megabytes = max(512, min(6 * GIGABYTE, memory // 4) // 1024**2)
    return (f"-Xms{megabytes}m", f"-Xmx{megabytes}m", *_OFFICIAL)


def java_arguments(layout: Layout, jar: Path, jar_mark: str, flags: tuple[str, ...]) -> str:
    """Return the argument file of the JVM; the mark makes a refreshed jar a changed file."""
    program = (MAIN, str(layout.server_properties))
    return argument_file((*flags, *_ALWAYS), layout.conf, jar, jar_mark, *program)


def archive_arguments(jar: Path, is_used: bool) -> str:
    """Return the arguments that use the class archive beside the jar, where it fits.

    At the address it was made for its pages are shared by all brokers of a machine.
    """
    if not is_used:
        return ""
    archive = java_word(f"-XX:SharedArchiveFile={jar.with_suffix('.jsa')}")
    place = "-XX:+UnlockDiagnosticVMOptions\n-XX:ArchiveRelocationMode=0\n"
    return f"{archive}\n-Xshare:auto\n{place}"


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


def places(layout: Layout) -> dict[str, str]:
    """Return what a shell on this unit knows."""
    folders = (layout.conf, layout.logs, layout.storages[0], layout.bin)
    return dict(zip(shell.NAMES, map(str, folders), strict=True))


def environment(layout: Layout) -> str:
    """Return the same as a file that a shell reads."""
    return "".join(f"{name}={_shell_word(path)}\n" for name, path in places(layout).items())


def program(layout: Layout, java: str, jar: Path, main: str) -> str:
    """Return one of the programs `charmed-kafka.*`."""
    flags = "-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
    logging = f"-Dlog4j.configuration=file:{layout.tools_log4j}"
    return (
        f"#!/bin/sh\nexec {_shell_word(java)} {flags} {_shell_word(logging)} $KAFKA_OPTS"
        f' -cp {_shell_word(str(jar))} {main} "$@"\n'
    )


def tools_log4j() -> str:
    """Return the logging configuration of these programs: what goes wrong, to the terminal."""
    console = log4j1.console("stderr", target="System.err")
    return properties.write({"log4j.rootLogger": "WARN, stderr", **console})


def _shell_word(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def server_unit(layout: Layout, java: str, user: str | None, profile: str) -> str:
    """Return the service of the broker."""
    return systemd.service_unit(
        "Apache Kafka",
        (java, f"@{layout.conf / 'archive.args'}", f"@{layout.conf / 'java.args'}"),
        (
            *((f"User={user}", f"Group={user}") if user else ()),
            "SuccessExitStatus=143",
            "LimitNOFILE=100000",
            f"TimeoutStopSec={10 if profile == 'testing' else 180}",
        ),
    )
