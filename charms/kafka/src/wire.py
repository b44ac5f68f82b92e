"""What stands in the databags of kafka_client, versions v0 and v1."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from acls import PREFIX_MARK, Rule, is_topic_allowed, parse_roles, rules_of

logger = logging.getLogger(__name__)

# The keys that name a topic, in the order in which they count.
_ALIASES = ("topic", "resource", "database", "subject", "index", "prefix")
# The fields that travel in a secret, by secret.
_GROUPS_V0 = {"user": ("username", "password"), "tls": ("tls", "tls-ca")}
_GROUPS_V1 = {**_GROUPS_V0, "extra": ("consumer-group-prefix", "zookeeper-uris")}


class Request(NamedTuple):
    """One topic, or all of a prefix, that a related application wants to use."""

    relation_id: int
    topic: str
    roles: frozenset[str]
    asked_prefix: str
    asked: Mapping[str, Any]  # in the requirer's own words
    request_id: str = ""  # v1 only

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
    authority: str = ""


@dataclass(frozen=True)
class Answer:
    """What one databag says: its plain fields, and the contents of its secrets by their key.

    The key of a secret is the label's middle: the group, in v1 after the request.
    """

    plain: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    entries: Sequence[tuple[str, Mapping[str, Any]]] = ()  # v1: request, and its plain fields


def read_requests(relation_id: int, bag: Mapping[str, str]) -> list[Request]:
    """Return what an application asks for, without what nobody may have."""
    entries: list[dict[str, Any]] = [dict(bag)]
    is_v1 = bag.get("version") == "v1"
    if is_v1:
        entries = [dict(entry) for entry in json.loads(bag.get("requests", "[]"))]
    found = [_read(relation_id, entry, is_v1) for entry in entries]
    return [request for request in found if request]


def _read(relation_id: int, entry: dict[str, Any], is_v1: bool) -> Request | None:
    entry.pop("data", None)
    topic = next((str(entry[name]) for name in _ALIASES if entry.get(name)), "")
    request_id = str(entry.get("request-id") or "") if is_v1 else ""
    if not topic or (is_v1 and not request_id):
        return None
    if not is_topic_allowed(topic):
        logger.warning("relation %s asks for %r, which is too wide", relation_id, topic)
        return None
    return Request(
        relation_id=relation_id,
        topic=topic,
        roles=parse_roles(entry.get("extra-user-roles") or ""),
        asked_prefix=entry.get("consumer-group-prefix") or "",
        asked=entry,
        request_id=request_id,
    )


def answer_v0(request: Request, offer: Offer, word: str) -> Answer:
    """Answer a requirer of version v0 in its own words."""
    fields = {
        "data": json.dumps(dict(request.asked)),
        "endpoints": offer.endpoints,
        "topic": request.topic,
        "zookeeper-uris": offer.zookeeper_uris,
        **({"consumer-group-prefix": request.group_prefix} if request.group_prefix else {}),
        "username": request.user,
        "password": word,
        "tls": "enabled" if offer.encrypted else "disabled",
        **({"tls-ca": offer.authority} if offer.encrypted else {}),
    }
    wanted = set(json.loads(str(request.asked.get("requested-secrets") or "[]")))
    groups = {g: names for g, names in _GROUPS_V0.items() if wanted & set(names)}
    plain, secrets = _split(fields, groups)
    return Answer(plain, secrets)


def answer_v1(requests: Sequence[Request], offer: Offer, words: Mapping[str, str]) -> Answer:
    """Answer a requirer of version v1: one entry for each of its requests."""
    secrets: dict[str, Mapping[str, str]] = {}
    entries: list[tuple[str, Mapping[str, Any]]] = []
    for request in requests:
        plain, contents = _split(_fields_v1(request, offer, words[request.user]), _GROUPS_V1)
        secrets |= {f"{request.request_id}.{group}": what for group, what in contents.items()}
        known = {name: request.asked.get(name) for name in ("resource", "salt")}
        entries.append((request.request_id, {**known, **plain}))
    snapshot = {r.request_id: {k: v for k, v in r.asked.items() if v} for r in requests}
    return Answer({"version": "v1", "data": json.dumps(snapshot)}, secrets, entries)


def _fields_v1(request: Request, offer: Offer, word: str) -> dict[str, str]:
    return {
        "endpoints": offer.endpoints,
        "zookeeper-uris": offer.zookeeper_uris,
        **({"consumer-group-prefix": request.group_prefix} if request.group_prefix else {}),
        "username": request.user,
        "password": word,
        "tls": json.dumps(offer.encrypted),
        **({"tls-ca": offer.authority} if offer.encrypted else {}),
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


def _split(
    fields: Mapping[str, str], groups: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Divide an answer into plain fields and the contents of secrets."""
    contents = {
        group: {name: fields[name] for name in names if name in fields}
        for group, names in groups.items()
    }
    hidden = {name for content in contents.values() for name in content}
    return {k: v for k, v in fields.items() if k not in hidden}, contents
