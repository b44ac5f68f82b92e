"""Kafka's client, made with what a person has been given; its errors in a person's words."""

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from kafkastack.cli.kafka import instance
from kafkastack.cli.kafka.access import Access, librdkafka_settings
from kafkastack.cli.kafka.instance import Instance
from kafkastack.cli.kafka.plan import named, not_active
from kafkastack.cli.session import number, split_pair
from kafkastack.errors import (
    ConflictError,
    KafkastackError,
    NotFoundError,
    TimeoutExceededError,
    UsageError,
)
from kafkastack.gnuflag import Parsed

ANSWER_SECONDS = 10.0
_PAUSE = 0.1
_SILENT = {
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TIMED_OUT,
    KafkaError._TIMED_OUT_QUEUE,
    KafkaError._MSG_TIMED_OUT,
    KafkaError._RESOLVE,
    KafkaError.REQUEST_TIMED_OUT,
}
_KINDS: dict[int, type[KafkastackError]] = {
    KafkaError.TOPIC_ALREADY_EXISTS: ConflictError,
    KafkaError.NON_EMPTY_GROUP: ConflictError,
    KafkaError.GROUP_ID_NOT_FOUND: NotFoundError,
    KafkaError.UNKNOWN_TOPIC_OR_PART: NotFoundError,
    KafkaError._UNKNOWN_PARTITION: NotFoundError,
    KafkaError._INVALID_ARG: UsageError,
}
# Who looks after a group is found at the first use of any, and moves with its partition.
_COMING = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
}


class Action(NamedTuple):
    """One thing that a command does, and the flags that mean something to it."""

    carry_out: Callable[[Parsed, "Session"], None]
    takes: tuple[str, ...] = ()


class Session:
    """The Kafka that is talked to, and how."""

    def __init__(self, found: Instance, access: Access) -> None:
        self.found = found
        self.access = access

    def client(self, kind: Callable[[Any], Any], words: Iterable[str] = (), **more: Any) -> Any:
        """Return a client of that kind; `words` are key=value of a person."""
        settings = {
            **librdkafka_settings(self.access),
            "log_level": 0,  # what goes wrong is told by us
            "reconnect.backoff.max.ms": 1000,
            **more,
            **dict(split_pair(word) for word in words),
        }
        try:
            return kind(settings)
        except (TypeError, ValueError, AttributeError) as error:  # of a setting that is no text
            raise UsageError(f"the client takes no such setting: {error}") from error

    @cached_property
    def admin(self) -> Any:
        """The client that asks and changes: what it is asked ends with it, so it is kept.

        Its futures have no type: Any says so once.
        """
        return self.client(AdminClient)

    def typed(self, words: str) -> str:
        """Return a command for this Kafka, as it is to be typed."""
        return f"kafkastack kafka {words}{named(self.found.name)}"

    def topic_missing(self, topic: str) -> NotFoundError:
        """Return the error of a topic that is not there."""
        create = self.typed(f"topics --create --topic {topic}")
        return NotFoundError(f'topic "{topic}" not found', f"make it: {create}")

    def partitions_of(self, client: Any, topic: str) -> list[int]:
        """Return the partitions of a topic; NotFoundError if there is none of that name."""
        described = client.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
        if described.error is not None:
            if described.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise self.topic_missing(topic)
            raise KafkaException(described.error)
        return sorted(described.partitions)


@contextmanager
def session(parsed: Parsed) -> Generator[Session]:
    """Give what talks to the Kafka that --name means; errors of Kafka's are translated."""
    found = instance.find_running(parsed)
    opened = Session(found, instance.access_of(found))
    with translated(opened):
        yield opened


@contextmanager
def translated(opened: Session) -> Generator[None]:
    """Raise errors of Kafka's as ours."""
    try:
        yield
    except KafkaException as error:
        raise translate(error.args[0], opened) from error
    except UnicodeEncodeError as error:
        raise UsageError(f"this is no UTF-8: {error.object!a:.60}") from error


def answer_of(ask: Callable[[], Any]) -> Any:
    """Return what a future brings; one who looks after groups is waited for."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return ask().result()
        except KafkaException as error:
            if error.args[0].code() not in _COMING or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)


def translate(error: Any, opened: Session) -> KafkastackError:
    """Return an error of Kafka's as one of ours."""
    found = opened.found
    if error.code() in _SILENT:
        why = "".join(f"; {said}" for said in not_active(found.refreshed().status)[:1])
        return TimeoutExceededError(
            f'Kafka "{found.name}" does not answer at {opened.access.bootstrap_servers}{why}',
            f"look at: {found.see}",
        )
    kind = _KINDS.get(error.code(), KafkastackError)
    text = error.str().removeprefix("Broker: ").strip()
    # Some only name the request, with nothing behind the colon.
    return kind(f"{text} {error.name()}".strip() if text[-1:] in ("", ":") else text)


def check(access: Access, found: Instance) -> None:
    """Return once Kafka lets this very user in."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        opened = Session(found, access)
        try:
            opened.admin.list_topics(timeout=ANSWER_SECONDS / 3)
            return
        except KafkaException as error:
            if time.monotonic() > deadline:
                raise translate(error.args[0], opened) from error
            time.sleep(_PAUSE)


def required(parsed: Parsed, flag: str) -> str:
    """Return a flag that must be there."""
    if not parsed[flag]:
        raise UsageError(f'Missing required argument "[{flag}]"', f"add --{flag} NAME")
    return parsed[flag]


def whole_number(parsed: Parsed, flag: str, *, least: int = 0, most: int = 2**53) -> int | None:
    """Return the number that a flag was given, None where it is not there."""
    if flag not in parsed.given:
        return None
    return number(parsed[flag], f"--{flag}", least=least, most=most)


def one_action(parsed: Parsed, actions: Mapping[str, Action]) -> str:
    """Return which of these is given: exactly one is, and no flag that means nothing to it."""
    given = [name for name in actions if parsed.is_set(name)]
    if len(given) != 1:
        shown = ", ".join(f"--{name}" for name in actions)
        raise UsageError(f"Command must include exactly one action: {shown}")
    known = {flag for action in actions.values() for flag in action.takes}
    for flag in sorted(known & parsed.given - {*actions[given[0]].takes}):
        raise UsageError(f'Option "[{flag}]" can\'t be used with option "[{given[0]}]"')
    return given[0]


def read_properties(words: Iterable[str], defaults: dict[str, str]) -> dict[str, str]:
    """Return properties by key=value words over their defaults; another name is refused."""
    given = dict(split_pair(word) for word in words)
    for name in given:
        if name not in defaults:
            raise UsageError(f'no property "{name}"', f"there are: {', '.join(defaults)}")
    return defaults | given
