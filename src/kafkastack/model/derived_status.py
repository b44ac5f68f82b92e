"""Statuses that follow from other facts: an application's from its units, an error from a hook."""

from collections.abc import Sequence
from typing import Literal

from kafkastack.model.records import Hook, StatusInfo, Unit, UnitState

# Worst first, as Juju 3.6 ranks them; anything else ranks below unknown.
_WORST_FIRST = ("error", "blocked", "waiting", "maintenance", "active", "terminated", "unknown")

Moment = Literal[
    "unit-waiting",
    "unit-installing",
    "unit-charm",
    "unit-unknown",
    "agent-allocating",
    "agent-idle",
    "agent-lost",
    "machine-pending",
    "machine-running",
    "machine-failed",
    "machine-agent-pending",
    "machine-agent-started",
    "machine-agent-down",
    "machine-agent-stopped",
]

INITIAL: dict[Moment, tuple[str, str]] = {
    "unit-waiting": ("waiting", "waiting for machine"),
    "unit-installing": ("waiting", "installing agent"),
    "unit-charm": ("maintenance", "installing charm software"),
    "unit-unknown": ("unknown", ""),
    "agent-allocating": ("allocating", ""),
    "agent-idle": ("idle", ""),
    "agent-lost": ("lost", "agent is not communicating with the server"),
    "machine-pending": ("pending", ""),
    "machine-running": ("running", "Running"),
    "machine-failed": ("provisioning error", ""),
    "machine-agent-pending": ("pending", ""),
    "machine-agent-started": ("started", ""),
    "machine-agent-down": ("down", "agent is not communicating with the server"),
    "machine-agent-stopped": ("stopped", ""),
}


def initial(moment: Moment, since: float) -> StatusInfo:
    """Return the status that Juju shows at a moment of a unit's or machine's life."""
    current, message = INITIAL[moment]
    return StatusInfo(current, message, since)


def application_status(own: StatusInfo | None, units: Sequence[StatusInfo]) -> StatusInfo:
    """Return what the leader has set, else the worst of the units', else unknown."""
    if own is not None and own.current not in ("", "unknown", "unset"):
        return own
    return min(units, key=_rank, default=own or StatusInfo("unknown"))


def workload_status(unit: Unit, state: UnitState | None) -> StatusInfo:
    """Return the unit's workload status; a failed hook hides what the charm has set."""
    if state is None or state.failed is None:
        return unit.workload
    if unit.workload.current == "error":
        return unit.workload
    return hook_failed(state.failed.hook, unit.agent.since)


def hook_failed(hook: Hook, since: float) -> StatusInfo:
    """Return the error of a unit whose hook did not succeed."""
    data = {"hook": hook.name}
    if hook.relation >= 0:
        data |= {"relation-id": str(hook.relation), "remote-unit": hook.remote_unit}
    return StatusInfo("error", f'hook failed: "{hook.name}"', since, data)


def running_hook(hook: Hook, since: float) -> StatusInfo:
    """Return the agent's status while it runs a hook."""
    return StatusInfo("executing", f"running {hook.name} hook", since)


def terminated_hook(hook: Hook, times: int, since: float) -> StatusInfo:
    """Return the agent's status while a hook that was terminated waits for its next run."""
    often = f", {times} times in a row" if times > 1 else ""
    return StatusInfo("executing", f"{hook.name} hook terminated{often}: to be run again", since)


def running_action(name: str, since: float) -> StatusInfo:
    """Return the agent's status while it runs an action."""
    return StatusInfo("executing", f"running action {name}", since)


def workload_before(workload: StatusInfo, hook: Hook, since: float) -> StatusInfo:
    """Return the workload status with which a hook begins: at the end Juju sets it itself."""
    current, message = _BEFORE_HOOK.get(hook.kind, (workload.current, workload.message))
    return _changed(workload, current, message, since)


def workload_after(workload: StatusInfo, hook: Hook, since: float) -> StatusInfo:
    """Return the workload status after a hook; unknown where a charm has begun and set none."""
    if hook.kind == "start" and (workload.current, workload.message) == INITIAL["unit-charm"]:
        return StatusInfo("unknown", "", since)
    current, message = _AFTER_HOOK.get(hook.kind, (workload.current, workload.message))
    return _changed(workload, current, message, since)


def _changed(workload: StatusInfo, current: str, message: str, since: float) -> StatusInfo:
    is_so = (workload.current, workload.message) == (current, message)
    return workload if is_so else StatusInfo(current, message, since)


_BEFORE_HOOK = {
    "stop": ("maintenance", "stopping charm software"),
    "remove": ("maintenance", "cleaning up prior to charm deletion"),
}
_AFTER_HOOK = {"stop": ("maintenance", ""), "remove": ("terminated", "")}


def _rank(status: StatusInfo) -> int:
    return _WORST_FIRST.index(status.current) if status.current in _WORST_FIRST else 99
