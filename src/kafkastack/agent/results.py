"""What becomes of an action or a command: its task with status, message and results."""

from collections.abc import Mapping
from typing import cast

from msgspec.structs import asdict, replace

from kafkastack.agent.dispatcher import Outcome
from kafkastack.hooktools.context import HookContext
from kafkastack.model.records import Task


def finished(
    task: Task,
    context: HookContext,
    outcome: Outcome,
    failure: str | None,
    now: float,
    *,
    aborted: bool = False,
) -> Task:
    """Return the task as it ended; `failure` is what the charm, or its commit, complained of."""
    ended = command_finished(task, outcome, now, aborted=aborted)
    results: dict[str, object] = {**nested(context.results), **ended.results}
    ended = replace(ended, results=results, log=tuple(context.messages))
    if failure is None or aborted:
        return ended
    return replace(ended, status="failed", message=failure or ended.message)


def command_finished(task: Task, outcome: Outcome, now: float, *, aborted: bool = False) -> Task:
    """Return the task of a program as it ended; one that was cancelled is aborted."""
    code = outcome.returncode
    results: dict[str, object] = {"return-code": code}
    results |= {k: v for k, v in asdict(outcome).items() if k != "returncode" and v}
    if aborted:
        return replace(
            task, status="aborted", message="action aborted", results=results, completed=now
        )
    return replace(
        task,
        status="failed" if code else "completed",
        message=f"exit status {code}" if code else "",
        results=results,
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
