"""What the files of a broker look like."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import users
from listeners import MECHANISM, Listener, join
from options import Options
from state import Connection
from users import Credentials
from zookeeper import Offer

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"
DIGEST = "org.apache.zookeeper.server.auth.DigestLoginModule required"
GIGABYTE = 1024**3


class Layout(NamedTuple):
    """Where the files of this broker are."""

    charm: Path
    storages: tuple[Path, ...]

    @property
    def conf(self) -> Path:
        """The folder of the configuration, readable by the broker only."""
        return self.storages[0] / "conf"

    @property
    def logs(self) -> Path:
        """The folder of what the broker tells of itself."""
        return self.storages[0] / "logs"

    @property
    def data(self) -> tuple[Path, ...]:
        """The folders of the messages, one on each storage."""
        return tuple(storage / "data" for storage in self.storages)

    @property
    def bin(self) -> Path:
        """The folder of the programs."""
        return self.charm / "bin"

    @property
    def tools_log4j(self) -> Path:
        """How the programs log, beside them as they are for everybody."""
        return self.bin / "log4j.properties"

    @property
    def pending(self) -> Path:
        """A file that exists while the broker has yet to be restarted with what was written."""
        return self.charm / ".pending"

    @property
    def seen_ready(self) -> Path:
        """A file that exists while the charm's last look saw a broker that works."""
        return self.charm / ".seen-ready"

    @property
    def unfinished(self) -> Path:
        """A file that exists while the charm wants to be called again soon."""
        return self.charm / ".unfinished"

    @property
    def dynamic(self) -> Path:
        """A file that exists while ZooKeeper holds settings of this broker beside the file's."""
        return self.charm / ".dynamic"

    @property
    def server_properties(self) -> Path:
        """The configuration of the broker."""
        return self.conf / "server.properties"

    @property
    def client_properties(self) -> Path:
        """How the user admin enters."""
        return self.conf / "client.properties"

    @property
    def keystore(self) -> Path:
        """Private key and certificates of this unit."""
        return self.conf / "keystore.pem"

    @property
    def truststore(self) -> Path:
        """The authority that every client trusts."""
        return self.conf / "truststore.pem"

    @property
    def zookeeper_truststore(self) -> Path:
        """The authority that ZooKeeper proves itself by."""
        return self.conf / "zookeeper-ca.pem"


class Settings(NamedTuple):
    """What makes this broker what it is."""

    broker_id: int
    bind: str
    planned_units: int
    options: Options
    credentials: Credentials
    connection: Connection
    offer: Offer
    encrypted: bool
    doors: tuple[Listener, ...]  # the internal one first
    has_clients: bool = False
    jar: str = ""  # the digest of its bytes: another one goes through the brokers one by one

    @property
    def internal(self) -> Listener:
        """The door of the brokers and of the operator."""
        return self.doors[0]

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The doors that are open: the internal one only, as long as there is no client."""
        return self.doors if self.has_clients else self.doors[:1]


def server_properties(settings: Settings, layout: Layout) -> dict[str, str]:
    """Return the configuration of the broker."""
    replicas = min(3, max(1, settings.planned_units))
    return {
        "broker.id": str(settings.broker_id),
        "broker.id.generation.enable": "false",
        "log.dirs": ",".join(map(str, layout.data)),
        **open_doors(settings),
        **_doors(settings),
        "inter.broker.listener.name": settings.internal.name,
        **_security(),
        **_replication(replicas),
        **settings.options.properties,
        **(_SMALL if settings.options.profile == "testing" else {}),
        **_zookeeper(settings, layout),
        **(_tls(layout) if settings.encrypted else {}),
    }


def open_doors(settings: Settings) -> dict[str, str]:
    """Return the lines that can be changed while the broker runs."""
    return {
        "listeners": ",".join(door.bound(settings.bind) for door in settings.listeners),
        "advertised.listeners": ",".join(door.advertised for door in settings.listeners),
    }


def _doors(settings: Settings) -> dict[str, str]:
    lines = {
        "listener.security.protocol.map": ",".join(
            f"{door.name}:{door.protocol}" for door in settings.doors
        )
    }
    for number, door in enumerate(settings.doors):
        word = settings.credentials.sync_password
        login = f' username="{users.BROKER}" password="{word}"' if number == 0 else ""
        lines[f"{door.prefix}.sasl.enabled.mechanisms"] = MECHANISM
        lines[f"{door.prefix}.{MECHANISM.lower()}.sasl.jaas.config"] = f"{SCRAM}{login};"
    return lines


def _security() -> dict[str, str]:
    supers = ";".join(f"User:{name}" for name in users.INTERNAL_USERS)
    return {
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": supers,
        "auto.create.topics.enable": "false",
    }


def _replication(replicas: int) -> dict[str, str]:
    in_sync = str(max(1, replicas - 1))
    return {
        "default.replication.factor": str(replicas),
        "num.partitions": str(replicas),
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": str(replicas),
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": in_sync,
    }


# Fast to start and to be missed, small in memory; nothing that changes what is promised.
_SMALL = {
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "controlled.shutdown.retry.backoff.ms": "500",
    "zookeeper.session.timeout.ms": "3000",
    "zookeeper.connection.timeout.ms": "18000",
}


def _zookeeper(settings: Settings, layout: Layout) -> dict[str, str]:
    lines = {
        "zookeeper.connect": settings.connection.connect,
        "zookeeper.set.acl": "true",
    }
    if settings.connection.encrypted:
        lines |= {
            "zookeeper.ssl.client.enable": "true",
            "zookeeper.clientCnxnSocket": "org.apache.zookeeper.ClientCnxnSocketNetty",
            "zookeeper.ssl.truststore.location": str(layout.zookeeper_truststore),
            "zookeeper.ssl.truststore.type": "PEM",
        }
    return lines


def _tls(layout: Layout) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(layout.keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(layout.truststore),
        "ssl.client.auth": "none",  # clients prove themselves by SASL
    }


def client_properties(settings: Settings, hosts: Iterable[str], layout: Layout) -> dict[str, str]:
    """Return how the user admin enters by the internal door, which is always open."""
    internal = settings.internal
    word = settings.credentials.admin_password
    lines = {
        "sasl.jaas.config": f'{SCRAM} username="{users.ADMIN}" password="{word}";',
        "bootstrap.servers": ",".join(join(host, internal.port) for host in hosts),
        "security.protocol": internal.protocol,
        "sasl.mechanism": MECHANISM,
    }
    if settings.encrypted:
        lines |= {
            "ssl.truststore.location": str(layout.truststore),
            "ssl.truststore.type": "PEM",
        }
    return lines


def jaas(offer: Offer) -> str:
    """Return how the broker logs in to ZooKeeper."""
    return (
        f'Client {{\n  {DIGEST}\n  username="{offer.username}"\n'
        f'  password="{offer.password}";\n}};\n'
    )


def properties(values: dict[str, str]) -> str:
    """Write a Java properties file."""
    return "".join(f"{key}={value}\n".replace("\\", "\\\\") for key, value in values.items())


def parse_properties(text: str) -> dict[str, str]:
    """Read a Java properties file as we write it."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key: value.replace("\\\\", "\\") for key, separator, value in pairs if separator}
