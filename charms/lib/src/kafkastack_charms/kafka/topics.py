"""Topics and consumer groups that a client may ask for.

What Kafka keeps its own state in, what this charm watches itself with, and the groups that other
relations were given are nobody's but an administrator's.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from kafkastack_charms.databag import show
from kafkastack_charms.kafka.acls import PREFIX_MARK, SHORTEST_PREFIX

RESERVED = (
    "__cluster_metadata",
    "__consumer_offsets",
    "__remote_log_metadata",
    "__share_group_state",
    "__transaction_state",
)
CANARY = "__canary"  # how the topics begin that charms watch brokers with
LONGEST = 249  # letters that Kafka takes for a topic
_TOPIC = re.compile(rf"[a-zA-Z0-9._-]{{1,{LONGEST}}}")
_GENERATED = "relation-"  # what the groups of every relation without a prefix begin with
_OF_A_RELATION = re.compile(r"relation-[0-9]")


def is_topic(name: str) -> bool:
    """Report whether Kafka takes the name for a topic."""
    return name not in (".", "..") and _TOPIC.fullmatch(name) is not None


def find_form_fault(topic: str) -> str:
    """Return why Kafka would not take a topic, or all of a prefix, or ""."""
    name = topic.removesuffix(PREFIX_MARK)
    if name != topic and len(name) < SHORTEST_PREFIX:
        return f"topic {show(topic)} is too wide: {SHORTEST_PREFIX} letters or more before the *"
    if not is_topic(name) or len(topic) > LONGEST:
        return f"Kafka takes no topic {show(topic)}"
    return ""


def find_topic_fault(topic: str, roles: Collection[str]) -> str:
    """Return why a client with these roles cannot have a topic, or all of a prefix, or ""."""
    fault = find_form_fault(topic)
    if fault or "admin" in roles:
        return fault
    name = topic.removesuffix(PREFIX_MARK)
    is_prefix = name != topic
    taken = [own for own in RESERVED if own == name or (is_prefix and own.startswith(name))]
    if name.startswith(CANARY) or (is_prefix and CANARY.startswith(name)):
        taken.append(f"{CANARY}*")
    return f"topic {topic} is reserved: {', '.join(taken)}" if taken else ""


def find_group_fault(prefix: str | None, relation_id: int, roles: Collection[str]) -> str:
    """Return why a client with these roles cannot have the consumer groups of a prefix, or ""."""
    if prefix is None:
        return ""
    name = prefix.rstrip(PREFIX_MARK)
    shown, is_admin = f"consumer-group-prefix {show(prefix)}", "admin" in roles
    if not name.strip() and not (is_admin and prefix == PREFIX_MARK):
        return f"{shown} is every group"
    if len(name) > LONGEST:
        return f"{shown} has more than {LONGEST} letters"
    if is_admin or name.startswith(f"{_GENERATED}{relation_id}-"):
        return ""
    if _GENERATED.startswith(name) or _OF_A_RELATION.match(name):
        return f"{shown} covers the groups of other relations"
    return ""
