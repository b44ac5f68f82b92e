"""API of operations and their tasks: order, wait, look, cancel."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from msgspec.structs import replace

from kafkastack.controller.api.kinds import Seconds, Zone
from kafkastack.controller.api.session import Session, listing
from kafkastack.controller.documents import (
    actions_document,
    actions_schema_document,
    operation_document,
    operations_document,
    run_document,
    task_document,
)
from kafkastack.controller.documents.operation_filter import OperationFilter
from kafkastack.controller.documents.times import zone_of
from kafkastack.errors import NotFoundError, TimeoutExceededError
from kafkastack.model.bounds import (
    LINE_CHARACTERS,
    OPERATIONS,
    OPERATIONS_CHARACTERS,
    TASK_CHARACTERS,
)
from kafkastack.model.parameters import get_action
from kafkastack.model.records import ENDED, Operation, Task, tag_of
from kafkastack.store.journal import forget_action_log_statement
from kafkastack.store.numbers import next_number
from kafkastack.store.store import Transaction


class Order(NamedTuple):
    """One task to be: who runs what, with which parameters."""

    receiver: str
    action: str
    parameters: Mapping[str, Any]


async def operate(
    s: Session, orders: Sequence[Order], refused: list[str], wait: Seconds, zone: Zone
) -> dict[str, Any]:
    """Record an operation with its tasks and wait for them; `wait` 0 does not.

    Returns "operation" and "refused", the ended "tasks" by receiver, and who is "late".
    """
    model, tasks = s.model().uuid, list[Task]()
    with s.store.transaction() as tx:
        number = next_number(tx, model, "operation") + 1
        for order in orders:
            task = next_number(tx, model, "operation") + 1
            given = dict(order.parameters)
            tasks.append(Task(task, number, order.receiver, order.action, s.now, given))
            tx.put(model, tasks[-1])
        if tasks:
            numbers = tuple(task.id for task in tasks)
            tx.put(model, Operation(number, _summary(orders), s.now, numbers))
        _forget_the_oldest(tx, model)
    told = {"operation": number, "tasks": [[t.id, tag_of(t.unit)] for t in tasks]}
    if tasks:
        await s.progress(told)
    late = await _late(s, model, tasks, wait) if wait > 0 else []
    records = [s.store.get(Task, model, task.key) for task in tasks]
    ended = run_document([r for r in records if r.status in ENDED], zone_of(*zone))
    return told | {"refused": refused, "results": ended, "late": late}


async def actions(s: Session, application: str, schema: bool) -> dict[str, Any]:
    """Return the actions of an application: descriptions, or their schemas."""
    meta = s.meta(s.application(application))
    return actions_schema_document(meta) if schema else dict(actions_document(meta))


async def show_action(s: Session, application: str, action: str) -> dict[str, Any]:
    """Return the schema of one action."""
    meta = s.meta(s.application(application))
    get_action(meta, action)
    return {"schema": actions_schema_document(meta)[action]}


async def operations(s: Session, wanted: OperationFilter, zone: Zone) -> dict[str, Any]:
    """Return the operations that a filter leaves, by id."""
    model = s.model().uuid
    tasks = _with_logs(s, s.store.all(Task, model))
    chosen = wanted.choose(s.store.all(Operation, model), tasks)
    return operations_document(chosen, tasks, zone_of(*zone))


async def show_operation(s: Session, operation: str, wait: Seconds, zone: Zone) -> dict[str, Any]:
    """Return an operation with its tasks; `wait` waits so long for their ends."""
    model = s.model().uuid
    record = s.store.find(Operation, model, operation)
    if record is None:
        known = [o.key for o in s.store.all(Operation, model)]
        raise NotFoundError(
            f'operation "{operation}" not found',
            listing("there are", known, none="nothing was asked for yet"),
        )
    tasks = [t for t in s.store.all(Task, model) if t.operation == record.id]
    if wait > 0:
        await _late(s, model, tasks, wait)
    tasks = [t for t in s.store.all(Task, model) if t.operation == record.id]
    return operation_document(record, _with_logs(s, tasks), zone_of(*zone))


async def show_task(s: Session, task: str, wait: Seconds, zone: Zone) -> dict[str, Any]:
    """Return a task with its results; `wait` waits so long for its end."""
    model, record = s.model().uuid, _task(s, task)
    if wait > 0:
        await _late(s, model, [record], wait)
    (shown,) = _with_logs(s, [s.store.get(Task, model, record.key)])
    return task_document(shown, zone_of(*zone))


async def cancel_task(s: Session, tasks: list[str], zone: Zone) -> dict[str, Any]:
    """Cancel tasks that have not begun, and abort those that run; returns them by id."""
    model = s.model().uuid
    records = [_task(s, task) for task in tasks]
    changed = [after for record in records if (after := _cancelled(record, s.now)) != record]
    with s.store.transaction() as tx:
        for task in changed:
            tx.put(model, task)
    return {t.key: task_document(t, zone_of(*zone)) for t in _with_logs(s, changed)}


def _cancelled(task: Task, now: float) -> Task:
    if task.status == "pending":
        return replace(task, status="cancelled", completed=now)
    return replace(task, status="aborting") if task.status == "running" else task


def _task(s: Session, name: str) -> Task:
    model = s.model().uuid
    record = s.store.find(Task, model, name)
    if record is None:
        known = [task.key for task in s.store.all(Task, model)]
        raise NotFoundError(
            f'task "{name}" not found',
            listing("there are", known, none="nothing was asked for yet"),
        )
    return record


def _forget_the_oldest(tx: Transaction, model: str) -> None:
    """Keep a controller that is asked for years from holding all it ever did."""
    newest, characters = sorted(tx.all(Operation, model), key=lambda o: o.id, reverse=True), 0
    for number, operation in enumerate(newest):
        tasks = [t for task in operation.tasks if (t := tx.find(Task, model, str(task)))]
        characters += sum(_weight(task) for task in tasks)
        is_beyond = number >= OPERATIONS or (number and characters > OPERATIONS_CHARACTERS)
        if is_beyond and all(task.status in ENDED for task in tasks):
            for record in (*tasks, operation):
                tx.delete(model, record)
            tx.also(forget_action_log_statement(model, task.key) for task in tasks)


def _weight(task: Task) -> int:
    log = sum(LINE_CHARACTERS + len(line) for _, line in task.log)
    return TASK_CHARACTERS + _characters(task.parameters) + _characters(task.results) + log


def _characters(value: object) -> int:
    """Return how many characters are in a value of JSON."""
    match value:
        case str():
            return len(value)
        case dict():
            pairs = cast(Mapping[str, object], value).items()
            return sum(len(key) + _characters(inner) for key, inner in pairs)
        case list():
            return sum(map(_characters, cast(Sequence[object], value)))
        case _:
            return 1


def _summary(orders: Sequence[Order]) -> str:
    receivers = ",".join(tag_of(order.receiver) for order in orders)
    return f"{orders[0].action} run on {receivers}"


def _with_logs(s: Session, tasks: Sequence[Task]) -> list[Task]:
    return [replace(task, log=tuple(_log_of(s, task))) for task in tasks]


def _log_of(s: Session, task: Task, skip: int = 0) -> Sequence[tuple[float, str]]:
    """Return the log of a task but for its first lines; its record has it once it has ended."""
    running = max(skip - len(task.log), 0)
    lines = s.service.site.journal.read_action_log(s.model().uuid, task.key, running)
    return [*task.log[skip:], *lines]


async def _late(s: Session, model: str, tasks: Sequence[Task], seconds: float) -> list[str]:
    """Wait for tasks while telling their log lines; return who had not ended in time."""
    told: dict[str, int] = {task.key: len(_log_of(s, task)) for task in tasks}

    def records() -> list[Task]:
        return [r for task in tasks if (r := s.store.find(Task, model, task.key))]

    def news() -> list[tuple[float, str]]:
        lines = list[tuple[float, str]]()
        for record in records():
            found = _log_of(s, record, told[record.key])
            told[record.key] += len(found)
            lines += found
        return lines

    def open_tasks() -> list[str]:
        return [r.unit for r in records() if r.status not in ENDED]

    async def tell() -> None:
        if lines := news():
            await s.progress({"log": lines})

    try:
        await s.wait(lambda: not open_tasks(), seconds, lambda: "", each=tell)
    except TimeoutExceededError:
        return open_tasks()
    await tell()
    return []
