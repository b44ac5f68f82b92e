"""Passwords of internal users that a person has chosen, in a secret of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import ops
import users
from kafkastack_charms import databag
from kafkastack_charms.credentials import is_password
from users import Credentials

GRANT = "the secret cannot be read: juju grant-secret it to this application"


class Asked(NamedTuple):
    """The passwords by user, or why there are none."""

    operator: str = ""
    replication: str = ""
    fault: str = ""


def read(model: ops.Model, uri: str) -> Asked:
    """Return what a person has chosen."""
    if not uri:
        return Asked()
    if not databag.is_secret(uri):
        return Asked(fault=f"{databag.show(uri)} is no secret")
    try:
        content = model.get_secret(id=uri).get_content(refresh=True)
    except (ops.SecretNotFoundError, ops.ModelError):
        return Asked(fault=GRANT)
    return judge(content)


def judge(content: Mapping[str, str]) -> Asked:
    """Return the passwords of a secret's content; the fault names what cannot be taken."""
    if unknown := sorted(set(content) - set(users.ASKED)):
        return Asked(fault=f"no internal user {databag.show(unknown[0])}: operator, replication")
    if unfit := sorted(name for name, text in content.items() if not is_password(text)):
        return Asked(fault=f"the password of {unfit[0]} has characters that Kafka cannot carry")
    chosen = {users.ASKED[name]: password for name, password in content.items()}
    if len(chosen) < len(content):
        return Asked(fault="one user is named twice")
    if len(set(chosen.values())) < len(chosen):
        return Asked(fault="two users have the same password")
    return Asked(chosen.get(users.OPERATOR, ""), chosen.get(users.BROKER, ""))


def choose(known: Credentials, asked: Asked, is_settled: bool) -> Credentials:
    """Return the credentials that follow; brokers take one password after another."""
    fresh = known
    if asked.operator:
        fresh = fresh.with_operator(asked.operator)
    if asked.replication not in ("", known.replication_password) and is_settled:
        fresh = fresh.with_replication(asked.replication)
    return fresh
