"""What this app asks of ZooKeeper, and what it was told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import ops
from state import ZOOKEEPER

CHROOT = "/kafka"
REQUEST = {
    "database": CHROOT,
    "extra-user-roles": "cdrwa",
    "requested-secrets": json.dumps(["username", "password", "tls", "tls-ca", "uris"]),
    "provided-secrets": json.dumps(["mtls-cert"]),
}


@dataclass(frozen=True)
class Offer:
    """Where ZooKeeper is and how to enter it."""

    relation_id: int
    hosts: tuple[str, ...]
    chroot: str
    username: str
    password: str = field(repr=False)
    encrypted: bool = False
    authority: str = ""

    @property
    def uris(self) -> str:
        """The hosts and the chroot as one text."""
        return ",".join(self.hosts) + self.chroot


def ask(relation: ops.Relation, app: ops.Application) -> None:
    """Ask for a chroot of our own; the leader does."""
    relation.data[app].update(REQUEST)


def read_offer(model: ops.Model, relation: ops.Relation) -> Offer | None:
    """Return what we were told, None while anything is missing."""
    told = _open(model, relation)
    hosts = tuple(sorted(host for host in told.get("endpoints", "").split(",") if host))
    if not hosts or not told.get("username") or not told.get("password"):
        return None
    encrypted = told.get("tls") == "enabled"
    authority = told.get("tls-ca", "") if encrypted else ""
    # Charmed ZooKeeper of track 3 writes its state there instead of a certificate.
    if "BEGIN CERTIFICATE" not in authority:
        authority = ""
    return Offer(
        relation_id=relation.id,
        hosts=tuple(_with_port(host, encrypted) for host in hosts),
        chroot=told.get("chroot") or told.get("database") or CHROOT,
        username=told["username"],
        password=told["password"],
        encrypted=encrypted,
        authority=f"{authority.strip()}\n" if authority else "",
    )


def _with_port(host: str, encrypted: bool) -> str:
    has_port = host.rpartition("]")[2].count(":") == 1
    return host if has_port else f"{host}:{2182 if encrypted else 2181}"


def _open(model: ops.Model, relation: ops.Relation) -> Mapping[str, str]:
    """Return the provider's databag with the contents of its secrets in place of their ids."""
    bag = relation.data[relation.app]
    told = dict(bag)
    for group in ("user", "tls"):
        if uri := bag.get(f"secret-{group}"):
            label = f"{ZOOKEEPER}.{relation.id}.{group}.secret"
            try:
                told |= model.get_secret(id=uri, label=label).get_content(refresh=True)
            except (ops.SecretNotFoundError, ops.ModelError):
                return {}  # the id can arrive before the grant does; a further event follows
    return told
