"""Provider's side of kafka_client, versions v0 and v1: what stands in its databags."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from kafkastack_charms import databag, provider
from kafkastack_charms.kafka import permissions
from kafkastack_charms.kafka.acls import PREFIX_MARK, ROLES, Rule, parse_roles, rules_of
from kafkastack_charms.kafka.permissions import Permission
from kafkastack_charms.kafka.topics import find_group_fault, find_topic_fault

# What one relation can have, so that no client keeps the brokers from the others.
MAX_REQUESTS = 25
# What the interface has for other products, by the fields that ask for it, and what is said here.
_OF_OTHERS = (
    (("mtls_cert", "secret_mtls"), "mtls-cert: clients log in by password, none by certificate"),
    (("extra_group_roles",), "extra-group-roles: Kafka knows users, and no groups of them"),
    (
        ("entity_name", "secret_requested_entity", "requested_entity_secret"),
        "entity-name: a user is named after its relation, and its password is made here",
    ),
)
_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
# The keys that name a topic, in the order in which they count.
_ALIASES = ("topic", "resource", "database", "subject", "index", "prefix")
_LISTS = ("requested-secrets", "provided-secrets", "entity-permissions")  # in v0 as JSON
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
    extra_group_roles: str = ""
    consumer_group_prefix: str | None = None
    entity_type: str = ""
    entity_permissions: tuple[Permission, ...] | None = ()
    entity_name: str = ""
    secret_requested_entity: str = ""
    requested_entity_secret: str = ""
    mtls_cert: databag.Text = ""
    secret_mtls: str = ""
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
    permissions: tuple[Permission, ...] = ()

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
        own = rules_of(self.user, self.topic, self.roles, self.group_prefix)
        return own.union(permissions.rules_of(self.user, self.permissions))


class Offer(NamedTuple):
    """Where clients find the brokers."""

    endpoints: str
    zookeeper_uris: str
    encrypted: bool
    ca: str = ""


class Answer(NamedTuple):
    """What one databag says: its plain fields, and the contents of its secrets by their key.

    The key of a secret is the label's middle: the group, in v1 after the request.
    """

    plain: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, str]] = MappingProxyType({})
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
    is_v1 = bag.get("version") == "v1"  # its requests are bounded one by one
    wish = (databag.read if is_v1 else databag.read_request)(bag, Wish)
    if isinstance(wish, databag.Refusal):
        return Asked(refused=(wish.reason,))
    if wish.version not in ("", "v0", "v1"):
        return Asked(refused=(f"version {databag.show(wish.version)} is neither v0 nor v1",))
    if not is_v1:
        snapshot = {key: value for key, value in bag.items() if key != "data"}
        return _judge(relation_id, [(wish._replace(request_id=""), snapshot)], is_v1=False)
    wishes = databag.read(bag, Wishes)
    if isinstance(wishes, databag.Refusal):
        return Asked(refused=(wishes.reason,))
    snapshots: list[Any] = databag.parse_json(bag["requests"]) if wishes.requests else []
    asked = _judge(relation_id, zip(wishes.requests, snapshots, strict=True), is_v1=True)
    return _limit(asked, granted)


def _limit(asked: Asked, granted: Collection[str]) -> Asked:
    count, kept, refused = len(asked.requests), asked.requests, asked.refused
    if count > MAX_REQUESTS:
        first = sorted(kept, key=lambda request: request.user not in granted)
        kept = tuple(first[:MAX_REQUESTS])
        over = f"{count - MAX_REQUESTS} of {count} requests: a relation has {MAX_REQUESTS} at most"
        refused = (over, *refused)
    fitting = tuple(_fitting(kept))
    if long := len(kept) - len(fitting):
        over = f"{long} of {count} requests: more than {databag.MAX_REQUEST} characters of JSON"
        refused = (over, *refused)
    return Asked(fitting, refused)


def _fitting(requests: Iterable[Request]) -> Iterator[Request]:
    """Yield those that an answer has room to repeat."""
    room = databag.MAX_REQUEST
    for request in requests:
        size = len(json.dumps(request.asked))
        if size <= room:
            room -= size
            yield request


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
        permissions=wish.entity_permissions or (),
    )


def _find_id_fault(request: Request, known: Collection[str]) -> str:
    if not _REQUEST_ID.fullmatch(request.request_id):
        return f"request-id {databag.show(request.request_id)} is none"
    if request.user in known:
        return f"request-id {request.request_id} is there twice"
    return "" if request.topic else f"request {request.request_id} names no topic"


def _find_fault(request: Request, wish: Wish) -> str:
    """Return why a request cannot be granted, or ""."""
    prefix = wish.consumer_group_prefix
    if not prefix and "admin" in request.roles:
        prefix = None  # it may use every group anyway
    return (
        find_role_fault(request.roles)
        or find_topic_fault(request.topic, request.roles)
        or _find_entity_fault(wish)
        or permissions.find_fault(request.permissions, request.relation_id, request.roles)
        or find_group_fault(prefix, request.relation_id, request.roles)
    )


def find_role_fault(roles: Collection[str]) -> str:
    """Return which roles there are none of, or ""."""
    unknown = sorted(set(roles) - set(ROLES))
    shown = databag.show_some(unknown)
    return f"extra-user-roles {shown}: none of {', '.join(ROLES)}" if unknown else ""


def _find_entity_fault(wish: Wish) -> str:
    if wish.entity_type not in ("", "USER"):
        return f"entity-type {databag.show(wish.entity_type)}: Kafka knows users, and nothing else"
    asked = (reason for fields, reason in _OF_OTHERS if any(getattr(wish, f) for f in fields))
    return next(asked, "")


def answer_v0(request: Request, offer: Offer, password: str) -> Answer:
    """Answer a requirer of version v0 in its own words."""
    fields = {
        "data": json.dumps(dict(request.asked)),
        "topic": request.topic,
        **_fields(request, offer, password),
        "tls": "enabled" if offer.encrypted else "disabled",
    }
    groups = {g: names for g, names in _GROUPS_V0.items() if request.secrets & set(names)}
    plain, secrets = provider.split(fields, groups)
    # Without ZooKeeper it is Kafka 4, whose library answers v0 with the fields of v1, too. There
    # `tls` is plain; here it is in its secret as well, where clients of track 3 look for it.
    further = {} if offer.zookeeper_uris else _fields_of_both(request, password, fields["tls"])
    return Answer({**plain, **further}, secrets)


def _fields_of_both(request: Request, password: str, tls: str) -> dict[str, str]:
    """Return what a library that knows v1 writes for a requirer of v0."""
    named = {"resource": request.topic, "salt": provider.digest(password, request.user)}
    asked = {
        key: databag.parse_json(text) if key in _LISTS else text
        for key, text in request.asked.items()
        if text and key not in _ALIASES
    }
    return {"data": json.dumps({**named, **asked}), **named, "version": "v0", "tls": tls}


def answer_v1(requests: Sequence[Request], offer: Offer, passwords: Mapping[str, str]) -> Answer:
    """Answer a requirer of version v1: one entry for each of its requests."""
    secrets: dict[str, Mapping[str, str]] = {}
    entries: list[tuple[str, Mapping[str, Any]]] = []
    for request in requests:
        plain, contents = provider.split(
            {
                **_fields(request, offer, passwords[request.user]),
                "tls": json.dumps(offer.encrypted),
            },
            _GROUPS_V1,
        )
        told = {group: what for group, what in contents.items() if what}
        secrets |= {f"{request.request_id}.{group}": what for group, what in told.items()}
        known = {name: request.asked.get(name) for name in ("resource", "salt")}
        entries.append((request.request_id, {**known, **plain}))
    snapshot = {r.request_id: {k: v for k, v in r.asked.items() if v} for r in requests}
    return Answer({"version": "v1", "data": json.dumps(snapshot)}, secrets, entries)


def _fields(request: Request, offer: Offer, password: str) -> dict[str, str]:
    """Return what is told in both versions, without what there is not."""
    fields = {
        "zookeeper-uris": offer.zookeeper_uris,
        "consumer-group-prefix": request.group_prefix,
        "username": request.user,
        "password": password,
        "tls-ca": offer.ca if offer.encrypted else "",
    }
    return {
        "endpoints": offer.endpoints,
        **{name: value for name, value in fields.items() if value},
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
            **{f"secret-{g}": secret_ids.get(f"{request_id}.{g}") for g in _GROUPS_V1},
            "secret-entity": None,
            "version": "v1",
        }
        for request_id, plain in answer.entries
    ]
    return json.dumps(entries)
