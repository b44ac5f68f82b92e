"""Lines of server.properties and client.properties that every Kafka has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kafkastack_charms import tls
from kafkastack_charms.kafka.listeners import MECHANISM, Listener, join

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"


def open_listeners(bind: str, listeners: Iterable[Listener]) -> dict[str, str]:
    """Return which listeners are open, and where others are told they are."""
    listeners = tuple(listeners)
    return {
        "listeners": ",".join(one.bound(bind) for one in listeners),
        "advertised.listeners": ",".join(one.advertised for one in listeners),
    }


def logins(listeners: Sequence[Listener], user: str, password: str) -> dict[str, str]:
    """Return how one logs in at each listener, and at internal ones as whom the broker does."""
    lines: dict[str, str] = {}
    own = f' username="{user}" password="{password}"'
    for one in listeners:
        login = own if one.scope == "INTERNAL" else ""
        lines[f"{one.prefix}.sasl.enabled.mechanisms"] = MECHANISM
        lines[f"{one.prefix}.{MECHANISM.lower()}.sasl.jaas.config"] = f"{SCRAM}{login};"
    return lines


def security(authorizer: str, super_users: Iterable[str]) -> dict[str, str]:
    """Return who may do what: those who may do everything, and nobody else unless told."""
    return {
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        "authorizer.class.name": authorizer,
        "allow.everyone.if.no.acl.found": "false",
        "super.users": ";".join(f"User:{name}" for name in super_users),
        "auto.create.topics.enable": "false",
    }


def _replicas(planned_units: int) -> int:
    return min(3, max(1, planned_units))


def min_in_sync(planned_units: int) -> int:
    """Return how many replicas a message needs unless somebody says otherwise."""
    return max(1, _replicas(planned_units) - 1)


def replication(planned_units: int) -> dict[str, str]:
    """Return how many replicas there are unless somebody says otherwise."""
    replicas, in_sync = _replicas(planned_units), str(min_in_sync(planned_units))
    return {
        "default.replication.factor": str(replicas),
        "num.partitions": str(replicas),
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": str(replicas),
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": in_sync,
    }


# Fast to start and to be missed, small in memory; nothing that changes what is promised.
SMALL = {
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "controlled.shutdown.retry.backoff.ms": "500",
}


def stores(certificates: tls.Layout, prefix: str = "") -> dict[str, str]:
    """Return the certificates of a server, of one listener where a prefix is given."""
    lines = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates.truststore),
        "ssl.client.auth": "none",  # clients prove themselves by SASL
        # Each request for a certificate has an id of its own in its name, and units move.
        "ssl.allow.dn.changes": "true",
        "ssl.allow.san.changes": "true",
    }
    return {f"{prefix}{key}": value for key, value in lines.items()}


def client_properties(
    servers: Iterable[tuple[str, int]], protocol: str, user: str, password: str, truststore: str
) -> dict[str, str]:
    """Return how a user enters by some servers, with a truststore where they are encrypted."""
    lines = {
        "sasl.jaas.config": f'{SCRAM} username="{user}" password="{password}";',
        "bootstrap.servers": ",".join(join(host, port) for host, port in servers),
        "security.protocol": protocol,
        "sasl.mechanism": MECHANISM,
    }
    if truststore:
        lines |= {"ssl.truststore.location": truststore, "ssl.truststore.type": "PEM"}
    return lines
