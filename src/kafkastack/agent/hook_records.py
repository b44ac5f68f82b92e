"""Records of a charm's programs that have run: name, reason, duration, and the way it ended."""

import signal

from kafkastack.agent.dispatcher import Outcome
from kafkastack.agent.resolver import COMMANDS_ACTION
from kafkastack.hooktools.context import HookContext
from kafkastack.model.records import Task
from kafkastack.store.journal import HookRecord

# A record is small, whatever a charm does.
_TRACEBACK_LINES = 30
_TRACEBACK_CHARACTERS = 8000
_MEMORY = "if nobody sent it, the host ran out of memory: its kernel's log tells (dmesg)"


def record_of(
    context: HookContext, outcome: Outcome, started: float, seconds: float
) -> HookRecord:
    """Return the record of a hook, an action or commands, with the traceback of a failure."""
    name, kind, subject = _named(context)
    return HookRecord(
        context.unit_name,
        name,
        started,
        seconds,
        outcome.returncode,
        tuple(context.calls),
        kind,
        subject,
        traceback_of(context, outcome) if outcome.returncode else "",
    )


def traceback_of(context: HookContext, outcome: Outcome) -> str:
    """Return the last lines that a failed program has printed or logged, scrubbed."""
    text = context.errors or context.scrub(outcome.stderr)
    lines = text.splitlines()[-_TRACEBACK_LINES:]
    return "\n".join([*lines, *last_words(outcome)])[-_TRACEBACK_CHARACTERS:]


def last_words(outcome: Outcome) -> list[str]:
    """Return what there is to say of a program that a signal gave no last word."""
    if outcome.terminated or not outcome.signal:
        return []
    said = f"the process was ended by {outcome.signal}"
    return [f"{said}; {_MEMORY}" if outcome.returncode == -signal.SIGKILL else said]


def _named(context: HookContext) -> tuple[str, str, str]:
    if context.hook:
        return context.hook.name, "hook", context.hook.subject
    if context.task:
        return _task(context.task)
    return COMMANDS_ACTION, "exec", ""


def _task(task: Task) -> tuple[str, str, str]:
    kind = "exec" if task.action == COMMANDS_ACTION else "action"
    return task.action, kind, f"task {task.id}"
