"""ZooKeeper: what this app asks of it, what it was told, and what a broker needs for it."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import ops
from kafkastack_charms import databag, java_store
from kafkastack_charms.credentials import is_password
from state import ZOOKEEPER, Connection

logger = logging.getLogger(__name__)

CHROOT = "/kafka"
REQUEST = {
    "database": CHROOT,
    "extra-user-roles": "cdrwa",
    "requested-secrets": json.dumps(["username", "password", "tls", "tls-ca", "uris"]),
    "provided-secrets": json.dumps(["mtls-cert"]),
}

_ENDPOINT = re.compile(r"(?:[0-9A-Za-z._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")
_CHROOT = re.compile(r"(?:/[^/\s,]+)+")


@dataclass(frozen=True)
class Offer:
    """Where ZooKeeper is and how to enter it."""

    relation_id: int
    hosts: tuple[str, ...]
    chroot: str
    username: str
    password: str = field(repr=False)
    encrypted: bool = False
    ca: str = ""

    @property
    def uris(self) -> str:
        """The hosts and the chroot as one text."""
        return ",".join(self.hosts) + self.chroot


def ask(relation: ops.Relation, app: ops.Application) -> None:
    """Ask for a chroot of our own; the leader does."""
    relation.data[app].update(REQUEST)


class _Status(NamedTuple):
    message: str = ""


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


class _Refusals(NamedTuple):
    status: tuple[_Status, ...] = ()


def read_offer(model: ops.Model, relation: ops.Relation) -> Offer | databag.Refusal | None:
    """Return what we were told or why it cannot be used, None while anything is missing."""
    told = _open(model, relation)
    if not isinstance(told, Told):
        return told
    hosts = tuple(sorted(host for host in told.endpoints.split(",") if host))
    if not hosts or not told.username or not told.password:
        return _read_refusal(relation)
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


def _read_refusal(relation: ops.Relation) -> databag.Refusal | None:
    """Return why ZooKeeper gives us nothing, where it says so in a form that we know."""
    said = databag.read(relation.data[relation.app], _Refusals)
    known = () if isinstance(said, databag.Refusal) else said.status
    messages = [status.message for status in known if status.message]
    return databag.Refusal(databag.show(messages[0], limit=200)) if messages else None


def _find_fault(offer: Offer) -> str:
    """Return which part of an offer the broker's files cannot carry, or ""."""
    checks = {
        "endpoints": all(map(_is_endpoint, offer.hosts)),
        "chroot": _CHROOT.fullmatch(offer.chroot),
        "username": is_password(offer.username),
        "password": is_password(offer.password),
        "tls-ca": not offer.ca or databag.is_certificate(offer.ca),
    }
    return next((f"{name} is none" for name, holds in checks.items() if not holds), "")


def _is_endpoint(text: str) -> bool:
    match = _ENDPOINT.fullmatch(text)
    return match is not None and int(match[1]) < 2**16


def _with_port(host: str, encrypted: bool) -> str:
    has_port = host.rpartition("]")[2].count(":") == 1
    return host if has_port else f"{host}:{2182 if encrypted else 2181}"


def _open(model: ops.Model, relation: ops.Relation) -> Told | databag.Refusal | None:
    """Return the provider's databag with the contents of its secrets in place of their ids."""
    bag = relation.data[relation.app]
    plain = databag.read(bag, Told)
    if isinstance(plain, databag.Refusal):
        return plain
    contents: dict[str, str] = {}
    for group, uri in (("user", plain.secret_user), ("tls", plain.secret_tls)):
        if not uri:
            continue
        if not databag.is_secret(uri):
            return databag.Refusal(f"secret-{group} is no secret")
        label = f"{ZOOKEEPER}.{relation.id}.{group}.secret"
        try:
            contents |= model.get_secret(id=uri, label=label).get_content(refresh=True)
        except (ops.SecretNotFoundError, ops.ModelError) as error:
            # The id can arrive before the grant does; a further event follows.
            logger.warning("the secret of %s cannot be read: %s", group, error)
            return None
    return databag.read({**bag, **contents}, Told)


def broker_properties(connection: Connection, truststore: Path) -> dict[str, str]:
    """Return the lines of server.properties that lead to ZooKeeper."""
    lines = {"zookeeper.connect": connection.connect, "zookeeper.set.acl": "true"}
    if connection.encrypted:
        lines |= {
            "zookeeper.ssl.client.enable": "true",
            "zookeeper.clientCnxnSocket": "org.apache.zookeeper.ClientCnxnSocketNetty",
            "zookeeper.ssl.truststore.location": str(truststore),
            "zookeeper.ssl.truststore.type": java_store.KIND,
            "zookeeper.ssl.truststore.password": java_store.OPENED_WITH,
        }
    return lines
