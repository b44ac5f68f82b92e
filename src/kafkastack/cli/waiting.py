"""wait-for, wait-idle, advance-time."""

import sys
from collections.abc import Mapping

from kafkastack.cli.session import model_target, seconds
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed

# What is waited for where no query is given, as in Juju.
_GOALS: Mapping[str, str] = {
    "application": 'life=="alive" && status=="active"',
    "machine": 'life=="alive" && status=="started"',
    "model": 'life=="alive" && status=="available"',
    "unit": 'life=="alive" && workload-status=="active"',
}


def wait_for(parsed: Parsed) -> int:
    """Wait until an application, a unit, a machine or a model is as wanted."""
    kind, name = parsed.positional
    if kind not in _GOALS:
        raise UsageError(
            f'cannot wait for "{kind}"', f"wait for one of: {', '.join(sorted(_GOALS))}"
        )
    target = model_target(parsed, name if kind == "model" else "")
    target.call(
        "wait-for",
        progress=_tell if parsed.is_set("summary") else _ignore,
        kind=kind,
        name=target.model if kind == "model" else name,
        query=parsed["query"] or _GOALS[kind],
        timeout=seconds(parsed["timeout"]),
    )
    return 0


def wait_idle(parsed: Parsed) -> int:
    """Wait until nothing is left to do."""
    model_target(parsed).call(
        "wait-idle",
        progress=_tell_left if parsed.is_set("summary") else _ignore,
        applications=list(parsed.positional),
        timeout=seconds(parsed["timeout"]),
        allow_blocked=parsed.is_set("allow-blocked"),
    )
    return 0


def advance_time(parsed: Parsed) -> int:
    """Advance a test model's clock."""
    import time

    amount = seconds(parsed.positional[0])
    now = model_target(parsed).call("advance-time", amount=amount)
    print(time.strftime("%Y-%m-%d %H:%M:%S%z", time.localtime(now)))
    return 0


def _tell_left(text: str) -> None:
    _tell(f"waiting: {text}")


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


def _ignore(_: str) -> None:
    return
