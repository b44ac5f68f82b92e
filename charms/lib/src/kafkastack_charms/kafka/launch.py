"""Start of a Kafka server, and of its programs: JVM flags, unit file, wrappers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from kafkastack_charms import files, shell, systemd
from kafkastack_charms.jar import argument_file, java_word
from kafkastack_charms.kafka.layout import Layout

MAIN = "kafka.Kafka"
GIGABYTE = 1024**3
# The class archive beside the jar was made with this collector: another one would refuse it.
_SMALL = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData")
# For the soonest start: the quick compiler alone.
FAST = (*_SMALL, "-XX:TieredStopAtLevel=1")
# For work beside a soon start (benchmarks/throughput.py): the compiler for long runs gets what is
# called five times as often as is usual; what a burst of messages leaves dies young.
WORKING = (
    *_SMALL,
    "-XX:NewSize=192m",
    "-XX:CompileThresholdScaling=5",
    "-XX:Tier3InvocationThreshold=60",
    "-XX:Tier3MinInvocationThreshold=30",
    "-XX:Tier3CompileThreshold=600",
)
_OFFICIAL = (
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
)
ALWAYS = (
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    # Kafka makes a PKCS12 store in memory of each PEM file that it reads. To lock that takes 10000
    # rounds each time, a second of a server's start, for a key that lies open in the file.
    "-Dkeystore.pkcs12.keyPbeIterationCount=1",
)
PROGRAM_FLAGS = "-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"


class Programs(NamedTuple):
    """The programs `charmed-kafka.*` of a distribution."""

    mains: Mapping[str, str]  # name → class
    logging: str  # the property that names the file
    log_file: str  # beside the programs
    log_text: str  # what goes wrong, to the terminal


def heap(profile: str, memory: int, testing: tuple[str, ...] = FAST) -> tuple[str, ...]:
    """Return the flags of the JVM: a quarter of a real machine, 6G at most."""
    if profile == "testing":
        return testing
    megabytes = max(512, min(6 * GIGABYTE, memory // 4) // 1024**2)
    return (f"-Xms{megabytes}m", f"-Xmx{megabytes}m", *_OFFICIAL)


def java_arguments(layout: Layout, jar: Path, mark: str, flags: Iterable[str]) -> str:
    """Return the argument file of the JVM; the mark makes a refreshed jar a changed file."""
    return argument_file((*flags, *ALWAYS), jar, mark, MAIN, str(layout.server_properties))


def archive_arguments(jar: Path, profile: str) -> str:
    """Return the arguments by which a server uses the class archive, where that fits its flags."""
    return class_archive(jar) if profile == "testing" else ""


def class_archive(jar: Path) -> str:
    """Return the arguments that use the class archive beside the jar, if there is one.

    At the address it was made for its pages are shared by all brokers of a machine.
    """
    archive = jar.with_suffix(".jsa")
    if not archive.is_file():
        return ""
    named = java_word(f"-XX:SharedArchiveFile={archive}")
    place = "-XX:+UnlockDiagnosticVMOptions\n-XX:ArchiveRelocationMode=0\n"
    return f"{named}\n-Xshare:auto\n{place}"


def server_unit(layout: Layout, java: str, user: str | None, profile: str) -> str:
    """Return the service of the server."""
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


def publish(programs: Programs, layout: Layout, java: str, jar: Path) -> None:
    """Make the programs, and let every shell of this machine know them and the folders."""
    logging = f"-D{programs.logging}=file:{layout.bin / programs.log_file}"
    texts = {
        layout.bin / f"charmed-kafka.{name}": _program(java, jar, logging, main)
        for name, main in programs.mains.items()
    }
    layout.bin.mkdir(exist_ok=True)
    places = places_of(layout)
    ours = {
        layout.bin / programs.log_file: programs.log_text,
        layout.charm / "environment": environment(places),
    }
    files.write(files.outdated(ours), None, 0o644)
    files.write(files.outdated(texts), None, 0o755)
    _link_scripts(programs.mains, layout.bin)
    shell.publish(texts, places)


def _link_scripts(names: Iterable[str], folder: Path) -> None:
    """Let `$BIN/bin/kafka-topics.sh` be a program, as it is in the distribution."""
    (folder / "bin").mkdir(exist_ok=True)
    for name in names:
        link = folder / "bin" / f"kafka-{name}.sh"
        if not link.is_symlink():
            link.symlink_to(Path("..", f"charmed-kafka.{name}"))


def _program(java: str, jar: Path, logging: str, main: str) -> str:
    return (
        f"#!/bin/sh\nexec {_shell_word(java)} {PROGRAM_FLAGS} {_shell_word(logging)} $KAFKA_OPTS"
        f' -cp {_shell_word(str(jar))} {main} "$@"\n'
    )


def places_of(layout: Layout) -> dict[str, str]:
    """Return what a shell on this unit knows."""
    folders = (layout.conf, layout.logs, layout.storages[0], layout.bin)
    return dict(zip(shell.NAMES, map(str, folders), strict=True))


def environment(places: Mapping[str, str]) -> str:
    """Return the same as a file that a shell reads."""
    return "".join(f"{name}={_shell_word(path)}\n" for name, path in places.items())


def _shell_word(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
