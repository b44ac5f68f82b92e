"""Listeners of a broker: their names, their ports, and who may come in."""

from __future__ import annotations

from typing import Literal, NamedTuple

MECHANISM = "SCRAM-SHA-512"
Scope = Literal["CLIENT", "INTERNAL", "EXTRA"]
Protocol = Literal["SASL_PLAINTEXT", "SASL_SSL"]

PORTS: dict[tuple[Scope, Protocol], int] = {
    ("CLIENT", "SASL_PLAINTEXT"): 9092,
    ("CLIENT", "SASL_SSL"): 9093,
    ("INTERNAL", "SASL_PLAINTEXT"): 19092,
    ("INTERNAL", "SASL_SSL"): 19093,
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

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        suffix = f"_{self.number}" if self.scope == "EXTRA" else ""
        return f"{self.scope}_{self.protocol}_{MECHANISM.replace('-', '_')}{suffix}"

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
        return f"{self.name}://{join(address, self.port)}"

    def describe(self) -> dict[str, str | int]:
        """Return what the action get-listeners tells of it."""
        return {
            "name": self.name,
            "scope": self.scope,
            "port": self.port,
            "protocol": self.protocol,
            "auth-mechanism": MECHANISM,
            "advertised-listener": self.advertised,
        }


def join(host: str, port: int) -> str:
    """Write an address as one text."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def internal(host: str, encrypted: bool) -> Listener:
    """Return the listener of the brokers and of the operator."""
    return _standard("INTERNAL", host, encrypted)


def client(host: str, encrypted: bool) -> Listener:
    """Return the listener of related applications."""
    return _standard("CLIENT", host, encrypted)


def from_elsewhere(places: tuple[tuple[str, int], ...], encrypted: bool) -> tuple[Listener, ...]:
    """Return the listeners for clients from elsewhere, each of a host and a base for its port."""
    protocol = _protocol(encrypted)
    first = PORTS["CLIENT", protocol]
    return tuple(
        Listener("EXTRA", protocol, first + base + number * NEXT_EXTRA, host, number)
        for number, (host, base) in enumerate(places)
    )


def _standard(scope: Scope, host: str, encrypted: bool) -> Listener:
    protocol = _protocol(encrypted)
    return Listener(scope, protocol, PORTS[scope, protocol], host)


def _protocol(encrypted: bool) -> Protocol:
    return "SASL_SSL" if encrypted else "SASL_PLAINTEXT"
