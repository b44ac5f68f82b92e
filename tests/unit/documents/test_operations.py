"""Filters of operations and of log lines: pure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kafkastack.controller.documents.log_filter import LEVELS, LogFilter
from kafkastack.controller.documents.operation_filter import OperationFilter
from kafkastack.model.records import Operation, Task, TaskStatus
from kafkastack.store.journal import LogLine

OPERATIONS = [Operation(n, "", 0.0, (n + 1,)) for n in (1, 3, 5, 7)]


def task(number: int, receiver: str, action: str, status: TaskStatus = "completed") -> Task:
    return Task(number, number - 1, receiver, action, 0.0, status=status)


TASKS = [
    task(2, "kafka/0", "pause"),
    task(4, "kafka/1", "juju-exec", "failed"),
    task(6, "zookeeper/0", "pause", "running"),
    task(8, "0", "juju-exec"),
]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({}, [1, 3, 5, 7]),
        ({"actions": ["pause"]}, [1, 5]),
        ({"applications": ["kafka"]}, [1, 3]),
        ({"units": ["kafka/1"], "machines": ["0"]}, [3, 7]),
        ({"applications": ["kafka"], "units": ["zookeeper/0"]}, [1, 3, 5]),
        ({"applications": ["kafka"], "actions": ["pause"]}, [1]),
        ({"statuses": ["running", "failed"]}, [3, 5]),
        ({"limit": 2}, [1, 3]),
        ({"limit": 2, "offset": 1}, [3, 5]),
        ({"offset": 3}, [7]),
        ({"machines": ["9"]}, []),
    ],
)
def test_operations_are_chosen(wanted: dict[str, Any], left: list[int]) -> None:
    chosen = OperationFilter(**wanted).choose(OPERATIONS[::-1], TASKS)
    assert [operation.id for operation in chosen] == left


ENTITIES = ("unit-kafka-0", "unit-kafka-1", "unit-kafka-test-app-0", "machine-0", "controller")
LINE = some.builds(
    LogLine,
    some.integers(1, 9),
    some.just(0.0),
    some.sampled_from(ENTITIES),
    some.sampled_from(LEVELS),
    some.sampled_from(("unit.kafka/0.juju-log", "unit.kafka/0.start", "kafkastack.agent")),
    some.just("words"),
)


@pytest.mark.parametrize(
    ("name", "entities"),
    [
        ("kafka", {"unit-kafka-0", "unit-kafka-1"}),
        ("kafka/1", {"unit-kafka-1"}),
        ("unit-kafka-1", {"unit-kafka-1"}),
        ("kafka*", {"unit-kafka-0", "unit-kafka-1", "unit-kafka-test-app-0"}),
        ("unit-*-0", {"unit-kafka-0", "unit-kafka-test-app-0"}),
        ("0", {"machine-0"}),
        ("machine-0", {"machine-0"}),
        ("controller", {"controller"}),
        ("*", set(ENTITIES)),
        ("kaf", set()),
    ],
)
def test_an_entity_is_named_in_many_ways(name: str, entities: set[str]) -> None:
    lines = [LogLine(n, 0.0, entity, "INFO", "x", "") for n, entity in enumerate(ENTITIES)]
    assert {line.entity for line in LogFilter(include=[name]).leaves(lines)} == entities
    assert {line.entity for line in LogFilter(exclude=[name]).leaves(lines)} == (
        set(ENTITIES) - entities
    )


@given(some.lists(LINE), some.sampled_from(LEVELS), some.sampled_from(ENTITIES))
def test_filters_only_take_away_and_keep_the_order(
    lines: list[LogLine], level: str, entity: str
) -> None:
    left = LogFilter(include=[entity], level=level).leaves(lines)
    assert left == [
        line
        for line in lines
        if line.entity == entity and LEVELS.index(line.level) >= LEVELS.index(level)
    ]
    both = LogFilter(include=[entity], exclude=[entity]).leaves(lines)
    assert both == []
