"""Progress of `run` and `exec` on stderr: the scheduled tasks, their log lines, the late ones."""

from __future__ import annotations

import time

from kafkastack.model.text import as_one_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document


def told_while_waiting(message: Document) -> str:
    """Return the lines for a message of the controller: an operation begun, or log lines."""
    if "log" in message:
        return "\n".join(_log_line(when, text) for when, text in message["log"])
    tasks = message["tasks"]
    title = f"Running operation {message['operation']} with {_counted(len(tasks))}"
    waiting = (f"Waiting for task {number}..." for number, _ in tasks)
    return "\n".join((title, *map(_listed, tasks), "", *waiting))


def told_in_background(message: Document) -> str:
    """Return the lines for an operation that nobody waits for."""
    operation, tasks = message["operation"], message["tasks"]
    look = f"Check operation status with 'kafkastack show-operation {operation}'"
    if len(tasks) == 1:
        number = tasks[0][0]
        title = f"Scheduled operation {operation} with task {number}"
        return f"{title}\n{look}\nCheck task status with 'kafkastack show-task {number}'"
    title = f"Scheduled operation {operation} with {_counted(len(tasks))}"
    return "\n".join(
        (title, *map(_listed, tasks), look, "Check task status with 'kafkastack show-task <id>'")
    )


def refused(answer: Document) -> str:
    """Return what could not be scheduled, and why."""
    left = f"{_counted(len(answer['refused']))}" if answer["tasks"] else "any tasks"
    title = f"Operation {answer['operation']} failed to schedule {left}:"
    return "\n".join((title, *answer["refused"]))


def late_tasks(answer: Document) -> str:
    """Return who has not answered in time, and what to look at."""
    names = ", ".join(f"{_kind(name)} {name}" for name in answer["late"])
    number = answer["operation"]
    advice = f"it goes on: kafkastack show-operation {number}; what hinders it: kafkastack status"
    return f"timed out waiting for results from: {names}\n{advice}"


def _listed(task: tuple[int, str]) -> str:
    return f"  - task {task[0]} on {task[1]}"


def _counted(number: int) -> str:
    return f"{number} task{'' if number == 1 else 's'}"


def _kind(receiver: str) -> str:
    return "machine" if receiver[0].isdigit() else "unit"


def _log_line(when: float, text: str) -> str:
    return f"{time.strftime('%H:%M:%S', time.localtime(when))} {as_one_record(text)}"
