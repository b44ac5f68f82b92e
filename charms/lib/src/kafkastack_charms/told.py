"""Remote application's databag with its secrets, and the values in it that are malformed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import ops

from kafkastack_charms import databag, provider

logger = logging.getLogger(__name__)

T = TypeVar("T")
_ENDPOINT = re.compile(r"(?:[0-9A-Za-z._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")


def read(
    model: ops.Model, relation: ops.Relation, form: type[T], groups: Iterable[str]
) -> T | databag.Refusal | None:
    """Return a databag with the contents of its secrets in place of their ids.

    A group names a secret: its id is the form's `secret_GROUP`. None while one cannot be read.
    """
    bag = relation.data[relation.app]
    plain = databag.read(bag, form)
    if isinstance(plain, databag.Refusal):
        return plain
    contents: dict[str, str] = {}
    for group in groups:
        uri: str = getattr(plain, f"secret_{group}")
        if not uri:
            continue
        if not databag.is_secret(uri):
            return databag.Refusal(f"secret-{group} is no secret")
        try:
            secret = model.get_secret(id=uri, label=provider.label(relation, group))
            contents |= secret.get_content(refresh=True)
        except (ops.SecretNotFoundError, ops.ModelError) as error:
            # The id can arrive before the grant does; a further event follows.
            logger.warning("the secret of %s cannot be read: %s", group, error)
            return None
    return databag.read({**bag, **contents}, form)


def find_fault(checks: Mapping[str, object]) -> str:
    """Return which key has not its form, or ""; `checks` tells of each whether it has."""
    return next((f"{name} is none" for name, holds in checks.items() if not holds), "")


def is_endpoint(text: str) -> bool:
    """Report whether a text is a host or an address, and a port."""
    match = _ENDPOINT.fullmatch(text)
    return match is not None and int(match[1]) < 2**16
