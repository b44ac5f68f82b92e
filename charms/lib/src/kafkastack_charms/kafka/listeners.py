"""Listeners of a broker: their names, their ports, and who may come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from kafkastack_charms.host import has_address

MECHANISM = "SCRAM-SHA-512"
# What a controller can check before it has read any metadata.
OF_CONTROLLERS = "PLAIN"
Scope = Literal["CLIENT", "INTERNAL", "EXTRA", "CONTROLLER"]
Protocol = Literal["SASL_PLAINTEXT", "SASL_SSL"]

PORTS: dict[tuple[Scope, Protocol], int] = {
    ("CLIENT", "SASL_PLAINTEXT"): 9092,
    ("CLIENT", "SASL_SSL"): 9093,
    ("INTERNAL", "SASL_PLAINTEXT"): 19092,
    ("INTERNAL", "SASL_SSL"): 19093,
    ("CONTROLLER", "SASL_SSL"): 9098,
}
DEFAULT_BASE, NEXT_EXTRA = 30000, 100  # added to the client port, for each further address
BASES = range(20001, 50001)


class Listener(NamedTuple):
    """One listener: where it is on this machine, and where others are told it is."""

    scope: Scope
    protocol: Protocol
    port: int
    host: str
    number: int = 0  # of an extra listener
    own: str = ""  # the address that it has to itself, where it is not the unit's

    @property
    def mechanism(self) -> str:
        """How one logs in there."""
        return OF_CONTROLLERS if self.scope == "CONTROLLER" else MECHANISM

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        suffix = f"_{self.number}" if self.scope == "EXTRA" else ""
        return f"{self.scope}_{self.protocol}_{self.mechanism.replace('-', '_')}{suffix}"

    @property
    def is_encrypted(self) -> bool:
        """Whether what is said there is."""
        return self.protocol == "SASL_SSL"

    @property
    def prefix(self) -> str:
        """What its own settings begin with."""
        return f"listener.name.{self.name.lower()}"

    @property
    def address(self) -> str:
        """Where others find it."""
        return join(self.host, self.port)

    @property
    def advertised(self) -> str:
        """How the broker announces it."""
        return f"{self.name}://{self.address}"

    def bound(self, address: str) -> str:
        """Return what the broker binds."""
        return f"{self.name}://{join(self.own or address, self.port)}"

    def describe(self) -> dict[str, str | int]:
        """Return what the action get-listeners tells of it."""
        return {
            "name": self.name,
            "scope": self.scope,
            "port": self.port,
            "protocol": self.protocol,
            "auth-mechanism": self.mechanism,
            "advertised-listener": self.advertised,
        }


def join(host: str, port: int) -> str:
    """Write an address as one text."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def every(
    peer: str, client_host: str, places: tuple[tuple[str, int], ...]
) -> tuple[Listener, ...]:
    """Return all listeners that a broker may open, each with and without TLS."""
    ways = (False, True)
    return (
        *(internal(peer, encrypted) for encrypted in ways),
        *(client(client_host, encrypted) for encrypted in ways),
        *(one for encrypted in ways for one in from_elsewhere(places, encrypted)),
    )


def internal(host: str, encrypted: bool) -> Listener:
    """Return the listener of the brokers and of the operator."""
    return _standard("INTERNAL", host, encrypted)


def client(host: str, encrypted: bool) -> Listener:
    """Return the listener of related applications."""
    return _standard("CLIENT", host, encrypted)


def controller(host: str) -> Listener:
    """Return the listener of a controller."""
    return _standard("CONTROLLER", host, encrypted=True)


def from_elsewhere(
    places: tuple[tuple[str, int], ...],
    encrypted: bool,
    is_ours: Callable[[str], bool] = has_address,
) -> tuple[Listener, ...]:
    """Return the listeners for clients from elsewhere, each of a host and a base for its port.

    An address of this machine is listened at; any other one leads to the unit's, as a floating
    IP does.
    """
    protocol = _protocol(encrypted)
    first = PORTS["CLIENT", protocol]
    return tuple(
        Listener(
            "EXTRA",
            protocol,
            first + base + number * NEXT_EXTRA,
            name,
            number,
            name if is_ours(name) else "",
        )
        for number, (name, base) in enumerate(places)
    )


def _standard(scope: Scope, host: str, encrypted: bool) -> Listener:
    protocol = _protocol(encrypted)
    return Listener(scope, protocol, PORTS[scope, protocol], host)


def _protocol(encrypted: bool) -> Protocol:
    return "SASL_SSL" if encrypted else "SASL_PLAINTEXT"
