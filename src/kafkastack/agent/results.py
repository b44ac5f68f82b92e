"""What becomes of an action or a command: its task with status, message and results."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import cast

from kafkastack.agent.dispatcher import Outcome
from kafkastack.hooktools.context import HookContext
from kafkastack.model.records import Task


def finished(
    task: Task, context: HookContext, outcome: Outcome, failure: str | None, now: float
) -> Task:
    """Return the task as it ended; `failure` is what the charm, or its commit, complained of."""
    status = "failed" if failure is not None or outcome.returncode else "completed"
    results: dict[str, object] = {**nested(context.results), "return-code": outcome.returncode}
    results |= {k: v for k, v in asdict(outcome).items() if k != "returncode" and v}
    message = failure or (f"exit status {outcome.returncode}" if outcome.returncode else "")
    return replace(
        task,
        status=status,
        message=message,
        results=results,
        log=tuple(context.messages),
        completed=now,
    )


def interrupted(task: Task, now: float) -> Task:
    """Return a task whose agent was killed: what has run of it is not known, so it has failed."""
    return replace(task, status="failed", message="action terminated", completed=now)


def nested(results: Mapping[str, str]) -> dict[str, object]:
    """Turn dotted keys ("a.b") into maps, as Juju stores an action's results."""
    tree: dict[str, object] = {}
    for key, value in results.items():
        *folders, name = key.split(".")
        place = tree
        for folder in folders:
            inner = place.setdefault(folder, {})
            place = cast(dict[str, object], inner) if isinstance(inner, dict) else place
        place[name] = value
    return tree
