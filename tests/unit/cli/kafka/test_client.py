"""Words of a person on their way to Kafka, and Kafka's errors on their way back."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from kafkastack.cli.kafka.access import Access
from kafkastack.cli.kafka.client import (
    Action,
    Session,
    answer_of,
    one_action,
    translate,
    translated,
    whole_number,
)
from kafkastack.cli.kafka.topics import topics
from kafkastack.cli.verbs.kafka import VERBS
from kafkastack.errors import KafkastackError, UsageError
from kafkastack.gnuflag import Parsed, parse

OPENED = Session(
    SimpleNamespace(name="mine"),  # pyright: ignore[reportArgumentType]
    Access("127.0.0.1:1", "ana", "s3cret", "/home/ana/ca.pem"),
)
FLAGS = {verb.name: verb.flags for verb in VERBS}
ACTIONS = {"list": Action(print), "delete": Action(print, ("group",))}


def given(verb: str, *words: str) -> Parsed:
    return parse(FLAGS[f"kafka {verb}"], words)


class Coordinator:
    """It answers once it was asked as often as this, until then with an error of that code."""

    def __init__(self, code: int, times: int) -> None:
        self.code, self.times, self.asked = code, times, 0

    def result(self) -> str:
        self.asked += 1
        if self.asked <= self.times:
            raise KafkaException(KafkaError(self.code, "ConsumerGroupDescribe: "))
        return "answered"


def test_a_flag_that_means_nothing_to_the_action_is_refused_as_kafka_s_scripts_do():
    assert one_action(given("groups", "--delete", "--group", "a"), ACTIONS) == "delete"
    with pytest.raises(UsageError, match=r'"\[group\]" can\'t be used with option "\[list\]"'):
        one_action(given("groups", "--list", "--group", "a"), ACTIONS)


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("topics", ("--alter", "--topic", "a", "--partitions", "6", "--config", "a=b")),
        ("topics", ("--delete", "--topic", "a", "--partitions", "6")),
        ("topics", ("--delete", "--topic", "a", "--if-not-exists")),
        ("groups", ("--delete", "--group", "a", "--dry-run")),
        ("groups", ("--delete", "--group", "a", "--topic", "orders")),
        ("groups", ("--describe", "--group", "a", "--execute")),
        ("groups", ("--reset-offsets", "--group", "a", "--all-groups", "--to-latest")),
    ],
)
def test_nothing_is_changed_with_a_flag_that_would_be_passed_over(
    verb: str, words: tuple[str, ...]
):
    from kafkastack.cli.kafka.groups import groups

    ask: dict[str, Callable[[Parsed], int]] = {"topics": topics, "groups": groups}
    with pytest.raises(UsageError, match="can't be used with option"):
        ask[verb](given(verb, *words))


@pytest.mark.parametrize("verb", ["topics", "produce", "consume"])
def test_a_topic_that_is_given_twice_is_not_chosen_from(verb: str):
    with pytest.raises(UsageError, match="multiple arguments for option topic"):
        given(verb, "--topic", "a", "--topic", "b")


def test_a_number_that_is_empty_is_none():
    assert whole_number(given("topics", "--list"), "partitions") is None
    with pytest.raises(UsageError, match="--partitions takes a whole number"):
        whole_number(given("topics", "--create", "--partitions="), "partitions")


@pytest.mark.parametrize(
    "word",
    ["error_cb=x", "delivery.report.only.error=true", "default.topic.config=x", "no.such=1"],
)
@pytest.mark.parametrize("kind", [Producer, Consumer])
def test_a_setting_that_the_client_does_not_take_is_the_person_s_mistake(kind: Any, word: str):
    session = Session(OPENED.found, OPENED.access._replace(ca_file="/etc/hosts"))
    with pytest.raises(UsageError), translated(session):
        session.client(kind, [word], **{"group.id": "a"})


def test_a_word_that_is_no_text_is_the_person_s_mistake():
    with pytest.raises(UsageError, match="no UTF-8"), translated(OPENED):
        "\udcff".encode()


@pytest.mark.parametrize(
    "code",
    [
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    ],
)
def test_who_looks_after_a_group_is_waited_for(code: int):
    coordinator = Coordinator(code, 2)
    assert answer_of(lambda: coordinator) == "answered"


def test_another_error_is_told_at_once_and_never_without_a_reason():
    coordinator = Coordinator(KafkaError.GROUP_AUTHORIZATION_FAILED, 1)
    with pytest.raises(KafkaException) as refused:
        answer_of(lambda: coordinator)
    told = translate(refused.value.args[0], OPENED)
    assert isinstance(told, KafkastackError)
    assert str(told) == "ConsumerGroupDescribe: GROUP_AUTHORIZATION_FAILED"
    assert coordinator.asked == 1


def test_what_is_to_be_typed_names_the_kafka():
    assert OPENED.typed("groups --list") == "kafkastack kafka groups --list --name mine"
