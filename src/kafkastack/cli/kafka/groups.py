"""kafka groups: what kafka-consumer-groups.sh does, without a JVM."""

import sys
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import OffsetSpec

from kafkastack.cli.kafka.client import ANSWER_SECONDS, one_action, required, session
from kafkastack.cli.kafka.tables import Position, describe_group, describe_reset
from kafkastack.cli.session import number
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed

Place = tuple[str, int]  # topic, partition
_ASKED = {"request_timeout": ANSWER_SECONDS}
_EMPTY = (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD)
_SCENARIOS = ("to-earliest", "to-latest", "to-offset", "shift-by", "to-datetime")


def groups(parsed: Parsed) -> int:
    """List, describe, delete or reset consumer groups."""
    action = one_action(parsed, _ACTIONS)
    if action == "describe" and parsed.is_set("all-groups"):
        pass
    elif action != "list":
        required(parsed, "group")
    if action == "reset-offsets":
        _check_reset(parsed)
    with session(parsed) as opened:
        _ACTIONS[action](parsed, opened.admin)
    return 0


def _list(_parsed: Parsed, admin: Any) -> None:
    for name in _names(admin):
        print(name)


def _names(admin: Any) -> list[str]:
    found = admin.list_consumer_groups(**_ASKED).result()
    for error in found.errors:
        raise error
    return sorted(group.group_id for group in found.valid)


def _describe(parsed: Parsed, admin: Any) -> None:
    names = _names(admin) if parsed.is_set("all-groups") else [parsed["group"]]
    for name in names:
        group = _group(admin, name)
        if group.state in _EMPTY:
            print(f"\nConsumer group '{name}' has no active members.", file=sys.stderr)
        print(f"\n{describe_group(_positions(admin, group))}", end="")


def _group(admin: Any, name: str) -> Any:
    """Return a group; NotFoundError if nobody has ever used it."""
    group = admin.describe_consumer_groups([name], **_ASKED)[name].result()
    if group.state is ConsumerGroupState.DEAD and name not in _names(admin):
        raise NotFoundError(
            f'consumer group "{name}" not found', "see: kafkastack kafka groups --list"
        )
    return group


def _positions(admin: Any, group: Any) -> list[Position]:
    """Return how far a group has read, also of partitions that a member has not read yet."""
    offsets = _committed(admin, group.group_id)
    members = {
        (place.topic, place.partition): member
        for member in group.members
        for place in member.assignment.topic_partitions
    }
    ends = _offsets(admin, {place: OffsetSpec.latest() for place in {**offsets, **members}})
    rows: list[Position] = []
    for place in sorted(ends):
        known = Position(group.group_id, *place, offsets.get(place), ends[place])
        if member := members.get(place):
            known = known._replace(
                consumer=member.member_id, host=member.host, client=member.client_id
            )
        rows.append(known)
    return rows


def _committed(admin: Any, name: str) -> dict[Place, int]:
    asked = [ConsumerGroupTopicPartitions(name)]
    found = admin.list_consumer_group_offsets(asked, **_ASKED)[name].result()
    return {(p.topic, p.partition): p.offset for p in found.topic_partitions if p.offset >= 0}


def _offsets(admin: Any, wanted: Mapping[Place, Any]) -> dict[Place, int]:
    """Return an offset of each partition: its first, its last, or one of a time."""
    if not wanted:
        return {}
    asked = {TopicPartition(*place): spec for place, spec in wanted.items()}
    found = admin.list_offsets(asked, **_ASKED)
    return {(p.topic, p.partition): future.result().offset for p, future in found.items()}


def _delete(parsed: Parsed, admin: Any) -> None:
    name = _group(admin, parsed["group"]).group_id
    admin.delete_consumer_groups([name], **_ASKED)[name].result()
    print(f"Deletion of requested consumer groups ('{name}') was successful.")


def _check_reset(parsed: Parsed) -> None:
    given = [name for name in _SCENARIOS if name in parsed.given]
    if len(given) != 1:
        shown = ", ".join(f"--{name}" for name in _SCENARIOS)
        raise UsageError(f"--reset-offsets takes exactly one of: {shown}")
    if bool(parsed.lists["topic"]) == parsed.is_set("all-topics"):
        raise UsageError("--reset-offsets takes either --topic TOPIC or --all-topics")
    if parsed.is_set("dry-run") and parsed.is_set("execute"):
        raise UsageError("--dry-run and --execute cannot both be given")


def _reset(parsed: Parsed, admin: Any) -> None:
    name = parsed["group"]
    state = admin.describe_consumer_groups([name], **_ASKED)[name].result().state
    if state not in _EMPTY:
        raise ConflictError(
            f"Assignments can only be reset if the group '{name}' is inactive, "
            f"but the current state is {state.name.capitalize()}",
            "stop its consumers first",
        )
    committed = _committed(admin, name)
    offsets = _wanted(parsed, admin, _places(parsed, admin, committed), committed)
    print(f"\n{describe_reset(name, offsets)}", end="")
    if not parsed.is_set("execute"):
        words = "This is what would be done; to do it, add --execute"
        print(words, file=sys.stderr)
        return
    partitions = [TopicPartition(*place, offset) for place, offset in offsets.items()]
    changed = [ConsumerGroupTopicPartitions(name, partitions)]
    done = admin.alter_consumer_group_offsets(changed, **_ASKED)[name].result()
    for partition in done.topic_partitions:
        if partition.error:
            raise KafkaException(partition.error)


def _places(parsed: Parsed, admin: Any, committed: Collection[Place]) -> list[Place]:
    """Return the partitions that are meant."""
    if parsed.is_set("all-topics"):
        if not committed:
            raise NotFoundError(
                f'consumer group "{parsed["group"]}" has read no topic',
                "name the topic that it is to read: --topic TOPIC",
            )
        return sorted(committed)
    known = admin.list_topics(timeout=ANSWER_SECONDS).topics
    places: list[Place] = []
    for word in parsed.lists["topic"]:
        topic, colon, numbers = word.partition(":")
        if topic not in known:
            raise NotFoundError(
                f'topic "{topic}" not found', "see: kafkastack kafka topics --list"
            )
        there = sorted(known[topic].partitions)
        chosen = [number(one, "--topic") for one in numbers.split(",")] if colon else there
        if missing := [one for one in chosen if one not in there]:
            raise NotFoundError(f'topic "{topic}" has no partition {missing[0]}')
        places += [(topic, one) for one in chosen]
    return places


def _wanted(
    parsed: Parsed, admin: Any, places: list[Place], committed: Mapping[Place, int]
) -> dict[Place, int]:
    """Return where each partition is to be put, never outside of what it holds."""
    first = _offsets(admin, dict.fromkeys(places, OffsetSpec.earliest()))
    last = _offsets(admin, dict.fromkeys(places, OffsetSpec.latest()))
    if parsed.is_set("to-earliest"):
        return first
    if parsed.is_set("to-latest"):
        return last
    asked = _asked(parsed, admin, places, committed, last)
    return {place: min(max(asked[place], first[place]), last[place]) for place in places}


def _asked(
    parsed: Parsed,
    admin: Any,
    places: list[Place],
    committed: Mapping[Place, int],
    last: Mapping[Place, int],
) -> Mapping[Place, int]:
    if parsed["to-offset"]:
        return dict.fromkeys(places, number(parsed["to-offset"], "--to-offset"))
    if parsed["to-datetime"]:
        since = OffsetSpec.for_timestamp(milliseconds(parsed["to-datetime"]))
        found = _offsets(admin, dict.fromkeys(places, since))
        return {place: last[place] if at < 0 else at for place, at in found.items()}
    step = _shift(parsed["shift-by"])
    return {place: committed.get(place, last[place]) + step for place in places}


def _shift(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    return sign * number(text.lstrip("+-"), "--shift-by")


def milliseconds(text: str) -> int:
    """Return a date and time as Kafka counts it; without a zone it is UTC, as in its scripts."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f'--to-datetime takes a date and a time, not "{text:.40}"',
            "such as: --to-datetime 2026-11-30T06:00:00.000",
        ) from error
    zoned = when if when.tzinfo else when.replace(tzinfo=UTC)
    return int(zoned.timestamp() * 1000)


_ACTIONS: Mapping[str, Callable[[Parsed, Any], None]] = {
    "list": _list,
    "describe": _describe,
    "delete": _delete,
    "reset-offsets": _reset,
}
