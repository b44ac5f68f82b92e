"""kafka groups: what kafka-consumer-groups.sh does, without a JVM."""

import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import OffsetSpec

from kafkastack.cli.kafka.client import (
    ANSWER_SECONDS,
    Action,
    Session,
    answer_of,
    one_action,
    required,
    session,
)
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
    if action != "list" and not parsed.is_set("all-groups"):
        required(parsed, "group")
    if action == "reset-offsets":
        _check_reset(parsed)
    with session(parsed) as opened:
        _ACTIONS[action].carry_out(parsed, opened)
    return 0


def _list(_parsed: Parsed, opened: Session) -> None:
    for name in _names(opened.admin):
        print(name)


def _names(admin: Any) -> list[str]:
    found = answer_of(lambda: admin.list_consumer_groups(**_ASKED))
    for error in found.errors:
        raise error
    return sorted(group.group_id for group in found.valid)


def _named(parsed: Parsed) -> list[str]:
    return [*dict.fromkeys(parsed.lists["group"])]


def _describe(parsed: Parsed, opened: Session) -> None:
    admin = opened.admin
    for name in _names(admin) if parsed.is_set("all-groups") else _named(parsed):
        group = _group(opened, name)
        if group.state in _EMPTY:
            print(f"\nConsumer group '{name}' has no active members.", file=sys.stderr)
        print(f"\n{describe_group(_positions(admin, group))}", end="")


def _group(opened: Session, name: str) -> Any:
    """Return a group; NotFoundError if nobody has ever used it."""
    group = _described(opened.admin, name)
    if group.state is ConsumerGroupState.DEAD and name not in _names(opened.admin):
        see = opened.typed("groups --list")
        raise NotFoundError(f'consumer group "{name}" not found', f"see: {see}")
    return group


def _described(admin: Any, name: str) -> Any:
    return answer_of(lambda: admin.describe_consumer_groups([name], **_ASKED)[name])


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
    found = answer_of(lambda: admin.list_consumer_group_offsets(asked, **_ASKED)[name])
    return {(p.topic, p.partition): p.offset for p in found.topic_partitions if p.offset >= 0}


def _offsets(admin: Any, wanted: Mapping[Place, Any]) -> dict[Place, int]:
    """Return an offset of each partition: its first, its last, or one of a time."""
    if not wanted:
        return {}
    asked = {TopicPartition(*place): spec for place, spec in wanted.items()}
    found = admin.list_offsets(asked, **_ASKED)
    return {(p.topic, p.partition): future.result().offset for p, future in found.items()}


def _delete(parsed: Parsed, opened: Session) -> None:
    """Delete groups, all of which are there; one in use keeps no other one."""
    deleted: list[str] = []
    refused: list[KafkaException] = []
    for name in [_group(opened, name).group_id for name in _named(parsed)]:
        try:
            _delete_one(opened.admin, name)
            deleted.append(f"'{name}'")
        except KafkaException as error:
            refused.append(error)
    if deleted:
        print(f"Deletion of requested consumer groups ({', '.join(deleted)}) was successful.")
    for error in refused[:1]:
        raise error


def _delete_one(admin: Any, name: str) -> None:
    answer_of(lambda: admin.delete_consumer_groups([name], **_ASKED)[name])


def _check_reset(parsed: Parsed) -> None:
    if len(parsed.lists["group"]) > 1:
        raise UsageError("--reset-offsets takes one --group at a time")
    given = [name for name in _SCENARIOS if name in parsed.given]
    if len(given) != 1:
        shown = ", ".join(f"--{name}" for name in _SCENARIOS)
        raise UsageError(f"--reset-offsets takes exactly one of: {shown}")
    if bool(parsed.lists["topic"]) == parsed.is_set("all-topics"):
        raise UsageError("--reset-offsets takes either --topic TOPIC or --all-topics")
    if parsed.is_set("dry-run") and parsed.is_set("execute"):
        raise UsageError("--dry-run and --execute cannot both be given")


def _reset(parsed: Parsed, opened: Session) -> None:
    name, admin = parsed["group"], opened.admin
    state = _described(admin, name).state
    if state not in _EMPTY:
        raise ConflictError(
            f"Assignments can only be reset if the group '{name}' is inactive, "
            f"but the current state is {state.name.capitalize()}",
            "stop its consumers first",
        )
    committed = _committed(admin, name)
    offsets = _wanted(parsed, admin, _places(parsed, opened, committed), committed)
    print(f"\n{describe_reset(name, offsets)}", end="")
    if not parsed.is_set("execute"):
        words = "This is what would be done; to do it, add --execute"
        print(words, file=sys.stderr)
        return
    partitions = [TopicPartition(*place, offset) for place, offset in offsets.items()]
    changed = [ConsumerGroupTopicPartitions(name, partitions)]
    done = answer_of(lambda: admin.alter_consumer_group_offsets(changed, **_ASKED)[name])
    for partition in done.topic_partitions:
        if partition.error:
            raise KafkaException(partition.error)


def _places(parsed: Parsed, opened: Session, committed: Collection[Place]) -> list[Place]:
    """Return the partitions that are meant."""
    if parsed.is_set("all-topics"):
        if not committed:
            raise NotFoundError(
                f'consumer group "{parsed["group"]}" has read no topic',
                "name the topic that it is to read: --topic TOPIC",
            )
        return sorted(committed)
    known = opened.admin.list_topics(timeout=ANSWER_SECONDS).topics
    places: list[Place] = []
    for word in parsed.lists["topic"]:
        topic, colon, numbers = word.partition(":")
        if topic not in known:
            see = opened.typed("topics --list")
            raise NotFoundError(f'topic "{topic}" not found', f"see: {see}")
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
    if "to-offset" in parsed.given:
        return dict.fromkeys(places, number(parsed["to-offset"], "--to-offset"))
    if "to-datetime" in parsed.given:
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


_ACTIONS: Mapping[str, Action] = {
    "list": Action(_list),
    "describe": Action(_describe, ("group", "all-groups")),
    "delete": Action(_delete, ("group",)),
    "reset-offsets": Action(
        _reset,
        ("group", "topic", "all-topics", *_SCENARIOS, "dry-run", "execute"),
    ),
}
