"""ZooKeeper: what this app asks of it, what it was told, and what a broker needs for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import ops
from kafkastack_charms import databag, java_store, requirer
from kafkastack_charms import told as application
from kafkastack_charms.credentials import is_password
from state import Connection

CHROOT = "/kafka"
MOVED_TO = "moved-to"  # "plain" or "tls"
REQUEST = {
    "database": CHROOT,
    "extra-user-roles": "cdrwa",
    "requested-secrets": json.dumps(["username", "password", "tls", "tls-ca", "uris"]),
    "provided-secrets": json.dumps(["mtls-cert"]),
    "tells-moves": "true",
}

_CHROOT = re.compile(r"(?:/[^/\s,]+)+")


class Offer(NamedTuple):
    """Where ZooKeeper is and how to enter it."""

    relation_id: int
    hosts: tuple[str, ...]
    chroot: str
    username: str
    password: str
    encrypted: bool = False
    ca: str = ""

    def __repr__(self) -> str:
        """Name it without its password."""
        return f"Offer of relation {self.relation_id}"

    @property
    def uris(self) -> str:
        """The hosts and the chroot as one text."""
        return ",".join(self.hosts) + self.chroot


def ask(relation: ops.Relation, app: ops.Application, moved_to: str) -> None:
    """Ask for a chroot of our own, and tell when all sessions have moved; the leader does.

    Our ZooKeeper keeps the port of the others until then. Nothing is told before there was TLS.
    """
    bag = relation.data[app]
    bag.update(REQUEST)
    if moved_to and (moved_to == "tls" or MOVED_TO in bag):
        bag[MOVED_TO] = moved_to


class Told(NamedTuple):
    """What ZooKeeper's databag says, with the contents of its secrets."""

    endpoints: str = ""
    chroot: str = ""
    database: str = ""
    username: str = ""
    password: str = ""
    tls: str = ""
    tls_ca: databag.Text = ""
    secret_user: str = ""
    secret_tls: str = ""


def read_offer(model: ops.Model, relation: ops.Relation) -> Offer | databag.Refusal | None:
    """Return what we were told or why it cannot be used, None while anything is missing."""
    told = application.read(model, relation, Told, ("user", "tls"))
    if not isinstance(told, Told):
        return told
    hosts = tuple(sorted(host for host in told.endpoints.split(",") if host))
    if not hosts or not told.username or not told.password:
        reason = requirer.read_refusal(relation)
        return databag.Refusal(reason) if reason else None
    encrypted = told.tls == "enabled"
    # Charmed ZooKeeper of track 3 writes its state there instead of a certificate.
    ca = told.tls_ca if encrypted and "BEGIN CERTIFICATE" in told.tls_ca else ""
    offer = Offer(
        relation_id=relation.id,
        hosts=tuple(_with_port(host, encrypted) for host in hosts),
        chroot=told.chroot or told.database or CHROOT,
        username=told.username,
        password=told.password,
        encrypted=encrypted,
        ca=f"{ca.strip()}\n" if ca else "",
    )
    fault = _find_fault(offer)
    return databag.Refusal(fault) if fault else offer


def _find_fault(offer: Offer) -> str:
    """Return which part of an offer the broker's files cannot carry, or ""."""
    checks = {
        "endpoints": all(map(application.is_endpoint, offer.hosts)),
        "chroot": _CHROOT.fullmatch(offer.chroot),
        "username": is_password(offer.username),
        "password": is_password(offer.password),
        "tls-ca": not offer.ca or databag.is_certificate(offer.ca),
    }
    return application.find_fault(checks)


def _with_port(host: str, encrypted: bool) -> str:
    has_port = host.rpartition("]")[2].count(":") == 1
    return host if has_port else f"{host}:{2182 if encrypted else 2181}"


def broker_properties(connection: Connection, trusted: Path) -> dict[str, str]:
    """Return the lines of server.properties that lead to ZooKeeper."""
    lines = {"zookeeper.connect": connection.connect, "zookeeper.set.acl": "true"}
    if connection.encrypted:
        lines |= {
            "zookeeper.ssl.client.enable": "true",
            "zookeeper.clientCnxnSocket": "org.apache.zookeeper.ClientCnxnSocketNetty",
            "zookeeper.ssl.truststore.location": str(trusted),
            "zookeeper.ssl.truststore.type": java_store.KIND,
            "zookeeper.ssl.truststore.password": java_store.OPENED_WITH,
        }
    return lines


def truststore(conf: Path) -> Path:
    """Return the file of the CAs that ZooKeeper proves itself by, as Java reads them."""
    return conf / "zookeeper-truststore.p12"


def ca_file(conf: Path) -> Path:
    """Return the same as PEM."""
    return conf / "zookeeper-ca.pem"
