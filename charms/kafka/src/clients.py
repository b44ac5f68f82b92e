"""The related applications: what they ask for, what they are given, what they are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import ops
import users
import wire
from session import Session
from state import App
from wire import Answer, Offer, Request


class Work(NamedTuple):
    """What is to be done about users."""

    remove: tuple[str, ...]
    give: tuple[Request, ...]

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.remove or self.give)


def read_all(relations: Iterable[ops.Relation]) -> list[Request]:
    """Return what all related applications ask for."""
    return [
        request
        for relation in relations
        for request in wire.read_requests(relation.id, relation.data[relation.app])
    ]


def find_work(app: App, requests: Sequence[Request]) -> Work:
    """Compare what was given with what is asked for."""
    wanted = {request.user for request in requests}
    return Work(
        remove=tuple(sorted(set(app.granted) - wanted)),
        give=tuple(r for r in requests if app.granted.get(r.user) != _grant(r)),
    )


def _grant(request: Request) -> str:
    rules = "\n".join(sorted(map(repr, request.rules)))
    return hashlib.sha256(rules.encode()).hexdigest()[:16]


def do(work: Work, session: Session, app: App, users_key: str) -> App:
    """Make and remove users; return the app that remembers them."""
    granted = dict(app.granted)
    for user in work.remove:
        session.remove_user(user)
        del granted[user]
    for request in work.give:
        if request.user in granted:  # it asks for something else now
            session.forbid(request.user)
        session.admit(request.user, users.password(users_key, request.user), request.rules)
        granted[request.user] = _grant(request)
    return replace(app, granted=granted)


def publish(
    model: ops.Model,
    relations: Iterable[ops.Relation],
    app: App,
    offer: Offer,
    users_key: str,
) -> App:
    """Tell every application what it was given; return the app that remembers what was told."""
    told: dict[str, str] = {}
    for relation in relations:
        if answer := _answer(relation, app, offer, users_key):
            number = str(relation.id)
            told[number] = _digest(users_key, answer)
            # Looking at every secret again would take longer than all the rest of a quiet hook.
            if app.told.get(number) != told[number]:
                _write(model, relation, answer)
    return replace(app, told=told)


def _answer(relation: ops.Relation, app: App, offer: Offer, users_key: str) -> Answer | None:
    bag = relation.data[relation.app]
    requests = [r for r in wire.read_requests(relation.id, bag) if app.granted.get(r.user)]
    if not requests:
        return None
    words = {r.user: users.password(users_key, r.user) for r in requests}
    if bag.get("version") == "v1":
        return wire.answer_v1(requests, offer, words)
    return wire.answer_v0(requests[0], offer, words[requests[0].user])


def _digest(key: str, answer: Answer) -> str:
    return hashlib.sha256(f"{key} {answer}".encode()).hexdigest()[:16]


def _write(model: ops.Model, relation: ops.Relation, answer: Answer) -> None:
    """Write an answer; a secret that holds it already is left alone, so nobody wakes for it."""
    ids = {
        group: _keep_secret(model, relation, group, content)
        for group, content in answer.secrets.items()
    }
    plain = dict(answer.plain)
    if answer.entries:
        plain["requests"] = wire.write_entries(answer, ids)
    else:
        plain |= {f"secret-{group}": uri for group, uri in ids.items()}
    bag = relation.data[model.app]
    bag.update(dict.fromkeys(bag, "") | plain)  # "" removes a key


def _keep_secret(
    model: ops.Model, relation: ops.Relation, group: str, content: Mapping[str, str]
) -> str:
    label = f"{relation.name}.{relation.id}.{group}.secret"
    try:
        secret = model.get_secret(label=label)
    except ops.SecretNotFoundError:
        secret = model.app.add_secret(dict(content), label=label)
        secret.grant(relation)
        return secret.id or ""
    if secret.peek_content() != content:
        secret.set_content(dict(content))
    return secret.id or secret.get_info().id


def forget(model: ops.Model, relation: ops.Relation) -> None:
    """Remove the secrets of a relation that has ended; they are the leader's to remove."""
    if not model.unit.is_leader():
        return
    bag = relation.data[model.app]
    entries = [dict(bag), *json.loads(bag.get("requests", "[]"))]
    for uri in (v for e in entries for k, v in e.items() if k.startswith("secret-") and v):
        with suppress(ops.SecretNotFoundError):
            model.get_secret(id=uri).remove_all_revisions()
