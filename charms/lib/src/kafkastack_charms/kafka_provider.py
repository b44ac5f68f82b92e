"""Provider's side of kafka_client, versions v0 and v1: what stands in its databags."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kafkastack_charms import databag, provider
from kafkastack_charms.acls import PREFIX_MARK, ROLES, Rule, parse_roles, rules_of
from kafkastack_charms.topics import find_group_fault, find_topic_fault

# What one relation can have, so that no client keeps the brokers from the others.
MAX_REQUESTS = 25
ENTITY_TYPES = ("", "USER", "GROUP")
_REQUEST_ID = r"[0-9A-Za-z._-]{1,64}"
# The keys that name a topic, in the order in which they count.
_ALIASES = ("topic", "resource", "database", "subject", "index", "prefix")
# The fields that travel in a secret, by secret.
_GROUPS_V0 = {"user": ("username", "password"), "tls": ("tls", "tls-ca")}
_GROUPS_V1 = {**_GROUPS_V0, "extra": ("consumer-group-prefix", "zookeeper-uris")}


class Wish(NamedTuple):
    """A request in the requirer's words: the databag of v0, one entry of `requests` in v1."""

    topic: str = ""
    resource: str = ""
    database: str = ""
    subject: str = ""
    index: str = ""  # pyright: ignore[reportIncompatibleMethodOverride] the key's name
    prefix: str = ""
    request_id: str = ""
    extra_user_roles: str = ""
    consumer_group_prefix: str | None = None
    entity_type: str = ""
    entity_permissions: tuple[dict[str, Any], ...] = ()
    mtls_cert: databag.Text = ""
    requested_secrets: frozenset[str] = frozenset()
    provided_secrets: frozenset[str] = frozenset()
    version: str = ""
    requests: Any = None


class Wishes(NamedTuple):
    """The databag of v1."""

    requests: tuple[Wish, ...] = ()


class Request(NamedTuple):
    """One topic, or all of a prefix, that a related application wants to use."""

    relation_id: int
    topic: str
    roles: frozenset[str]
    asked_prefix: str
    asked: Mapping[str, Any]  # in the requirer's own words
    request_id: str = ""  # v1 only
    secrets: frozenset[str] = frozenset()  # v0 only: which fields are to travel in secrets

    @property
    def user(self) -> str:
        """Its user."""
        suffix = f"-{self.request_id}" if self.request_id else ""
        return f"relation-{self.relation_id}{suffix}"

    @property
    def group_prefix(self) -> str:
        """What the names of its consumer groups begin with."""
        own = f"{self.user}-" if "consumer" in self.roles else ""
        return self.asked_prefix.rstrip(PREFIX_MARK) or own

    @property
    def rules(self) -> frozenset[Rule]:
        """Everything it may do."""
        return rules_of(self.user, self.topic, self.roles, self.group_prefix)


class Offer(NamedTuple):
    """Where clients find the brokers."""

    endpoints: str
    zookeeper_uris: str
    encrypted: bool
    ca: str = ""


@dataclass(frozen=True)
class Answer:
    """What one databag says: its plain fields, and the contents of its secrets by their key.

    The key of a secret is the label's middle: the group, in v1 after the request.
    """

    plain: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    entries: Sequence[tuple[str, Mapping[str, Any]]] = ()  # v1: request, and its plain fields


class Asked(NamedTuple):
    """What a related application asks for, and why it does not get all of it."""

    requests: tuple[Request, ...] = ()
    refused: tuple[str, ...] = ()


def read_requests(
    relation_id: int, bag: Mapping[str, str], granted: Collection[str] = ()
) -> Asked:
    """Return what an application asks for, each request that cannot be granted with its reason.

    Beyond the bound, those stay who were granted before; `granted` names users.
    """
    wish = databag.read(bag, Wish)
    if isinstance(wish, databag.Refusal):
        return Asked(refused=(wish.reason,))
    if wish.version not in ("", "v0", "v1"):
        return Asked(refused=(f"version {databag.show(wish.version)} is neither v0 nor v1",))
    if wish.version != "v1":
        snapshot = {key: value for key, value in bag.items() if key != "data"}
        return _judge(relation_id, [(wish._replace(request_id=""), snapshot)], is_v1=False)
    wishes = databag.read(bag, Wishes)
    if isinstance(wishes, databag.Refusal):
        return Asked(refused=(wishes.reason,))
    snapshots: list[Any] = databag.parse_json(bag["requests"]) if wishes.requests else []
    asked = _judge(relation_id, zip(wishes.requests, snapshots, strict=True), is_v1=True)
    return _limit(asked, granted)


def _limit(asked: Asked, granted: Collection[str]) -> Asked:
    count = len(asked.requests)
    if count <= MAX_REQUESTS:
        return asked
    kept = sorted(asked.requests, key=lambda request: request.user not in granted)[:MAX_REQUESTS]
    over = f"{count - MAX_REQUESTS} of {count} requests: a relation has {MAX_REQUESTS} at most"
    return Asked(tuple(kept), (over, *asked.refused))


def _judge(
    relation_id: int, wishes: Iterable[tuple[Wish, Mapping[str, Any]]], is_v1: bool
) -> Asked:
    requests: dict[str, Request] = {}
    refused: list[str] = []
    for wish, snapshot in wishes:
        request = _read(relation_id, wish, snapshot)
        fault = _find_id_fault(request, requests) if is_v1 else ""
        if fault := fault or (_find_fault(request, wish) if request.topic else ""):
            refused.append(fault)
        elif request.topic:
            requests[request.user] = request
    return Asked(tuple(requests.values()), tuple(refused))


def _read(relation_id: int, wish: Wish, snapshot: Mapping[str, Any]) -> Request:
    return Request(
        relation_id=relation_id,
        topic=next((name for key in _ALIASES if (name := getattr(wish, key))), ""),
        roles=parse_roles(wish.extra_user_roles),
        asked_prefix=wish.consumer_group_prefix or "",
        asked=snapshot,
        request_id=wish.request_id,
        secrets=wish.requested_secrets,
    )


def _find_id_fault(request: Request, known: Collection[str]) -> str:
    if not re.fullmatch(_REQUEST_ID, request.request_id):
        return f"request-id {databag.show(request.request_id)} is none"
    if request.user in known:
        return f"request-id {request.request_id} is there twice"
    return "" if request.topic else f"request {request.request_id} names no topic"


def _find_fault(request: Request, wish: Wish) -> str:
    """Return why a request cannot be granted, or ""."""
    return (
        find_role_fault(request.roles)
        or find_topic_fault(request.topic, request.roles)
        or _find_entity_fault(wish)
        or _find_prefix_fault(request, wish.consumer_group_prefix)
    )


def find_role_fault(roles: Collection[str]) -> str:
    """Return which roles there are none of, or ""."""
    unknown = sorted(set(roles) - set(ROLES))
    names = ", ".join(map(databag.show, unknown))
    return f"extra-user-roles {names}: none of {', '.join(ROLES)}" if unknown else ""


def _find_entity_fault(wish: Wish) -> str:
    if wish.entity_type not in ENTITY_TYPES:
        return f"entity-type {databag.show(wish.entity_type)} is neither USER nor GROUP"
    if wish.mtls_cert and not databag.is_certificate(wish.mtls_cert):
        return "mtls-cert is not a PEM certificate"
    return ""


def _find_prefix_fault(request: Request, prefix: str | None) -> str:
    is_admin = "admin" in request.roles  # may use every group anyway
    return "" if is_admin else find_group_fault(prefix, request.relation_id)


def answer_v0(request: Request, offer: Offer, password: str) -> Answer:
    """Answer a requirer of version v0 in its own words."""
    fields = {
        "data": json.dumps(dict(request.asked)),
        "endpoints": offer.endpoints,
        "topic": request.topic,
        "zookeeper-uris": offer.zookeeper_uris,
        **({"consumer-group-prefix": request.group_prefix} if request.group_prefix else {}),
        "username": request.user,
        "password": password,
        "tls": "enabled" if offer.encrypted else "disabled",
        **({"tls-ca": offer.ca} if offer.encrypted else {}),
    }
    groups = {g: names for g, names in _GROUPS_V0.items() if request.secrets & set(names)}
    plain, secrets = provider.split(fields, groups)
    return Answer(plain, secrets)


def answer_v1(requests: Sequence[Request], offer: Offer, passwords: Mapping[str, str]) -> Answer:
    """Answer a requirer of version v1: one entry for each of its requests."""
    secrets: dict[str, Mapping[str, str]] = {}
    entries: list[tuple[str, Mapping[str, Any]]] = []
    for request in requests:
        plain, contents = provider.split(
            _fields_v1(request, offer, passwords[request.user]), _GROUPS_V1
        )
        secrets |= {f"{request.request_id}.{group}": what for group, what in contents.items()}
        known = {name: request.asked.get(name) for name in ("resource", "salt")}
        entries.append((request.request_id, {**known, **plain}))
    snapshot = {r.request_id: {k: v for k, v in r.asked.items() if v} for r in requests}
    return Answer({"version": "v1", "data": json.dumps(snapshot)}, secrets, entries)


def _fields_v1(request: Request, offer: Offer, password: str) -> dict[str, str]:
    return {
        "endpoints": offer.endpoints,
        "zookeeper-uris": offer.zookeeper_uris,
        **({"consumer-group-prefix": request.group_prefix} if request.group_prefix else {}),
        "username": request.user,
        "password": password,
        "tls": json.dumps(offer.encrypted),
        **({"tls-ca": offer.ca} if offer.encrypted else {}),
    }


def write_entries(answer: Answer, secret_ids: Mapping[str, str]) -> str:
    """Return the `requests` of a v1 answer, with the ids of its secrets."""
    entries = [
        {
            "resource": plain["resource"],
            "request-id": request_id,
            "salt": plain["salt"],
            "endpoints": plain["endpoints"],
            "read-only-endpoints": None,
            **{f"secret-{group}": secret_ids[f"{request_id}.{group}"] for group in _GROUPS_V1},
            "secret-entity": None,
            "version": "v1",
        }
        for request_id, plain in answer.entries
    ]
    return json.dumps(entries)
