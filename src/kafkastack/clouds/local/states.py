"""State of a service, decided and reported in systemd's words (pure)."""

from msgspec import Struct


class Activity(Struct, frozen=True):
    """ActiveState, SubState and Result of a unit."""

    active: str
    sub: str
    result: str = "success"


class UnitState(Struct, frozen=True):
    """What `systemctl show` tells of a unit."""

    name: str
    load: str
    activity: Activity
    file_state: str
    path: str
    description: str
    main_pid: int
    exit_status: int
    restarts: int

    @property
    def active(self) -> str:
        """ActiveState."""
        return self.activity.active

    @property
    def sub(self) -> str:
        """SubState."""
        return self.activity.sub


_RUNNING = Activity("active", "running")
_DEAD = Activity("inactive", "dead")
_STARTING = Activity("activating", "start")
_RETRYING = Activity("activating", "auto-restart", "exit-code")
_FAILED = Activity("failed", "failed", "exit-code")

_BY_SUPERVISOR = {
    "STARTING": _STARTING,
    "RUNNING": _STARTING,  # the script runs and has not taken the lock yet
    "BACKOFF": _RETRYING,
    "STOPPING": Activity("deactivating", "stop-sigterm"),
    "FATAL": _FAILED,
    "UNKNOWN": _FAILED,
}


def decide_activity(alive: bool, supervised: str, clean: bool) -> Activity:
    """Decide by the workload that holds the lock, then by what the supervisor waits for."""
    if alive:
        return _RUNNING
    if supervised == "EXITED":
        return _DEAD if clean else _FAILED
    return _BY_SUPERVISOR.get(supervised, _DEAD)


def properties(state: UnitState) -> dict[str, str]:
    """Return the properties of a unit, in the order in which `show` prints them."""
    return {
        "MainPID": str(state.main_pid),
        "ExecMainPID": str(state.main_pid),
        "ExecMainStatus": str(state.exit_status),
        "NRestarts": str(state.restarts),
        "Result": state.activity.result,
        "Id": state.name,
        "Names": state.name,
        "Description": state.description,
        "LoadState": state.load,
        "ActiveState": state.active,
        "SubState": state.sub,
        "FragmentPath": state.path,
        "UnitFileState": state.file_state,
    }


def describe(state: UnitState, output: str) -> str:
    """Render `systemctl status`: the heading, and the last lines of output."""
    loaded = f"{state.load} ({state.path}; {state.file_state})" if state.path else state.load
    lines = [
        f"● {state.name} - {state.description}",
        f"     Loaded: {loaded}",
        f"     Active: {state.active} ({state.sub})",
    ]
    if state.main_pid:
        lines.append(f"   Main PID: {state.main_pid}")
    return "\n".join([*lines, "", output]).rstrip() + "\n"
