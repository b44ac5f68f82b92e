"""What a related application asks for, and what it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

import ops
import users
from chroots import find_fault, normalize, settle
from kafkastack_charms import databag
from kafkastack_charms.databag import Refusal
from quorum import TLS_PORT

ALL_RIGHTS = "cdrwa"
# The fields that travel in a secret, by secret, when the other side has asked for them so.
SECRET_FIELDS = {"user": ("username", "password", "uris"), "tls": ("tls", "tls-ca")}
REFUSED = 4000  # a transitory status of the interface: another request may be granted


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


class Wish(NamedTuple):
    """A request in the requirer's words."""

    database: str = ""
    chroot: str = ""
    extra_user_roles: str = ""
    chroot_acl: str = ""
    requested_secrets: frozenset[str] = frozenset()
    provided_secrets: frozenset[str] = frozenset()
    mtls_cert: databag.Text = ""
    secret_mtls: str = ""


class Asked(NamedTuple):
    """What the related applications ask for and may have, and why others may not."""

    clients: tuple[Client, ...] = ()
    owners: Mapping[int, str] = MappingProxyType({})  # relation → chroot
    refused: Mapping[int, str] = MappingProxyType({})  # relation → reason


def read_all(relations: Iterable[ops.Relation], granted: Mapping[int, str]) -> Asked:
    """Read the relations; `granted` is which chroot each of them has."""
    read = {relation.id: read_client(relation) for relation in relations}
    faults = {number: what.reason for number, what in read.items() if isinstance(what, Refusal)}
    found = [client for client in read.values() if isinstance(client, Client)]
    owners, refused = settle({c.relation_id: c.chroot for c in found}, granted)
    clients = tuple(client for client in found if client.relation_id not in refused)
    return Asked(clients, owners, {**faults, **refused})


def read_client(relation: ops.Relation) -> Client | Refusal | None:
    """Read a relation, or why nobody may have what it asks for; None before it asks."""
    if not relation.active:
        return None
    bag = {key: value for key, value in relation.data[relation.app].items() if key != "data"}
    wish = databag.read(bag, Wish)
    if isinstance(wish, Refusal):
        return wish
    asked = wish.database or wish.chroot
    if not asked:
        return None
    chroot, rights = normalize(asked), wish.extra_user_roles or wish.chroot_acl or ALL_RIGHTS
    if fault := find_fault(chroot) or _find_fault(wish, rights):
        return Refusal(fault)
    return Client(
        relation_id=relation.id,
        chroot=chroot,
        rights="".join(letter for letter in ALL_RIGHTS if letter in rights),
        snapshot=json.dumps(bag),
        secrets=wish.requested_secrets,
    )


def _find_fault(wish: Wish, rights: str) -> str:
    if not set(rights) <= set(ALL_RIGHTS):
        return f"extra-user-roles {databag.show(rights)}: rights are letters of {ALL_RIGHTS}"
    if wish.mtls_cert and not databag.is_certificate(wish.mtls_cert):
        return "mtls-cert is not a PEM certificate"
    return ""


def describe_refusal(relation: ops.Relation, reason: str) -> str:
    """Say for a person who is refused, and why."""
    return f"relation {relation.id} ({relation.app.name}): {reason}"


def write_refusal(model: ops.Model, relation: ops.Relation, reason: str, has_chroot: bool) -> None:
    """Tell a client why it is refused; what it has besides stays its own."""
    bag = relation.data[model.app]
    if not has_chroot:
        forget(model, relation)
        bag.update(dict.fromkeys(bag, ""))  # "" removes a key
    known = {"code": REFUSED, "message": reason, "resolution": "Ask for something else."}
    bag["status"] = json.dumps([known])


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
    relation.data[model.app].update({"status": "", **plain})


def _keep_secret(
    model: ops.Model, relation: ops.Relation, group: str, content: dict[str, str]
) -> str:
    known = relation.data[model.app].get(f"secret-{group}")
    if known:
        with suppress(ops.SecretNotFoundError):  # somebody may have removed it by hand
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
