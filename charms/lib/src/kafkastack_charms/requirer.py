"""Requirer of a data platform: the request for a resource, and the answer to it.

This is the requirer's side of the *v0* wire format of `kafka_client`, `mysql_client` and their
kin. A requirer that speaks v0 is understood by every provider: Kafka 3 knows only v0, Kafka 4
recognises it by the absence of `version`. The library on PyPI (`dpcharmlibs-interfaces`) writes
only v1.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import ops

from kafkastack_charms import databag, provider

logger = logging.getLogger(__name__)

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")  # as the results of an action need it

SECRETS_WE_READ = (
    "username",
    "password",
    "tls",
    "tls-ca",
    "uris",
    "read-only-uris",
    "entity-name",
    "entity-password",
)
SECRETS_WE_SEND = ("mtls-cert",)
_SECRET_KEYS = {
    "requested-secrets": json.dumps(SECRETS_WE_READ),
    "provided-secrets": json.dumps(SECRETS_WE_SEND),
}
_CREDENTIALS = ("username", "entity-name")
_MAX_VALUE = 2**16  # characters; twice as much does not fit into the argument of a hook tool


class _Plain(NamedTuple):
    """A databag, or the content of a secret, as keys and texts."""

    entries: dict[str, databag.Text]


class _Status(NamedTuple):
    message: str = ""


class _Statuses(NamedTuple):
    status: tuple[_Status, ...] = ()


@dataclass(frozen=True)
class Request:
    """A resource to ask for: `kind` is its databag key (topic, database, index, prefix)."""

    kind: str
    resource: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    mtls_cert: str = ""

    def fields(self) -> dict[str, str]:
        """Return what the databag says of the resource, without empty options."""
        options = {name: value for name, value in self.options.items() if value}
        return {self.kind: self.resource, **options}


class Requests:
    """What was asked over each relation, noted where every unit can read it.

    A follower cannot read its own application's side of a relation, only the peers' databag.
    """

    def __init__(self, model: ops.Model, peers: str) -> None:
        self._model = model
        self._peers = peers

    def read(self, relation: ops.Relation) -> dict[str, str]:
        """Return what was asked over a relation, empty while nothing was or can be read."""
        asked = databag.read_own({"entries": self._notes().get(str(relation.id), "{}")}, _Plain)
        return {} if isinstance(asked, databag.Refusal) else asked.entries

    def send_once(self, wanted: Sequence[tuple[ops.Relation, Request | None]]) -> None:
        """Ask over each of these relations unless that was done; forget all others.

        Only the leader may. None leaves a relation as it is.
        """
        notes: dict[str, str] = {}
        for relation, request in wanted:
            asked = self.read(relation)
            if not asked and request:
                _send(self._model, relation, request)
                asked = request.fields()
            if asked:
                notes[str(relation.id)] = json.dumps(asked, sort_keys=True)
        databag = self._notes()
        databag.update({**dict.fromkeys(databag, ""), **notes})  # "" removes a key

    def _notes(self) -> MutableMapping[str, str]:
        peers = self._model.get_relation(self._peers)
        return peers.data[self._model.app] if peers else {}


def announce(model: ops.Model, relation: ops.Relation) -> None:
    """Write into the unit's databag which secrets are exchanged, as v0 providers expect."""
    relation.data[model.unit].update(_SECRET_KEYS)


def read_answer(model: ops.Model, relation: ops.Relation) -> dict[str, str]:
    """Return the provider's databag with the contents of its secrets in place of their ids.

    What a hook tool could not carry on is left out: odd keys, control characters, long values.
    """
    bag = relation.data[relation.app]
    if sum(map(len, bag.values())) > databag.MAX_CHARACTERS:
        return {}
    answer: dict[str, str] = {}
    for key, value in _keep_usable(bag).items():
        if key.startswith("secret-"):
            content = _open(model, relation, key.removeprefix("secret-"), value)
            answer.update(_keep_usable(content))
        elif key != "status":
            answer[key] = value
    return answer


def read_refusal(relation: ops.Relation) -> str:
    """Return why the provider refuses what was asked, or "" where it says nothing."""
    said = relation.data[relation.app].get("status", "")
    statuses = databag.read({"status": said}, _Statuses)
    if isinstance(statuses, databag.Refusal):
        return ""
    messages = [status.message for status in statuses.status if status.message]
    return databag.show(messages[0], limit=200) if messages else ""


def _keep_usable(bag: Mapping[str, str]) -> dict[str, str]:
    usable = {k: v for k, v in bag.items() if _KEY.fullmatch(k) and databag.is_text(v)}
    return {key: value for key, value in usable.items() if len(value) <= _MAX_VALUE}


def is_answered(answer: Mapping[str, str]) -> bool:
    """Report whether the provider has created a user or an entity."""
    return any(answer.get(key) for key in _CREDENTIALS)


def _send(model: ops.Model, relation: ops.Relation, request: Request) -> None:
    databag = relation.data[model.app]
    databag.update({**_SECRET_KEYS, **request.fields()})
    if request.mtls_cert:
        databag["secret-mtls"] = _share(model, relation, {"mtls-cert": request.mtls_cert})


def _share(model: ops.Model, relation: ops.Relation, content: dict[str, str]) -> str:
    label = provider.label(relation, "mtls")
    try:
        secret = model.get_secret(label=label)
        secret.set_content(content)
    except ops.SecretNotFoundError:
        secret = model.app.add_secret(content, label=label)
    secret.grant(relation)
    return secret.id or secret.get_info().id


def _open(model: ops.Model, relation: ops.Relation, group: str, uri: str) -> dict[str, str]:
    if not databag.is_secret(uri):
        return {}
    try:
        secret = model.get_secret(id=uri, label=provider.label(relation, group))
        return secret.get_content(refresh=True)
    except (ops.SecretNotFoundError, ops.ModelError) as error:
        # The id can arrive before the grant does; the grant brings a further event.
        logger.warning("cannot read secret-%s of %s yet: %s", group, relation.name, error)
        return {}
