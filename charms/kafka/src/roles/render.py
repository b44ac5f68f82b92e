"""Files of a broker, but how it is started."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import users
from kafkastack_charms import tls
from kafkastack_charms.listeners import MECHANISM, Listener, join
from metadata import zookeeper
from metadata.zookeeper import Offer
from options import Options
from state import Connection
from users import Credentials

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
    def connected(self) -> Path:
        """A file with the text of `zookeeper.connect` that the broker was started with."""
        return self.charm / ".connected"

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
    def certificates(self) -> tls.Layout:
        """The certificates of this unit."""
        return tls.Layout(self.conf)

    @property
    def zookeeper_truststore(self) -> Path:
        """The CAs that ZooKeeper proves itself by, as Java reads them."""
        return self.conf / "zookeeper-truststore.p12"

    @property
    def zookeeper_ca(self) -> Path:
        """The same as PEM."""
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
    all_listeners: tuple[Listener, ...]  # the internal one first
    has_clients: bool = False

    @property
    def internal(self) -> Listener:
        """The listener of the brokers and of the operator."""
        return self.all_listeners[0]

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Those that are open: the internal one only, as long as there is no client."""
        return self.all_listeners if self.has_clients else self.all_listeners[:1]


def server_properties(settings: Settings, layout: Layout) -> dict[str, str]:
    """Return the configuration of the broker."""
    replicas = min(3, max(1, settings.planned_units))
    return {
        "broker.id": str(settings.broker_id),
        "broker.id.generation.enable": "false",
        "log.dirs": ",".join(map(str, layout.data)),
        **_open_listeners(settings),
        **_logins(settings),
        "inter.broker.listener.name": settings.internal.name,
        **_security(),
        **_replication(replicas),
        **settings.options.properties,
        **(_SMALL if settings.options.profile == "testing" else {}),
        **zookeeper.broker_properties(settings.connection, layout.zookeeper_truststore),
        **(_tls(layout) if settings.encrypted else {}),
    }


def _open_listeners(settings: Settings) -> dict[str, str]:
    return {
        "listeners": ",".join(one.bound(settings.bind) for one in settings.listeners),
        "advertised.listeners": ",".join(one.advertised for one in settings.listeners),
    }


def _logins(settings: Settings) -> dict[str, str]:
    lines = {
        "listener.security.protocol.map": ",".join(
            f"{one.name}:{one.protocol}" for one in settings.all_listeners
        )
    }
    secret = settings.credentials
    own = f' username="{secret.broker_user}" password="{secret.sync_password}"'
    for number, one in enumerate(settings.all_listeners):
        login = own if number == 0 else ""
        lines[f"{one.prefix}.sasl.enabled.mechanisms"] = MECHANISM
        lines[f"{one.prefix}.{MECHANISM.lower()}.sasl.jaas.config"] = f"{SCRAM}{login};"
    return lines


def _security() -> dict[str, str]:
    supers = ";".join(f"User:{name}" for name in users.SUPER_USERS)
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


def _tls(layout: Layout) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(layout.certificates.keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(layout.certificates.truststore),
        "ssl.client.auth": "none",  # clients prove themselves by SASL
        # Each request for a certificate has an id of its own in its name, and units move.
        "ssl.allow.dn.changes": "true",
        "ssl.allow.san.changes": "true",
    }


def client_properties(settings: Settings, hosts: Iterable[str], layout: Layout) -> dict[str, str]:
    """Return how the user admin enters by the internal listener, which is always open."""
    internal = settings.internal
    password = settings.credentials.admin_password
    lines = {
        "sasl.jaas.config": f'{SCRAM} username="{users.ADMIN}" password="{password}";',
        "bootstrap.servers": ",".join(join(host, internal.port) for host in hosts),
        "security.protocol": internal.protocol,
        "sasl.mechanism": MECHANISM,
    }
    if settings.encrypted:
        lines |= {
            "ssl.truststore.location": str(layout.certificates.truststore),
            "ssl.truststore.type": "PEM",
        }
    return lines


def jaas(offer: Offer) -> str:
    """Return how the broker logs in to ZooKeeper."""
    return (
        f'Client {{\n  {DIGEST}\n  username="{offer.username}"\n'
        f'  password="{offer.password}";\n}};\n'
    )
