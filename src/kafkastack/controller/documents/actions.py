"""Documents of `actions`, `run`, `exec`, `show-task`, `operations` and `show-operation`."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import cast

from kafkastack.controller.documents.facts import Document
from kafkastack.controller.documents.times import timing_text
from kafkastack.model.charm import ActionMeta, CharmMeta
from kafkastack.model.records import Operation, Task, tag_of

# Worst first: an operation is what its worst task is.
_WORST_FIRST = (
    "error",
    "failed",
    "aborted",
    "cancelled",
    "aborting",
    "running",
    "pending",
    "completed",
)


def actions_document(meta: CharmMeta) -> dict[str, str]:
    """Return each action with its description."""
    return {name: action.description for name, action in sorted(meta.actions.items())}


def actions_schema_document(meta: CharmMeta) -> Document:
    """Return each action with the JSON schema of its parameters."""
    return {name: _schema(action) for name, action in sorted(meta.actions.items())}


def run_document(tasks: Sequence[Task], timezone: tzinfo) -> Document:
    """Return finished tasks by unit, as `run --format json` prints them."""
    return {task.unit: task_document(task, timezone) for task in tasks}


def task_document(task: Task, timezone: tzinfo) -> Document:
    """Return one task with its results, dotted keys as nested maps."""
    shown: Document = {
        "id": str(task.id),
        "log": [f"{timing_text(at, timezone)} {text}" for at, text in task.log],
        "message": task.message,
        "results": nested(task.results),
        "status": task.status,
        "timing": _timing(task, timezone),
        tag_of(task.unit).partition("-")[0]: task.unit,  # "unit" or "machine"
    }
    return {key: value for key, value in shown.items() if value or key == "results"}


def operation_document(operation: Operation, tasks: Sequence[Task], timezone: tzinfo) -> Document:
    """Return an operation with its tasks, as `show-operation` prints it."""
    mine = sorted((t for t in tasks if t.operation == operation.id), key=lambda task: task.id)
    shown: Document = {"summary": operation.summary, "status": status_of(mine)}
    if mine:
        parameters = nested(mine[0].parameters)
        shown["action"] = {"name": mine[0].action, "parameters": parameters}
    shown["timing"] = _span(operation, mine, timezone)
    shown["tasks"] = {str(task.id): _task_of(task, timezone) for task in mine}
    return shown


def operations_document(
    operations: Sequence[Operation], tasks: Sequence[Task], timezone: tzinfo
) -> Document:
    """Return all operations by id, as `operations` prints them."""
    ordered = sorted(operations, key=lambda operation: operation.id)
    return {str(o.id): operation_document(o, tasks, timezone) for o in ordered}


def nested(values: Mapping[str, object]) -> Document:
    """Return values with dotted keys as maps in maps: {"a.b": 1} → {"a": {"b": 1}}."""
    result: Document = {}
    for path, value in sorted(values.items()):
        *folders, name = path.split(".")
        place = result
        for folder in folders:
            inner = place.get(folder)
            place[folder] = inner if isinstance(inner, dict) else {}
            place = cast(Document, place[folder])
        place[name] = nested(cast(Document, value)) if isinstance(value, dict) else value
    return result


def _schema(action: ActionMeta) -> Document:
    shown: Document = {
        "additionalProperties": action.additional_properties,
        "description": action.description,
        "properties": dict(sorted(action.params.items())),
    }
    if action.required:
        shown["required"] = list(action.required)
    return shown | {"title": action.name, "type": "object"}


def _timing(task: Task, timezone: tzinfo) -> Document:
    moments = {"completed": task.completed, "enqueued": task.enqueued, "started": task.started}
    return {name: timing_text(at, timezone) for name, at in moments.items() if at}


def _span(operation: Operation, tasks: Sequence[Task], timezone: tzinfo) -> Document:
    started = [task.started for task in tasks if task.started]
    moments = {"enqueued": operation.enqueued, "started": min(started, default=0.0)}
    if tasks and all(task.completed for task in tasks):
        moments["completed"] = max(task.completed for task in tasks)
    return {name: timing_text(at, timezone) for name, at in moments.items() if at}


def _task_of(task: Task, timezone: tzinfo) -> Document:
    shown = task_document(task, timezone)
    return {"host": task.unit} | {
        k: v for k, v in shown.items() if k not in ("id", "unit", "machine")
    }


def status_of(tasks: Sequence[Task]) -> str:
    """Return the status of an operation: that of its worst task."""
    return min((task.status for task in tasks), key=_WORST_FIRST.index, default="pending")
