"""Files of a broker, but how it is started."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import users
from kafkastack_charms.kafka import render
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.listeners import Listener, Scope
from kafkastack_charms.kafka.options import Options
from kafkastack_charms.stages import Stage
from metadata import zookeeper
from metadata.zookeeper import Offer
from state import Connection
from users import Credentials

DIGEST = "org.apache.zookeeper.server.auth.DigestLoginModule required"
AUTHORIZER = "kafka.security.authorizer.AclAuthorizer"
_SCOPES: tuple[Scope, ...] = ("INTERNAL", "CLIENT", "EXTRA")
_SMALL = {
    **render.SMALL,
    "zookeeper.session.timeout.ms": "3000",
    "zookeeper.connection.timeout.ms": "18000",
}


class Settings(NamedTuple):
    """What makes this broker what it is."""

    broker_id: int
    bind: str
    planned_units: int
    options: Options
    credentials: Credentials
    connection: Connection
    offer: Offer
    all_listeners: tuple[Listener, ...]
    stage: Stage = Stage.PLAIN
    has_clients: bool = False

    @property
    def internal(self) -> Listener:
        """The listener by which the brokers and the operator enter."""
        return self._find("INTERNAL")

    @property
    def client(self) -> Listener:
        """The listener that clients are told of."""
        return self._find("CLIENT")

    def _find(self, scope: Scope) -> Listener:
        there = (one for one in self.all_listeners if one.scope == scope)
        return next(one for one in there if one.is_encrypted == self.stage.dials_tls)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Those that are open: internal ones only, as long as there is no client."""
        scopes = _SCOPES if self.has_clients else _SCOPES[:1]
        return tuple(
            one
            for scope in scopes
            for encrypted in sorted(self.stage.accepts, key=self.stage.dials_tls.__ne__)
            for one in self.all_listeners
            if (one.scope, one.is_encrypted) == (scope, encrypted)
        )


def server_properties(settings: Settings, layout: Layout) -> dict[str, str]:
    """Return the configuration of the broker."""
    secret, known = settings.credentials, settings.all_listeners
    return {
        "broker.id": str(settings.broker_id),
        "broker.id.generation.enable": "false",
        "log.dirs": ",".join(map(str, layout.data)),
        **render.open_listeners(settings.bind, settings.listeners),
        "listener.security.protocol.map": ",".join(f"{one.name}:{one.protocol}" for one in known),
        **render.logins(known, secret.broker_user, secret.sync_password),
        "inter.broker.listener.name": settings.internal.name,
        **render.security(AUTHORIZER, users.SUPER_USERS),
        **render.replication(settings.planned_units),
        **settings.options.properties,
        **(_SMALL if settings.options.profile == "testing" else {}),
        **zookeeper.broker_properties(settings.connection, zookeeper.truststore(layout.conf)),
        # Always, so that a listener with TLS can be opened while the broker runs.
        **render.stores(layout.certificates),
    }


def client_properties(settings: Settings, hosts: Iterable[str], layout: Layout) -> dict[str, str]:
    """Return how the user admin enters by the internal listener, which is always open."""
    internal = settings.internal
    servers = [(host, internal.port) for host in hosts]
    password = settings.credentials.admin_password
    truststore = str(layout.certificates.truststore) if internal.is_encrypted else ""
    return render.client_properties(servers, internal.protocol, users.ADMIN, password, truststore)


def jaas(offer: Offer) -> str:
    """Return how the broker logs in to ZooKeeper."""
    return (
        f'Client {{\n  {DIGEST}\n  username="{offer.username}"\n'
        f'  password="{offer.password}";\n}};\n'
    )
