"""kafka topics: what kafka-topics.sh does, without a JVM."""

import re
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from kafkastack.cli.kafka.client import (
    ANSWER_SECONDS,
    Action,
    Session,
    one_action,
    required,
    session,
    whole_number,
)
from kafkastack.cli.kafka.tables import Partition, Topic, describe_topic
from kafkastack.cli.session import key_values
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed

_MOST_REPLICAS = 32767  # a short of Kafka's
_ASKED = {"request_timeout": ANSWER_SECONDS}


def topics(parsed: Parsed) -> int:
    """List, create, describe, alter or delete topics."""
    action = one_action(parsed, _ACTIONS)
    if action in ("create", "alter", "delete"):
        required(parsed, "topic")
    with session(parsed) as opened:
        _ACTIONS[action].carry_out(parsed, opened)
    return 0


def _list(parsed: Parsed, opened: Session) -> None:
    for name in _names(parsed, opened.admin):
        print(name)


def _create(parsed: Parsed, opened: Session) -> None:
    topic = NewTopic(
        parsed["topic"],
        num_partitions=_count(parsed, "partitions", 2**31 - 1) or -1,
        replication_factor=_count(parsed, "replication-factor", _MOST_REPLICAS) or -1,
        config=key_values(parsed.lists["config"]),
    )
    try:
        opened.admin.create_topics([topic], **_ASKED)[topic.topic].result()
    except KafkaException as error:
        is_there = error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS
        if not (is_there and parsed.is_set("if-not-exists")):
            raise
        return
    print(f"Created topic {topic.topic}.")


def _describe(parsed: Parsed, opened: Session) -> None:
    admin = opened.admin
    names = _existing(parsed, opened) if parsed["topic"] else _names(parsed, admin)
    if not names:
        return
    asked = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(asked, **_ASKED)
    described = admin.describe_topics(TopicCollection(names), **_ASKED)
    settings = {resource.name: _changed(future.result()) for resource, future in configs.items()}
    for name in names:
        print(describe_topic(_read(described[name].result(), settings[name])), end="")


def _read(described: Any, settings: Mapping[str, str]) -> Topic:
    """Return what Kafka's client tells of a topic."""
    partitions = tuple(
        Partition(
            one.id,
            one.leader.id if one.leader else None,
            tuple(node.id for node in one.replicas),
            tuple(node.id for node in one.isr),
        )
        for one in sorted(described.partitions, key=lambda one: one.id)
    )
    return Topic(described.name, str(described.topic_id), partitions, settings)


def _changed(entries: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that are other than Kafka's default, as its own script shows them."""
    default = ConfigSource.DEFAULT_CONFIG.value
    return {name: one.value for name, one in sorted(entries.items()) if one.source != default}


def _alter(parsed: Parsed, opened: Session) -> None:
    count = _count(parsed, "partitions", 2**31 - 1)
    if count is None:
        raise UsageError('Missing required argument "[partitions]"', "add --partitions N")
    admin = opened.admin
    for name in _existing(parsed, opened):
        there = len(opened.partitions_of(admin, name))
        if count <= there:
            raise ConflictError(
                f'topic "{name}" has {there} partitions, and Kafka takes none away',
                f"give a higher number: --partitions {there + 1}",
            )
        admin.create_partitions([NewPartitions(name, count)], **_ASKED)[name].result()


def _delete(parsed: Parsed, opened: Session) -> None:
    if names := _existing(parsed, opened):
        for future in opened.admin.delete_topics(names, **_ASKED).values():
            future.result()


def _existing(parsed: Parsed, opened: Session) -> list[str]:
    """Return the topics that --topic means; none is an error, unless it may be."""
    names = _names(parsed, opened.admin)
    if not names and not parsed.is_set("if-exists"):
        if re.fullmatch(r"[\w.-]+", parsed["topic"]):
            raise opened.topic_missing(parsed["topic"])
        raise NotFoundError(
            f'no topic fits "{parsed["topic"]}"', f"see: {opened.typed('topics --list')}"
        )
    return names


def _names(parsed: Parsed, admin: Any) -> list[str]:
    """Return the names of the topics that --topic fits, all of them without it."""
    found = admin.list_topics(timeout=ANSWER_SECONDS).topics
    fits, hides = _pattern(parsed["topic"]).fullmatch, parsed.is_set("exclude-internal")
    return sorted(name for name in found if fits(name) and not (hides and name.startswith("__")))


def _pattern(text: str) -> re.Pattern[str]:
    """Return the regular expression that Kafka's scripts make of it: a comma is an "or"."""
    try:
        return re.compile(text.replace(",", "|") or ".*")
    except re.error as error:
        raise UsageError(f'--topic "{text}" is no regular expression: {error}') from error


def _count(parsed: Parsed, flag: str, most: int) -> int | None:
    return whole_number(parsed, flag, least=1, most=most)


_ACTIONS: Mapping[str, Action] = {
    "list": Action(_list, ("topic", "exclude-internal")),
    "create": Action(
        _create, ("topic", "partitions", "replication-factor", "config", "if-not-exists")
    ),
    "describe": Action(_describe, ("topic", "if-exists", "exclude-internal")),
    "alter": Action(_alter, ("topic", "partitions", "if-exists")),
    "delete": Action(_delete, ("topic", "if-exists")),
}
