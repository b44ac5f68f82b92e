"""Outcome of a hook that has succeeded: UnitState before → UnitState after."""

from collections.abc import Callable

from msgspec.structs import replace

from kafkastack.model.records import FailedHook, Hook, RelationState, UnitState

_FIRST_RETRY_SECONDS = 5.0
_FIRST_RERUN_SECONDS = 2.0
_LAST_RETRY_SECONDS = 300.0


def retry_seconds(attempt: int) -> float:
    """Return how long after a failure a hook is tried again: twice as long each time."""
    return _doubled(_FIRST_RETRY_SECONDS, attempt)


def rerun_seconds(times: int) -> float:
    """Return how long after its nth termination in a row a hook is run again."""
    return _doubled(_FIRST_RERUN_SECONDS, times)


def _doubled(first: float, attempt: int) -> float:
    doubled = min(attempt - 1, 10)  # a hook that fails for days has thousands of attempts
    return min(first * 2**doubled, _LAST_RETRY_SECONDS)


def after_hook(state: UnitState, hook: Hook, now: float) -> UnitState:
    """Return the state with `hook` told; no hook is running or failed any more."""
    told = _OUTCOMES.get(hook.kind, _same)(state, hook)
    if hook.kind in ("update-status", "start"):
        told = replace(told, last_update_status=now)
    return replace(told, running=None, failed=None, terminations=0, rerun_at=0.0)


def after_failure(state: UnitState, failed: FailedHook) -> UnitState:
    """Return the state with a hook that has failed; none is running any more."""
    return replace(state, running=None, failed=failed, terminations=0, rerun_at=0.0)


def after_termination(state: UnitState, now: float) -> UnitState:
    """Return the state with the hook that was terminated to be run again, later each time."""
    times = state.terminations + 1
    return replace(state, terminations=times, rerun_at=now + rerun_seconds(times))


def after_charm(state: UnitState, charm: str) -> UnitState:
    """Return the state with other charm files; those forced upon an error are not told of."""
    told = charm if state.failed else state.told_charm
    return replace(state, charm=charm, told_charm=told)


def _same(state: UnitState, hook: Hook) -> UnitState:
    return state


def _installed(state: UnitState, hook: Hook) -> UnitState:
    return replace(_told_charm(state, hook), installed=True)


def _upgraded(state: UnitState, hook: Hook) -> UnitState:
    """Note the charm; config-changed follows whatever the config is, as in Juju."""
    return replace(_told_charm(state, hook), config_hash="")


def _told_charm(state: UnitState, hook: Hook) -> UnitState:
    return replace(state, told_charm=state.charm, told_modified=hook.version)


def _started(state: UnitState, hook: Hook) -> UnitState:
    """Note the start; one after a reboot is followed by config-changed, as in Juju."""
    config_hash = "" if state.started else state.config_hash
    return replace(state, started=True, reboots_told=hook.version, config_hash=config_hash)


def _follows(state: UnitState, hook: Hook) -> UnitState:
    return replace(state, leader=False, leader_written=hook.version)


def _attached(state: UnitState, hook: Hook) -> UnitState:
    return replace(state, storage=tuple(sorted({*state.storage, hook.storage})))


def _detached(state: UnitState, hook: Hook) -> UnitState:
    return replace(state, storage=tuple(s for s in state.storage if s != hook.storage))


def _relation(
    change: Callable[[RelationState, Hook], RelationState],
) -> Callable[[UnitState, Hook], UnitState]:
    def outcome(state: UnitState, hook: Hook) -> UnitState:
        key = str(hook.relation)
        told = change(state.relations.get(key, RelationState()), hook)
        return replace(state, relations={**state.relations, key: told})

    return outcome


def _created(told: RelationState, hook: Hook) -> RelationState:
    return replace(told, created=True)


def _joined(told: RelationState, hook: Hook) -> RelationState:
    members = {**told.members, hook.remote_unit: hook.version}
    return replace(told, members=members, changed_pending=hook.remote_unit)


def _changed(told: RelationState, hook: Hook) -> RelationState:
    if not hook.remote_unit:
        applications = {**told.applications, hook.remote_application: hook.version}
        return replace(told, applications=applications)
    members = {**told.members, hook.remote_unit: hook.version}
    return replace(told, members=members, changed_pending="")


def _departed(told: RelationState, hook: Hook) -> RelationState:
    members = {unit: v for unit, v in told.members.items() if unit != hook.remote_unit}
    return replace(told, members=members)


def _broken(state: UnitState, hook: Hook) -> UnitState:
    relations = {k: told for k, told in state.relations.items() if k != str(hook.relation)}
    return replace(state, relations=relations)


_OUTCOMES: dict[str, Callable[[UnitState, Hook], UnitState]] = {
    "install": _installed,
    "upgrade-charm": _upgraded,
    "config-changed": lambda state, hook: replace(state, config_hash=hook.digest),
    "start": _started,
    "stop": lambda state, hook: replace(state, stopped=True),
    "remove": lambda state, hook: replace(state, removed=True),
    "leader-elected": lambda state, hook: replace(state, leader=True),
    "leader-settings-changed": _follows,
    "storage-attached": _attached,
    "storage-detaching": _detached,
    "relation-created": _relation(_created),
    "relation-joined": _relation(_joined),
    "relation-changed": _relation(_changed),
    "relation-departed": _relation(_departed),
    "relation-broken": _broken,
}
