"""Rules of Kafka that the roles of a client come to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

ROLES = ("admin", "consumer", "producer")
PREFIX_MARK = "*"
SHORTEST_PREFIX = 3


class Rule(NamedTuple):
    """One thing that a user may do; the words are those of Kafka's admin protocol."""

    user: str
    resource: str  # TOPIC, GROUP, TRANSACTIONAL_ID, and BROKER for the whole cluster
    name: str
    pattern: str  # LITERAL, PREFIXED
    operation: str

    @property
    def principal(self) -> str:
        """The user as Kafka's authorizer names it."""
        return f"User:{self.user}"


_OF_TOPIC = {
    "producer": ("CREATE", "WRITE", "DESCRIBE"),
    "consumer": ("READ", "DESCRIBE"),
}
# Everything by rules instead of by super.users, which would restart every broker for each admin.
_EVERYTHING = (
    ("TOPIC", "*"),
    ("GROUP", "*"),
    ("TRANSACTIONAL_ID", "*"),
    ("BROKER", "kafka-cluster"),
)


def parse_roles(text: str) -> frozenset[str]:
    """Read `extra-user-roles`, whether its words are roles of ours or not."""
    return frozenset(word.strip() for word in text.split(",")) - {""}


def rules_of(user: str, topic: str, roles: Iterable[str], group_prefix: str) -> frozenset[Rule]:
    """Return everything that a user with these roles may do on a topic, or on all of a prefix."""
    wanted = frozenset(roles)
    name, pattern = pattern_of(topic)
    operations = {op for role in wanted & _OF_TOPIC.keys() for op in _OF_TOPIC[role]}
    rules = {Rule(user, "TOPIC", name, pattern, operation) for operation in operations}
    if "consumer" in wanted and group_prefix:
        rules.add(Rule(user, "GROUP", group_prefix, "PREFIXED", "READ"))
    if "admin" in wanted:
        rules |= {Rule(user, kind, which, "LITERAL", "ALL") for kind, which in _EVERYTHING}
    return frozenset(rules)


def pattern_of(name: str) -> tuple[str, str]:
    """Return a name as Kafka takes it, and whether it is all of a prefix."""
    if len(name) > SHORTEST_PREFIX and name.endswith(PREFIX_MARK):
        return name.rstrip(PREFIX_MARK), "PREFIXED"
    return name, "LITERAL"
