"""Distributions that can be fetched: those of Kafka, and the runnable jars in each."""

import hashlib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from msgspec import Struct

from kafkastack.artifacts.lockfile import LockedJar, parse_lock
from kafkastack.errors import NotFoundError

_LOCKS = resources.files("kafkastack.artifacts") / "locks"


class RunnableJar(Struct, frozen=True):
    """A jar that `java -jar` runs: its main class, and which jars it needs (by file name)."""

    name: str
    main: str
    needs: tuple[str, ...] = ("*",)

    @property
    def stem(self) -> str:
        """The name without `.jar`, also the name of the charm's resource."""
        return self.name.removesuffix(".jar")


class Distribution(Struct, frozen=True):
    """A version of Kafka: where it lies in the cache and what Maven is asked for."""

    name: str
    version: str
    track: str
    roots: tuple[str, ...]
    jars: tuple[RunnableJar, ...]
    locks: Traversable = _LOCKS

    @property
    def folder(self) -> str:
        """Its folder below the cache."""
        return f"kafka/{self.version}"

    def jar(self, name: str) -> RunnableJar:
        """Return the runnable jar of that name; NotFoundError lists what there is."""
        for jar in self.jars:
            if jar.name == name:
                return jar
        raise _unknown(f"{self.name}/{name}")

    def lib(self, jar: RunnableJar) -> tuple[LockedJar, ...]:
        """Return the jars that a runnable jar needs, by file name."""
        return tuple(
            j for j in locked_jars(self) if any(fnmatch(j.file, need) for need in jar.needs)
        )


# Only `connect-plugin-path` of the command-line tools needs these, and they bring Jetty, Jersey
# and their licences along.
EXCLUDED = (
    "org.apache.kafka:connect-api",
    "org.apache.kafka:connect-json",
    "org.apache.kafka:connect-runtime",
    "org.apache.kafka:connect-transforms",
)

_ZOOKEEPER = (
    "audience-annotations-*",
    "commons-cli-*",
    "commons-io-*",
    "metrics-core-4*",
    "netty-*",
    "reload4j-*",
    "slf4j-*",
    "snappy-java-*",
    "zookeeper-*",
)

DISTRIBUTIONS: Mapping[str, Distribution] = {
    distribution.name: distribution
    for distribution in (
        Distribution(
            "kafka-3.9.2",
            "3.9.2",
            "3",
            (
                "org.apache.kafka:kafka_2.13:3.9.2",
                "org.apache.kafka:kafka-tools:3.9.2",
                "org.slf4j:slf4j-reload4j:1.7.36",
            ),
            (
                RunnableJar("kafka.jar", "kafka.Kafka"),
                RunnableJar(
                    "zookeeper.jar",
                    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                    _ZOOKEEPER,
                ),
            ),
        ),
        Distribution(
            "kafka-4.3.1",
            "4.3.1",
            "4",
            (
                "org.apache.kafka:kafka_2.13:4.3.1",
                "org.apache.kafka:kafka-tools:4.3.1",
                "org.apache.kafka:kafka-shell:4.3.1",
                "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5",
                "org.apache.logging.log4j:log4j-1.2-api:2.25.5",
            ),
            (RunnableJar("kafka.jar", "kafka.Kafka"),),
        ),
    )
}


def find_resource(name: str) -> tuple[Distribution, RunnableJar]:
    """Return what a resource like "kafka-3.9.2/kafka.jar" names; NotFoundError lists all."""
    distribution, _, jar = name.partition("/")
    if distribution not in DISTRIBUTIONS:
        raise _unknown(name)
    return DISTRIBUTIONS[distribution], DISTRIBUTIONS[distribution].jar(jar)


def distribution_of_channel(channel: str) -> Distribution:
    """Return what a channel like "3/stable" runs; NotFoundError lists the tracks."""
    track = channel.partition("/")[0]
    for distribution in DISTRIBUTIONS.values():
        if distribution.track == track:
            return distribution
    tracks = ", ".join(distribution.track for distribution in DISTRIBUTIONS.values())
    raise NotFoundError(f'channel "{channel}" not found', f"tracks are: {tracks}")


def tracks_of(resources: Iterable[str]) -> set[str]:
    """Return the tracks of Kafka that resources like "kafka-3.9.2/kafka.jar" are of."""
    names = {resource.partition("/")[0] for resource in resources}
    return {DISTRIBUTIONS[name].track for name in names if name in DISTRIBUTIONS}


def resource_names() -> tuple[str, ...]:
    """Return the name of every resource, newest distribution last."""
    return tuple(f"{d.name}/{jar.name}" for d in DISTRIBUTIONS.values() for jar in d.jars)


@cache
def locked_jars(distribution: Distribution) -> tuple[LockedJar, ...]:
    """Return the jars of a distribution as its lock file names them, by file name."""
    return parse_lock((distribution.locks / f"{distribution.name}.lock").read_text())


def content_name(jars: Iterable[LockedJar]) -> str:
    """Return a short name that changes when the bytes of the jars do."""
    return hashlib.sha256("".join(jar.sha256 for jar in jars).encode()).hexdigest()[:12]


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(
        f'resource "{name}" is not known', f"known are: {', '.join(resource_names())}"
    )
