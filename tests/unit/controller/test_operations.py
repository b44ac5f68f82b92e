"""A controller that is asked for years does not remember all it was ever asked."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from kafkastack.controller.api.operations import _forget_the_oldest, show_task
from kafkastack.controller.api.session import Session
from kafkastack.model.bounds import OPERATIONS, OPERATIONS_CHARACTERS
from kafkastack.model.records import Operation, Task, TaskStatus
from kafkastack.store.journal import Journal, action_log_statement
from kafkastack.store.store import Store


def test_the_oldest_operations_are_forgotten_once_they_have_ended(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    with store.transaction() as tx:
        for number in range(2, 2 * (OPERATIONS + 3) + 1, 2):
            status: TaskStatus = "running" if number == 4 else "completed"
            tx.put("m", Operation(number, "x", 0.0, (number + 1,)))
            tx.put("m", Task(number + 1, number, "a/0", "x", 0.0, status=status))
        _forget_the_oldest(tx, "m")
    kept = sorted(operation.id for operation in store.all(Operation, "m"))
    assert kept[0] == 4, "what runs is kept"
    assert len(kept) == OPERATIONS + 1 and kept[1] == 8
    assert {task.operation for task in store.all(Task, "m")} == set(kept)
    store.close()


def test_of_operations_with_large_results_fewer_are_kept(tmp_path: Path):
    store, output = Store(tmp_path / "state.db"), "x" * (OPERATIONS_CHARACTERS // 10)
    with store.transaction() as tx:
        for number in range(2, 42, 2):
            tx.put("m", Operation(number, "x", 0.0, (number + 1,)))
            results: dict[str, object] = {"deep": {"in": [output]}, "return-code": 0}
            task = Task(number + 1, number, "a/0", "x", 0.0, status="completed", results=results)
            tx.put("m", task)
        _forget_the_oldest(tx, "m")
    kept = sorted(operation.id for operation in store.all(Operation, "m"))
    assert kept == [*range(24, 42, 2)]
    assert {task.operation for task in store.all(Task, "m")} == set(kept)
    store.close()


def test_the_newest_operation_is_kept_whatever_its_results(tmp_path: Path):
    store, output = Store(tmp_path / "state.db"), "x" * OPERATIONS_CHARACTERS
    with store.transaction() as tx:
        for number in (2, 4):
            tx.put("m", Operation(number, "x", 0.0, (number + 1,)))
            results: dict[str, object] = {"stdout": output}
            task = Task(number + 1, number, "a/0", "x", 0.0, status="completed", results=results)
            tx.put("m", task)
        _forget_the_oldest(tx, "m")
    assert [operation.id for operation in store.all(Operation, "m")] == [4]
    store.close()


def test_the_log_of_an_action_that_runs_is_shown_and_forgotten_with_it(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    journal = Journal(store.database)
    with store.transaction() as tx:
        tx.put("m", Operation(2, "x", 0.0, (3,)))
        tx.put("m", Task(3, 2, "a/0", "x", 0.0, status="running"))
        tx.also(action_log_statement("m", "3", float(at), f"line {at}") for at in range(3))
    site = SimpleNamespace(journal=journal)
    asked = SimpleNamespace(
        store=store, model=lambda: SimpleNamespace(uuid="m"), service=SimpleNamespace(site=site)
    )
    shown: Any = asyncio.run(show_task(cast(Session, asked), "3", 0.0, (0, "UTC")))
    assert [line.partition(" UTC ")[2] for line in shown["log"]] == ["line 0", "line 1", "line 2"]
    with store.transaction() as tx:
        tx.put("m", Task(3, 2, "a/0", "x", 0.0, status="completed"))
        for number in range(4, 2 * OPERATIONS + 4, 2):
            tx.put("m", Operation(number, "x", 0.0, ()))
        _forget_the_oldest(tx, "m")
    assert journal.read_action_log("m", "3") == []
    store.close()
