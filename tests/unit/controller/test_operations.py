"""A controller that is asked for years does not remember all it was ever asked."""

from pathlib import Path

from kafkastack.controller.api.operations import _KEPT, _forget_the_oldest
from kafkastack.model.records import Operation, Task, TaskStatus
from kafkastack.store.store import Store


def test_the_oldest_operations_are_forgotten_once_they_have_ended(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    with store.transaction() as tx:
        for number in range(2, 2 * (_KEPT + 3) + 1, 2):
            status: TaskStatus = "running" if number == 4 else "completed"
            tx.put("m", Operation(number, "x", 0.0, (number + 1,)))
            tx.put("m", Task(number + 1, number, "a/0", "x", 0.0, status=status))
        _forget_the_oldest(tx, "m")
    kept = sorted(operation.id for operation in store.all(Operation, "m"))
    assert kept[0] == 4, "what runs is kept"
    assert len(kept) == _KEPT + 1 and kept[1] == 8
    assert {task.operation for task in store.all(Task, "m")} == set(kept)
    store.close()
