"""Results of `run` and `exec` look as Juju's, and the formats are light to import."""

import subprocess
import sys
from datetime import UTC
from typing import Any

import pytest

from kafkastack.cli.formats.tasks import failed_tasks, run_output
from kafkastack.cli.formats.yaml_text import dump
from kafkastack.controller.documents import run_document
from kafkastack.model.records import Task


def task(**fields: Any) -> Task:
    given = {"id": 2, "operation": 1, "unit": "kafka/0", "action": "x", "enqueued": 1.0}
    return Task(**{**given, "status": "completed", **fields})


def output(*tasks: Task) -> str:
    return run_output(run_document(tasks, UTC))


def test_results_are_yaml_with_long_texts_as_blocks() -> None:
    results = {
        "client-properties": "a=1\nb=2",
        "kafka.topic": "t",
        "ok": "True",
        "port": "9092",
        "return-code": 0,
    }

    assert output(task(results=results)) == (
        'client-properties: |-\n  a=1\n  b=2\nkafka:\n  topic: t\nok: "True"\nport: "9092"\n\n'
    )


def test_streams_follow_the_results() -> None:
    results = {"a": "1", "return-code": 0, "stdout": "out\n", "stderr": "err\n"}

    assert output(task(results=results)) == 'a: "1"\nout\nerr\n\n'


def test_a_failed_action_says_so_first() -> None:
    shown = output(task(status="failed", message="no leader", results={"return-code": 0}))

    assert shown == "Action id 2 failed: no leader\n\n"


def test_several_units_come_as_a_map() -> None:
    other = task(id=3, unit="kafka/1", results={"stdout": "b\n", "return-code": 0})

    shown = output(task(results={"stdout": "a\n", "return-code": 0}), other)

    assert shown.startswith('kafka/0:\n  id: "2"\n  output: |\n    a\n  status: completed\n')
    assert 'kafka/1:\n  id: "3"\n' in shown


def test_only_return_codes_make_a_task_fail() -> None:
    failed = run_document([task(status="failed", results={"return-code": 0})], UTC)

    assert failed_tasks(failed) == ""


def test_the_failed_tasks_are_named() -> None:
    one = task(results={"return-code": 1})
    two = task(id=3, unit="kafka/1", results={"return-code": 127})

    assert failed_tasks(run_document([one], UTC)) == (
        'the following task failed:\n - id "2" with return code 1\n\n'
        "use 'kafkastack show-task' to inspect the failure"
    )
    assert failed_tasks(run_document([one, two], UTC)).startswith(
        'the following tasks failed:\n - id "2" with return code 1\n - id "3" with return code 127'
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("true", '"true"'),
        ("1.5", '"1.5"'),
        ("null", '"null"'),
        ("über", "über"),
        ("a: b", "'a: b'"),
    ],
)
def test_texts_are_quoted_when_they_would_be_something_else(text: str, shown: str) -> None:
    assert dump({"k": text}) == f"k: {shown}\n"


def test_an_empty_document_is_an_empty_map() -> None:
    assert dump({}) == "{}\n"


def test_the_table_of_status_needs_no_heavy_import() -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "from kafkastack.cli.formats import status, tabular, data, oneline\n"
        "heavy = {'typing', 'dataclasses', 're', 'yaml', 'rich', 'msgspec', 'inspect', 'json'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )

    found = subprocess.run(
        [sys.executable, "-IS", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == "[]\n"
