"""Provider's side of a relation of a data platform: secrets, refusals, and what was told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import ops

from kafkastack_charms import databag

REFUSED = 4000  # a transitory status of the interface: another request may be granted


def label(relation: ops.Relation, group: str) -> str:
    """Return the label of the secret that holds a group of fields."""
    return f"{relation.name}.{relation.id}.{group}.secret"


def split(
    fields: Mapping[str, str], groups: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Divide an answer into plain fields and the contents of secrets, by group."""
    contents = {
        group: {name: fields[name] for name in names if name in fields}
        for group, names in groups.items()
    }
    hidden = {name for content in contents.values() for name in content}
    return {k: v for k, v in fields.items() if k not in hidden}, contents


def keep_secret(
    model: ops.Model, relation: ops.Relation, group: str, content: Mapping[str, str], known: str
) -> str:
    """Store a content in the secret that is known for it, else in a new one; return its id.

    A secret that holds it already is left alone, so that nobody wakes for it.
    """
    if known:
        with suppress(ops.SecretNotFoundError):  # somebody may have removed it by hand
            secret = model.get_secret(id=known)
            if secret.peek_content() != content:
                secret.set_content(dict(content))
            return known
    secret = model.app.add_secret(dict(content), label=label(relation, group))
    secret.grant(relation)
    return secret.id or ""


def remove_secret(model: ops.Model, **which: str) -> None:
    """Remove a secret by its id or label; one that is gone is no error."""
    with suppress(ops.SecretNotFoundError):
        model.get_secret(**which).remove_all_revisions()


def write_refusal(reasons: Sequence[str]) -> dict[str, str]:
    """Return the field that tells a requirer why it is refused; "" removes it."""
    if not reasons:
        return {"status": ""}
    message = databag.summarize(reasons)
    known = {"code": REFUSED, "message": message, "resolution": "Ask for something else."}
    return {"status": json.dumps([known])}


def digest(key: str, *parts: object) -> str:
    """Name what was told; gives nothing away, as the key is random."""
    text = json.dumps([key, *parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def describe_relation(relation: ops.Relation, reasons: Iterable[str]) -> tuple[str, ...]:
    """Say for a person who is refused, and why."""
    name = f"relation {relation.id} ({relation.app.name})"
    return tuple(f"{name}: {reason}" for reason in reasons)
