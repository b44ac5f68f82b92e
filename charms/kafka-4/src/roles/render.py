"""Files of a Kafka 4 server, but how it is started."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import users
from kafkastack_charms import tls
from kafkastack_charms.kafka import render
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.listeners import Listener
from kafkastack_charms.kafka.options import Options
from metadata import kraft
from options import BROKER, CONTROLLER
from state import Controllers
from users import Credentials

AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
INTERNAL_PREFIX = "peer-"  # of the certificates that servers show each other
_SMALL = {
    **render.SMALL,
    # Whoever waits for a metadata record waits for it alone: there is nothing to collect.
    "controller.quorum.append.linger.ms": "0",
    # A server that is stopped or killed is missed after three seconds instead of nine.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


class Settings(NamedTuple):
    """What makes this server what it is."""

    node_id: int
    roles: frozenset[str]
    bind: str
    brokers: int  # that there will be
    options: Options
    credentials: Credentials
    controllers: Controllers
    controller: Listener
    all_listeners: tuple[Listener, ...]  # of a broker, the internal one first
    has_clients: bool = False
    encrypted: bool = False  # what clients say

    @property
    def is_broker(self) -> bool:
        """Whether it keeps messages."""
        return BROKER in self.roles

    @property
    def is_controller(self) -> bool:
        """Whether it keeps metadata."""
        return CONTROLLER in self.roles

    @property
    def known_listeners(self) -> tuple[Listener, ...]:
        """All that it has to do with, open or not."""
        return (*(self.all_listeners if self.is_broker else ()), self.controller)

    @property
    def broker_listeners(self) -> tuple[Listener, ...]:
        """Those that are open: the internal one only, as long as there is no client."""
        if not self.is_broker:
            return ()
        return self.all_listeners if self.has_clients else self.all_listeners[:1]

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """All that are open."""
        return (*self.broker_listeners, *((self.controller,) if self.is_controller else ()))


def internal_certificates(layout: Layout) -> tls.Layout:
    """Return the files of the certificates that servers show each other."""
    return tls.Layout(layout.conf, INTERNAL_PREFIX)


def server_properties(settings: Settings, layout: Layout) -> dict[str, str]:
    """Return the configuration of the server."""
    return {
        "process.roles": ",".join(sorted(settings.roles)),
        "node.id": str(settings.node_id),
        "log.dirs": ",".join(map(str, layout.data)),
        **render.open_listeners(settings.bind, settings.listeners),
        "listener.security.protocol.map": ",".join(
            f"{one.name}:{one.protocol}" for one in settings.known_listeners
        ),
        **kraft.properties(settings.controllers, settings.controller, settings.is_controller),
        **render.stores(internal_certificates(layout), f"{settings.controller.prefix}."),
        **render.security(AUTHORIZER, users.SUPER_USERS),
        **render.replication(settings.brokers),
        **(_broker(settings, layout) if settings.is_broker else {}),
        **(_small(settings) if settings.options.profile == "testing" else {}),
    }


def _small(settings: Settings) -> dict[str, str]:
    """Return what a few servers on one computer need less of.

    Each network thread of a listener with TLS reads the certificates anew before the server goes
    on. Where only servers talk, one has to do.
    """
    own = (settings.controller,) if settings.is_controller else ()
    inside = (*settings.broker_listeners[:1], *own)
    return {
        **_SMALL,
        **({"num.network.threads": "2"} if settings.encrypted else {}),
        **{f"{one.prefix}.num.network.threads": "1" for one in inside},
    }


def _broker(settings: Settings, layout: Layout) -> dict[str, str]:
    secret, known = settings.credentials, settings.all_listeners
    return {
        **render.logins(known, secret.broker_user, secret.replication_password),
        **render.stores(internal_certificates(layout), f"{known[0].prefix}."),
        **(render.stores(layout.certificates) if settings.encrypted else {}),
        "inter.broker.listener.name": known[0].name,
        **settings.options.properties,
    }


def client_properties(settings: Settings, hosts: Iterable[str], layout: Layout) -> dict[str, str]:
    """Return how the user operator enters by the internal listener, which is always open."""
    internal, secret = settings.all_listeners[0], settings.credentials
    servers = [(host, internal.port) for host in hosts]
    truststore = str(internal_certificates(layout).truststore)
    return render.client_properties(
        servers, internal.protocol, users.OPERATOR, secret.operator_password, truststore
    )
