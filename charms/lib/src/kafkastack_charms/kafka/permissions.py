"""Permissions that a client names one by one, beside its roles: `entity-permissions`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from kafkastack_charms.databag import show, show_some
from kafkastack_charms.kafka.acls import Rule, pattern_of
from kafkastack_charms.kafka.topics import find_group_fault, find_topic_fault

MOST = 25  # of one request
# What Kafka knows to be done with each; both words are those of the interface.
PRIVILEGES = {
    "TOPIC": ("CREATE", "DELETE", "DESCRIBE", "READ", "WRITE"),
    "GROUP": ("DELETE", "DESCRIBE", "READ"),
}


class Permission(NamedTuple):
    """What may be done with a topic or a group, or all of a prefix."""

    resource_name: str = ""
    resource_type: str = ""
    privileges: tuple[str, ...] = ()


def find_fault(asked: Collection[Permission], relation_id: int, roles: Collection[str]) -> str:
    """Return why permissions cannot be granted, or ""."""
    if len(asked) > MOST:
        return f"{len(asked)} entity-permissions: a request has {MOST} at most"
    return next(filter(None, (_find_fault(one, relation_id, roles) for one in asked)), "")


def _find_fault(one: Permission, relation_id: int, roles: Collection[str]) -> str:
    known = PRIVILEGES.get(one.resource_type, ())
    if not known:
        return (
            f"entity-permissions: {show(one.resource_type)} is neither {' nor '.join(PRIVILEGES)}"
        )
    if unknown := sorted(set(one.privileges) - set(known)):
        shown = show_some(unknown)
        return f"entity-permissions of a {one.resource_type}: {shown}: none of {', '.join(known)}"
    if one.resource_type == "TOPIC":
        return find_topic_fault(one.resource_name, roles)
    return find_group_fault(one.resource_name, relation_id, roles)


def rules_of(user: str, granted: Iterable[Permission]) -> Iterator[Rule]:
    """Yield what a user may do by permissions."""
    for one in granted:
        name, pattern = pattern_of(one.resource_name)
        for operation in one.privileges:
            yield Rule(user, one.resource_type, name, pattern, operation)
