"""What a related application asks for, and what it is told."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import ops
import users
from quorum import TLS_PORT

logger = logging.getLogger(__name__)

ALL_RIGHTS = "cdrwa"
# The fields that travel in a secret, by secret, when the other side has asked for them so.
SECRET_FIELDS = {"user": ("username", "password", "uris"), "tls": ("tls", "tls-ca")}
_CHROOT = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[^/\x00-\x1f\x7f]+)+")


class Client(NamedTuple):
    """One relation and what it asks for."""

    relation_id: int
    chroot: str
    rights: str
    snapshot: str  # the requirer's databag as we answered it, in its own words
    secrets: frozenset[str]

    @property
    def user(self) -> str:
        """The user of this relation."""
        return users.username(self.relation_id)

    @property
    def grant(self) -> str:
        """What this relation is to be given, as the app databag remembers it."""
        return f"{self.rights} {self.chroot}"


class Offer(NamedTuple):
    """Where clients find the quorum, and the authority that signed for it when encrypted."""

    hosts: tuple[str, ...]
    port: int
    authority: str = ""

    @property
    def endpoints(self) -> str:
        """The hosts as one text."""
        return ",".join(f"{f'[{h}]' if ':' in h else h}:{self.port}" for h in self.hosts)


def read_client(relation: ops.Relation) -> Client | None:
    """Read a relation; None before it asks, or where it asks for what nobody may have."""
    if not relation.active:
        return None
    bag = {key: value for key, value in relation.data[relation.app].items() if key != "data"}
    asked = bag.get("database") or bag.get("chroot")
    if not asked:
        return None
    chroot = "/" + asked.strip("/")
    if not _CHROOT.fullmatch(chroot) or chroot.split("/")[1] == "zookeeper":
        logger.warning("relation %s asks for %r, which is nobody's to give", relation.id, asked)
        return None
    rights = bag.get("extra-user-roles") or bag.get("chroot-acl") or ALL_RIGHTS
    return Client(
        relation_id=relation.id,
        chroot=chroot,
        rights=rights if set(rights) <= set(ALL_RIGHTS) else ALL_RIGHTS,
        snapshot=json.dumps(bag),
        secrets=frozenset(json.loads(bag.get("requested-secrets", "[]"))),
    )


def owners_of(chroot: str, clients: Iterable[Client]) -> dict[str, str]:
    """Return who shares a chroot, and with which rights."""
    return {client.user: client.rights for client in clients if client.chroot == chroot}


def answer(client: Client, offer: Offer, password: str) -> dict[str, str]:
    """Return everything a client is told, in the words of the interface."""
    encrypted = offer.port == TLS_PORT
    return {
        "data": client.snapshot,
        "database": client.chroot,
        "chroot": client.chroot,
        "endpoints": offer.endpoints,
        "username": client.user,
        "password": password,
        "uris": f"{offer.endpoints}{client.chroot}",
        "tls": "enabled" if encrypted else "disabled",
        **({"tls-ca": offer.authority} if encrypted else {}),
    }


def split(
    fields: Mapping[str, str], wanted: frozenset[str]
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Divide an answer into plain fields and the contents of secrets."""
    contents: dict[str, dict[str, str]] = {}
    for group, names in SECRET_FIELDS.items():
        if wanted & set(names):
            contents[group] = {name: fields[name] for name in names if name in fields}
    hidden = {name for content in contents.values() for name in content}
    return {k: v for k, v in fields.items() if k not in hidden}, contents


def digest(key: str, fields: Mapping[str, str]) -> str:
    """Name an answer; gives nothing away, as the key is random."""
    text = json.dumps([key, sorted(fields.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def publish(
    model: ops.Model, relation: ops.Relation, client: Client, fields: dict[str, str]
) -> None:
    """Tell a client; writes what differs only, so that nobody wakes for nothing."""
    plain, contents = split(fields, client.secrets)
    for group, content in contents.items():
        plain[f"secret-{group}"] = _keep_secret(model, relation, group, content)
    relation.data[model.app].update(plain)


def _keep_secret(
    model: ops.Model, relation: ops.Relation, group: str, content: dict[str, str]
) -> str:
    known = relation.data[model.app].get(f"secret-{group}")
    if known:
        secret = model.get_secret(id=known)
        if secret.peek_content() != content:
            secret.set_content(content)
        return known
    secret = model.app.add_secret(content, label=_label(relation, group))
    secret.grant(relation)
    return secret.id or ""


def _label(relation: ops.Relation, group: str) -> str:
    return f"{relation.name}.{relation.id}.{group}.secret"


def forget(model: ops.Model, relation: ops.Relation) -> None:
    """Remove the secrets of a relation that has ended; they are the leader's to remove."""
    if not model.unit.is_leader():
        return
    for group in SECRET_FIELDS:
        try:
            model.get_secret(label=_label(relation, group)).remove_all_revisions()
        except ops.SecretNotFoundError:
            continue
