"""Related applications: their requests, and the answers to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import ops
import users
from chroots import find_fault, normalize, settle
from kafkastack_charms import databag, provider
from kafkastack_charms.databag import Refusal
from quorum import PLAIN_PORT, TLS_PORT

ALL_RIGHTS = "cdrwa"
PORTS = {"plain": PLAIN_PORT, "tls": TLS_PORT}  # by the words of a client's databag
# The fields that travel in a secret, by secret, when the other side has asked for them so.
SECRET_FIELDS = {"user": ("username", "password", "uris"), "tls": ("tls", "tls-ca")}


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
    """Where clients find the quorum, and the CAs that have signed for it when encrypted."""

    hosts: tuple[str, ...]
    port: int
    cas: str = ""

    @property
    def endpoints(self) -> str:
        """The hosts as one text."""
        return ",".join(f"{f'[{h}]' if ':' in h else h}:{self.port}" for h in self.hosts)


class Request(NamedTuple):
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


def find_ports_in_use(relations: Iterable[ops.Relation]) -> set[int]:
    """Return the ports that clients use who tell when they have moved to the other one."""
    bags = (relation.data[relation.app] for relation in relations)
    said = (bag.get("moved-to", "plain") for bag in bags if bag.get("tells-moves") == "true")
    return {PORTS[name] for name in said if name in PORTS}


def read_client(relation: ops.Relation) -> Client | Refusal | None:
    """Read a relation, or why nobody may have what it asks for; None before it asks."""
    if not relation.active:
        return None
    bag = {key: value for key, value in relation.data[relation.app].items() if key != "data"}
    wish = databag.read_request(bag, Request)
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


def _find_fault(wish: Request, rights: str) -> str:
    if not set(rights) <= set(ALL_RIGHTS):
        return f"extra-user-roles {databag.show(rights)}: rights are letters of {ALL_RIGHTS}"
    if wish.mtls_cert or wish.secret_mtls:
        return "mtls-cert: clients log in by password, none by certificate"
    return ""


def write_refusal(model: ops.Model, relation: ops.Relation, reason: str, has_chroot: bool) -> None:
    """Tell a client why it is refused; what it has besides stays its own."""
    bag = relation.data[model.app]
    if not has_chroot:
        forget(model, relation)
        bag.update(dict.fromkeys(bag, ""))  # "" removes a key
    bag.update(provider.write_refusal([reason]))


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
        **({"tls-ca": offer.cas} if encrypted else {}),
    }


def publish(
    model: ops.Model, relation: ops.Relation, client: Client, fields: dict[str, str]
) -> None:
    """Tell a client; writes what differs only, so that nobody wakes for nothing."""
    wanted = {g: names for g, names in SECRET_FIELDS.items() if client.secrets & set(names)}
    plain, contents = provider.split(fields, wanted)
    bag = relation.data[model.app]
    for group, content in contents.items():
        known = bag.get(f"secret-{group}", "")
        plain[f"secret-{group}"] = provider.keep_secret(model, relation, group, content, known)
    bag.update({"status": "", **plain})


def forget(model: ops.Model, relation: ops.Relation) -> None:
    """Remove the secrets of a relation that has ended; they are the leader's to remove."""
    if model.unit.is_leader():
        for group in SECRET_FIELDS:
            provider.remove_secret(model, label=provider.label(relation, group))
