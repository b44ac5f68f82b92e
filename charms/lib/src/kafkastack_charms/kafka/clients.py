"""Related applications: what they ask for, what they are given, what they are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import ops

from kafkastack_charms import databag, provider
from kafkastack_charms.credentials import derive_password
from kafkastack_charms.kafka import provider as wire
from kafkastack_charms.kafka.admin import Session
from kafkastack_charms.kafka.provider import Answer, Asked, Offer, Request
from kafkastack_charms.peers import BrokenRecordError

_NONE: Mapping[str, str] = MappingProxyType({})


class _LedgerData(NamedTuple):
    lagging_user: str = ""
    granted: dict[str, str] | None = None
    published: dict[str, str] | None = None


class Ledger(NamedTuple):
    """What the leader remembers of users, in the app databag."""

    lagging_user: str = ""  # of brokers, which has the password before
    granted: Mapping[str, str] = _NONE  # user -> what it was given, if anything
    published: Mapping[str, str] = _NONE  # relation -> what it was told

    @classmethod
    def parse(cls, bag: Mapping[str, str]) -> Ledger:
        """Read the app databag; raise BrokenRecordError, as what is not known is not replaced."""
        data = databag.read_own(bag, _LedgerData)
        if isinstance(data, databag.Refusal):
            raise BrokenRecordError(data.reason)
        return cls(data.lagging_user, data.granted or _NONE, data.published or _NONE)

    def describe(self) -> dict[str, str]:
        """Write the app databag; an empty value removes the key."""
        return {
            "lagging-user": self.lagging_user,
            "granted": json.dumps(self.granted, sort_keys=True) if self.granted else "",
            "published": json.dumps(self.published, sort_keys=True) if self.published else "",
        }

    def without_brokers(self) -> Ledger:
        """Forget what users were given, but not who they are: other brokers may be next."""
        return self._replace(granted=dict.fromkeys(self.granted, ""), published=_NONE)


class Client(NamedTuple):
    """One related application, and what it asks for."""

    relation: ops.Relation
    asked: Asked

    @property
    def complaints(self) -> tuple[str, ...]:
        """What it is refused, for a person."""
        return provider.describe_relation(self.relation, self.asked.refused)

    def but(self, refused: Mapping[int, str]) -> Client:
        """Return it with what the brokers refuse to it."""
        reasons = (*self.asked.refused, *filter(None, [refused.get(self.relation.id)]))
        return self._replace(asked=self.asked._replace(refused=reasons))


class Published(NamedTuple):
    """Our side of a relation, as far as it names secrets."""

    secret_user: str = ""
    secret_tls: str = ""
    requests: tuple[dict[str, Any], ...] = ()

    @property
    def secrets(self) -> dict[str, str]:
        """The ids of all its secrets, by the middle of their labels."""
        flat = {"secret-user": self.secret_user, "secret-tls": self.secret_tls}
        found = {
            f"{entry.get('request-id', '')}.{key.removeprefix('secret-')}".lstrip("."): uri
            for entry in (flat, *self.requests)
            for key, uri in entry.items()
            if key.startswith("secret-")
        }
        return {name: uri for name, uri in found.items() if isinstance(uri, str) and uri}


class Work(NamedTuple):
    """What is to be done about users."""

    remove: tuple[str, ...]
    give: tuple[Request, ...]

    def __bool__(self) -> bool:
        """Report whether there is anything."""
        return bool(self.remove or self.give)

    @property
    def by_relation(self) -> list[tuple[int, list[Request]]]:
        """What is to be given, to whoever asks for little first."""
        found: dict[int, list[Request]] = {}
        for request in self.give:
            found.setdefault(request.relation_id, []).append(request)
        return sorted(found.items(), key=lambda item: len(item[1]))


class Done(NamedTuple):
    """What the brokers made of it: what is remembered, and what they refuse to a relation."""

    ledger: Ledger
    refused: Mapping[int, str]


def read_all(relations: Iterable[ops.Relation], ledger: Ledger) -> tuple[Client, ...]:
    """Return what all related applications ask for."""
    known = ledger.granted.keys()
    return tuple(Client(r, wire.read_requests(r.id, r.data[r.app], known)) for r in relations)


def find_work(ledger: Ledger, clients: Iterable[Client], refused: Collection[int] = ()) -> Work:
    """Compare what was given with what is asked for, but by relations that are refused."""
    asked = (client.asked for client in clients if client.relation.id not in refused)
    requests = [request for one in asked for request in one.requests]
    wanted = {request.user for request in requests}
    return Work(
        remove=tuple(sorted(set(ledger.granted) - wanted)),
        give=tuple(r for r in requests if ledger.granted.get(r.user) != _grant(r)),
    )


def _grant(request: Request) -> str:
    rules = "\n".join(sorted(map(repr, request.rules)))
    return hashlib.sha256(rules.encode()).hexdigest()[:16]


def apply(work: Work, session: Session, ledger: Ledger, users_key: str) -> Done:
    """Make and remove users, those of a relation together, and remember what was done."""
    if work.remove:
        session.remove_users(work.remove)
    granted = {user: what for user, what in ledger.granted.items() if user not in work.remove}
    refused: dict[int, str] = {}
    for relation_id, requests in work.by_relation:
        changed = [request.user for request in requests if request.user in granted]
        if changed:  # they ask for something else now
            session.delete_acls(changed)
        passwords = {r.user: derive_password(users_key, r.user) for r in requests}
        reason = session.create_users(
            passwords, [rule for request in requests for rule in request.rules]
        )
        if reason:
            session.remove_users(list(passwords))
            refused[relation_id] = reason
            granted = {user: what for user, what in granted.items() if user not in passwords}
        else:
            granted |= {request.user: _grant(request) for request in requests}
    return Done(ledger._replace(granted=granted), refused)


def publish(
    model: ops.Model,
    clients: Iterable[Client],
    ledger: Ledger,
    offer: Offer,
    users_key: str,
) -> Ledger:
    """Tell every application what it was given; return the ledger that remembers what was told."""
    told: dict[str, str] = {}
    for client in clients:
        answer, number = _answer(client, ledger, offer, users_key), str(client.relation.id)
        if not answer and number not in ledger.published:
            continue
        told[number] = provider.digest(users_key, str(answer))
        # Looking at every secret again would take longer than all the rest of a quiet hook.
        if ledger.published.get(number) != told[number]:
            _write(model, client.relation, answer or Answer({}))
    return ledger._replace(published=told)


def _answer(client: Client, ledger: Ledger, offer: Offer, users_key: str) -> Answer | None:
    """Return what a client is to be told, None where there is nothing to say."""
    bag, refusal = client.relation.data[client.relation.app], client.asked.refused
    requests = [r for r in client.asked.requests if ledger.granted.get(r.user)]
    if not requests:
        return Answer(provider.write_refusal(refusal)) if refusal else None
    passwords = {r.user: derive_password(users_key, r.user) for r in requests}
    if bag.get("version") == "v1":
        answer = wire.answer_v1(requests, offer, passwords)
    else:
        answer = wire.answer_v0(requests[0], offer, passwords[requests[0].user])
    return answer._replace(plain={**answer.plain, **provider.write_refusal(refusal)})


def _write(model: ops.Model, relation: ops.Relation, answer: Answer) -> None:
    """Write an answer; a secret that holds it already is left alone, so nobody wakes for it."""
    bag = relation.data[model.app]
    before = _read_published(bag)
    ids = {
        group: provider.keep_secret(model, relation, group, content, before.get(group, ""))
        for group, content in answer.secrets.items()
    }
    plain = dict(answer.plain)
    if answer.entries:
        plain["requests"] = wire.write_entries(answer, ids)
    else:
        plain |= {f"secret-{group}": uri for group, uri in ids.items()}
    bag.update(dict.fromkeys(bag, "") | plain)  # "" removes a key
    for uri in sorted(set(before.values()) - set(ids.values())):
        provider.remove_secret(model, id=uri)


def _read_published(bag: Mapping[str, str]) -> dict[str, str]:
    found = databag.read_own(bag, Published)
    return {} if isinstance(found, databag.Refusal) else found.secrets


def forget(model: ops.Model, relation: ops.Relation) -> None:
    """Remove the secrets of a relation that has ended; they are the leader's to remove."""
    if model.unit.is_leader():
        for uri in _read_published(relation.data[model.app]).values():
            provider.remove_secret(model, id=uri)
