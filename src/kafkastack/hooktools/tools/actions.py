"""action-get, action-set, action-fail, action-log."""

import re
from collections.abc import Mapping
from typing import Any, cast

from kafkastack.errors import UsageError
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.settings import pairs
from kafkastack.model.bounds import (
    ACTION_LOG_CHARACTERS,
    LINE_CHARACTERS,
    RESULTS,
    RESULTS_CHARACTERS,
    check_many,
    shortened,
)
from kafkastack.model.records import Task
from kafkastack.store.journal import action_log_statement

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_DEEPEST = 32  # names in a key: each dot is a level of what is kept and shown
_RESERVED = ("stdout", "stdout-encoding", "stderr", "stderr-encoding")
_NO_MORE = "… the log of an action holds no more than this"
_NO_REASON = "action failed without reason given, check action for errors"


def _task(context: HookContext) -> Task:
    if context.task is None:
        raise ToolError("not running an action")
    return context.task


async def action_get(context: HookContext, call: Call) -> str:
    """Print a parameter ("a.b" looks into maps), or all of them."""
    parsed = call.parse_output(most=1)
    value: Any = _task(context).parameters
    for key in parsed.positional[0].split(".") if parsed.positional else ():
        value = cast(dict[str, Any], value).get(key) if isinstance(value, dict) else None
    return write(value, parsed["format"])


async def action_set(context: HookContext, call: Call) -> str:
    """Set results; dotted keys make maps."""
    results = pairs(call.parse().positional)
    _task(context)
    for key in results:
        _check_key(key)
    results = context.results | results
    _check_size(results)
    context.results = results
    return ""


def _check_size(results: Mapping[str, str]) -> None:
    check_many("results of the action", results, RESULTS)
    size = sum(len(key) + len(value) for key, value in results.items())
    if size > RESULTS_CHARACTERS:
        raise ToolError(
            f"the results of the action have {size:,} characters: at most {RESULTS_CHARACTERS:,}: "
            "put them into a file of the unit, and where it is into the results"
        )


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise UsageError(
            f'key "{key}" must start and end with lowercase alphanumeric, '
            "and contain only lowercase alphanumeric, hyphens and periods"
        )
    if key.count(".") >= _DEEPEST:
        raise UsageError(f'key "{key[:64]}…" has more than {_DEEPEST} names')
    if key in _RESERVED:
        raise UsageError(f'cannot set reserved action key "{key}"')


async def action_fail(context: HookContext, call: Call) -> str:
    """Mark the action as failed, with a message."""
    words = call.parse().positional
    _task(context)
    context.failure = shortened(" ".join(words)) or _NO_REASON
    return ""


async def action_log(context: HookContext, call: Call) -> str:
    """Tell the person who waits, at once."""
    message = shortened(context.scrub(" ".join(call.parse().positional)))
    task = _task(context)
    if context.characters > ACTION_LOG_CHARACTERS:
        return ""
    context.characters += len(message) + LINE_CHARACTERS
    if context.characters > ACTION_LOG_CHARACTERS:
        message = _NO_MORE
    line = (context.environment.now(), message)
    context.messages.append(line)
    with context.environment.store.transaction() as tx:
        if tx.find(Task, context.model, task.key):
            tx.also([action_log_statement(context.model, task.key, *line)])
    return ""


TOOLS = {
    "action-fail": action_fail,
    "action-get": action_get,
    "action-log": action_log,
    "action-set": action_set,
}
