"""Resolver of a unit's next operation: what its charm was told, compared with what is true.

The order is Juju's (uniter): a failed hook, charm files, relation-created, leadership, secrets,
tasks, storage, install, upgrade-charm, config-changed, start, relations, update-status; a dying
unit departs its relations, then stop, storage-detaching and remove. There is no queue: several
changes that come before a hook are told by one hook.
"""

import hashlib
from collections.abc import Callable

from kafkastack.agent.operations import (
    InstallCharm,
    Join,
    LetGo,
    Operation,
    PlaceStorage,
    Retire,
    RunHook,
    RunTask,
    SkipHook,
    Wait,
)
from kafkastack.agent.relation_steps import next_in_relations, relation_hook, told_of
from kafkastack.agent.view import UnitView
from kafkastack.model.records import Hook, Storage, UnitState

COMMANDS_ACTION = "juju-exec"
_JITTER = 0.2
_LONGEST_RETRY = 300.0  # what is further away is due: the clock has been put back meanwhile

Rule = Callable[[UnitState, UnitView], Operation | None]


def next_operation(state: UnitState, view: UnitView) -> Operation:
    """Return the first operation that a rule asks for, else when to look again."""
    for rule in RULES_ALIVE if view.life == "alive" else RULES_DYING:
        operation = rule(state, view)
        if operation is not None:
            return operation
    return Wait(_wake_at(state, view))


def _retire(state: UnitState, view: UnitView) -> Operation | None:
    is_stuck = state.failed or state.rerun_at
    return Retire() if state.removed or (view.forced and is_stuck) else None


def _rerun(state: UnitState, view: UnitView) -> Operation | None:
    # Set when the agent was killed while the hook ran, or the hook was terminated.
    if state.running is None:
        return None
    is_due = not 0 < state.rerun_at - view.now <= _LONGEST_RETRY
    return RunHook(state.running) if is_due else Wait(state.rerun_at)


def _charm_files(state: UnitState, view: UnitView) -> Operation | None:
    return InstallCharm(view.charm) if state.charm != view.charm else None


def _forced_charm_files(state: UnitState, view: UnitView) -> Operation | None:
    return _charm_files(state, view) if view.force_charm else None


def _failed(state: UnitState, view: UnitView) -> Operation | None:
    if state.failed is None:
        return None
    if view.resolved == "skip":
        return SkipHook(state.failed.hook)
    due = view.automatic_retry and not 0 < state.failed.retry_at - view.now <= _LONGEST_RETRY
    if view.resolved == "retry" or due:
        return RunHook(state.failed.hook, state.failed.attempts + 1)
    commands = next((t for t in view.tasks if t.action == COMMANDS_ACTION), None)
    if commands:
        return RunTask(commands.id)
    return Wait(state.failed.retry_at if view.automatic_retry else float("inf"))


def _storage_attached(state: UnitState, view: UnitView) -> Operation | None:
    for storage in view.storage:
        if storage.location and _is_held(storage) and storage.id not in state.storage:
            return RunHook(_storage_hook("storage-attached", storage))
    return None


def _storage_placed(state: UnitState, view: UnitView) -> Operation | None:
    missing = any(not s.location and _is_held(s) for s in view.storage)
    return PlaceStorage() if missing else None


def _storage_detached(state: UnitState, view: UnitView) -> Operation | None:
    for storage in view.storage:
        if _is_held(storage):
            continue
        if storage.id in state.storage:
            return RunHook(_storage_hook("storage-detaching", storage))
        return LetGo(storage.id)
    return None


def _is_held(storage: Storage) -> bool:
    return storage.life == "alive" and storage.attachment == "alive"


def _storage_hook(kind: str, storage: Storage) -> Hook:
    return Hook(kind, storage=storage.id, location=storage.location)


def _relation_created(state: UnitState, view: UnitView) -> Operation | None:
    if not state.installed:
        return None
    for relation in view.relations:
        told = told_of(state, relation.id)
        if relation.dying or told.created:
            continue
        if not told.joined:
            return Join(relation.id)
        return RunHook(relation_hook("relation-created", relation))
    return None


def _leadership(state: UnitState, view: UnitView) -> Operation | None:
    if not state.installed or (state.leader and view.is_leader):
        return None
    if view.is_leader:
        return RunHook(Hook("leader-elected"))
    if state.leader is False and state.leader_written == view.leader_written:
        return None
    return RunHook(Hook("leader-settings-changed", version=view.leader_written))


def _secrets(state: UnitState, view: UnitView) -> Operation | None:
    if state.installed and view.secret_hooks:
        return RunHook(view.secret_hooks[0])
    return None


def _tasks(state: UnitState, view: UnitView) -> Operation | None:
    return RunTask(view.tasks[0].id) if state.installed and view.tasks else None


def _install(state: UnitState, view: UnitView) -> Operation | None:
    if state.installed:
        return None
    return RunHook(Hook("install", version=view.modified))


def _upgrade(state: UnitState, view: UnitView) -> Operation | None:
    if (state.told_charm, state.told_modified) == (state.charm, view.modified):
        return None
    return RunHook(Hook("upgrade-charm", version=view.modified))


def _config_changed(state: UnitState, view: UnitView) -> Operation | None:
    if state.config_hash == view.config_hash:
        return None
    return RunHook(Hook("config-changed", digest=view.config_hash))


def _start(state: UnitState, view: UnitView) -> Operation | None:
    return None if state.started else RunHook(Hook("start", version=view.boots))


def _rebooting(state: UnitState, view: UnitView) -> Operation | None:
    return Wait(float("inf")) if view.rebooting else None


def _rebooted(state: UnitState, view: UnitView) -> Operation | None:
    if not state.started or state.reboots_told == view.boots:
        return None
    return RunHook(Hook("start", version=view.boots))


def _subordinates_first(state: UnitState, view: UnitView) -> Operation | None:
    return Wait(float("inf")) if view.has_subordinates else None


def _never_installed(state: UnitState, view: UnitView) -> Operation | None:
    # Removed before its install hook: there is nothing to stop or to remove.
    return None if state.installed else Retire()


def _stop(state: UnitState, view: UnitView) -> Operation | None:
    return None if state.stopped else RunHook(Hook("stop"))


def _storage_detaching(state: UnitState, view: UnitView) -> Operation | None:
    told = [storage for storage in view.storage if storage.id in state.storage]
    return RunHook(_storage_hook("storage-detaching", told[0])) if told else None


def _remove(state: UnitState, view: UnitView) -> Operation | None:
    return RunHook(Hook("remove"))


def _update_status(state: UnitState, view: UnitView) -> Operation | None:
    due = _update_status_at(state, view)
    return RunHook(Hook("update-status")) if view.now >= due else None


def _update_status_at(state: UnitState, view: UnitView) -> float:
    """Spread the units of a model: the same unit gets the same jitter, ±20 %."""
    if state.last_update_status > view.now:
        return view.now  # the clock has been put back
    spread = hashlib.sha256(f"{view.unit}{state.last_update_status}".encode()).digest()[0] / 255
    factor = 1 - _JITTER + 2 * _JITTER * spread
    return state.last_update_status + view.update_status_seconds * factor


def _wake_at(state: UnitState, view: UnitView) -> float:
    return _update_status_at(state, view) if view.life == "alive" else float("inf")


RULES_ALIVE: tuple[Rule, ...] = (
    _rebooting,
    _rerun,
    _forced_charm_files,
    _failed,
    _rebooted,
    _charm_files,
    _relation_created,
    _leadership,
    _secrets,
    _tasks,
    _storage_placed,
    _storage_attached,
    _storage_detached,
    _install,
    _upgrade,
    _config_changed,
    _start,
    next_in_relations,
    _update_status,
)
RULES_DYING: tuple[Rule, ...] = (
    _retire,
    _rebooting,
    _subordinates_first,
    _rerun,
    _failed,
    _never_installed,
    _tasks,
    next_in_relations,
    _stop,
    _storage_detaching,
    _remove,
)
