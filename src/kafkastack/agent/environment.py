"""Environment of a hook, an action or a command: Juju's variables, from scratch."""

from collections.abc import Mapping

from msgspec import Struct, field

from kafkastack import JUJU_VERSION
from kafkastack.model.records import Hook, Task
from kafkastack.model.settings import effective

SOCKET_NETWORK = "unix"
_PROXIES = ("http-proxy", "https-proxy", "ftp-proxy", "no-proxy")


class Surroundings(Struct, frozen=True):
    """What is the same for every dispatch of a unit."""

    unit: str
    model_uuid: str
    model_name: str
    machine_id: str
    charm_dir: str
    tools_dir: str
    socket: str
    path: str
    base: dict[str, str]  # HOME, TMPDIR, LANG of the machine
    availability_zone: str = ""
    principal: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])  # of the model


def hook_environment(
    around: Surroundings, context_id: str, hook: Hook, remote_secret_label: str = ""
) -> dict[str, str]:
    """Return the environment of a hook."""
    variables = _environment(around, context_id, hook.name, f"hooks/{hook.name}")
    variables |= _relation_variables(hook)
    if hook.storage:
        variables["JUJU_STORAGE_ID"] = hook.storage
        variables["JUJU_STORAGE_LOCATION"] = hook.location
        variables["JUJU_STORAGE_KIND"] = "filesystem"
    if hook.secret:
        variables["JUJU_SECRET_ID"] = f"secret:{hook.secret}"
        variables["JUJU_SECRET_LABEL"] = remote_secret_label or hook.secret_label
        if hook.version:
            variables["JUJU_SECRET_REVISION"] = str(hook.version)
    return variables


def action_environment(around: Surroundings, context_id: str, task: Task) -> dict[str, str]:
    """Return the environment of an action."""
    variables = _environment(around, context_id, "", f"actions/{task.action}")
    variables["JUJU_ACTION_NAME"] = task.action
    variables["JUJU_ACTION_UUID"] = str(task.id)
    variables["JUJU_ACTION_TAG"] = f"action-{task.id}"
    return variables


def commands_environment(around: Surroundings, context_id: str) -> dict[str, str]:
    """Return the environment of commands run by `exec` or juju-exec."""
    return _environment(around, context_id, "", "")


def _relation_variables(hook: Hook) -> dict[str, str]:
    if hook.relation < 0:
        return {}
    variables = {
        "JUJU_RELATION": hook.endpoint,
        "JUJU_RELATION_ID": f"{hook.endpoint}:{hook.relation}",
        "JUJU_REMOTE_APP": hook.remote_application,
        "JUJU_REMOTE_UNIT": hook.remote_unit,
    }
    if hook.kind == "relation-departed":
        variables["JUJU_DEPARTING_UNIT"] = hook.departing_unit
    return variables


def _environment(
    around: Surroundings, context_id: str, hook_name: str, dispatch_path: str
) -> dict[str, str]:
    return {
        **around.base,
        "APT_LISTCHANGES_FRONTEND": "none",
        "DEBIAN_FRONTEND": "noninteractive",
        "LANG": "C.UTF-8",
        "TERM": "tmux-256color",
        "PATH": f"{around.tools_dir}:{around.path}",
        "CHARM_DIR": around.charm_dir,
        "JUJU_CHARM_DIR": around.charm_dir,
        "JUJU_CONTEXT_ID": context_id,
        "JUJU_HOOK_NAME": hook_name,
        "JUJU_DISPATCH_PATH": dispatch_path,
        "JUJU_AGENT_SOCKET_ADDRESS": around.socket,
        "JUJU_AGENT_SOCKET_NETWORK": SOCKET_NETWORK,
        "JUJU_UNIT_NAME": around.unit,
        "JUJU_MODEL_UUID": around.model_uuid,
        "JUJU_MODEL_NAME": around.model_name,
        "JUJU_API_ADDRESSES": "",
        "JUJU_MACHINE_ID": around.machine_id,
        "JUJU_PRINCIPAL_UNIT": around.principal,
        "JUJU_AVAILABILITY_ZONE": around.availability_zone,
        "JUJU_VERSION": JUJU_VERSION,
        "JUJU_SLA": "unsupported",
        "CLOUD_API_VERSION": "",
        **_proxy_variables(around.settings),
    }


def _proxy_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what a charm is told of juju-*-proxy, and what every program is told of *-proxy."""
    variables: dict[str, str] = {}
    for key in _PROXIES:
        name = key.upper().replace("-", "_")
        variables[f"JUJU_CHARM_{name}"] = str(effective(settings, f"juju-{key}"))
        if value := settings.get(key, ""):
            variables |= {name: value, name.lower(): value}
    return variables
