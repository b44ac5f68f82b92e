"""Results of an action or a command: its task with status, message and results."""

from collections.abc import Mapping
from typing import cast

from msgspec.structs import replace

from kafkastack.agent.dispatcher import Outcome
from kafkastack.hooktools.context import HookContext
from kafkastack.model.records import Task

TERMINATED = "action terminated"  # how far it came is not known


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


def refused(task: Task, context: HookContext, outcome: Outcome, reason: str, now: float) -> Task:
    """Return a task whose commit failed; its results may be what cannot be kept."""
    ended = replace(command_finished(task, outcome, now), log=tuple(context.messages))
    return replace(ended, status="failed", message=reason)


def command_finished(task: Task, outcome: Outcome, now: float, *, aborted: bool = False) -> Task:
    """Return the task of a program as it ended; one that was cancelled is aborted."""
    code = outcome.exit_status
    streams = {"stdout": outcome.stdout, "stderr": outcome.stderr}
    results: dict[str, object] = {"return-code": code, **{k: v for k, v in streams.items() if v}}
    if aborted:
        return replace(
            task, status="aborted", message="action aborted", results=results, completed=now
        )
    return replace(
        task,
        status="failed" if code else "completed",
        message=_complaint(outcome),
        results=results,
        completed=now,
    )


def _complaint(outcome: Outcome) -> str:
    if outcome.lost:
        return TERMINATED
    if outcome.signal:
        return f"ended by {outcome.signal}"
    return f"exit status {outcome.returncode}" if outcome.returncode else ""


def interrupted(task: Task, now: float, reason: str = TERMINATED) -> Task:
    """Return a task whose agent was killed, or could not run it: as far as known it has failed."""
    return replace(task, status="failed", message=reason, completed=now)


def nested(results: Mapping[str, str]) -> dict[str, object]:
    """Turn dotted keys ("a.b") into maps, as Juju stores an action's results.

    A map takes the place of a value that was there before it.
    """
    tree: dict[str, object] = {}
    for key, value in results.items():
        *folders, name = key.split(".")
        place = tree
        for folder in folders:
            if not isinstance(place.get(folder), dict):
                place[folder] = {}
            place = cast(dict[str, object], place[folder])
        place[name] = value
    return tree
