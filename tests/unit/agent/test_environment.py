"""A charm's program is told what Juju tells it, by variables, and nothing else."""

import pytest

from kafkastack.agent.environment import (
    Surroundings,
    action_environment,
    commands_environment,
    hook_environment,
)
from kafkastack.model.records import Hook, Task

AROUND = Surroundings(
    "app/0",
    "uuid",
    "m",
    "3",
    "/charm",
    "/tools",
    "/socket",
    "/usr/bin",
    {"HOME": "/root"},
    availability_zone="zone",
    principal="principal/0",
    settings={"juju-http-proxy": "http://proxy"},
)
EVERYWHERE = {
    "CHARM_DIR": "/charm",
    "JUJU_CHARM_DIR": "/charm",
    "JUJU_CONTEXT_ID": "key",
    "JUJU_AGENT_SOCKET_ADDRESS": "/socket",
    "JUJU_UNIT_NAME": "app/0",
    "JUJU_MODEL_UUID": "uuid",
    "JUJU_MODEL_NAME": "m",
    "JUJU_MACHINE_ID": "3",
    "JUJU_PRINCIPAL_UNIT": "principal/0",
    "JUJU_AVAILABILITY_ZONE": "zone",
    "JUJU_API_ADDRESSES": "",
    "CLOUD_API_VERSION": "",
    "JUJU_CHARM_HTTP_PROXY": "http://proxy",
    "JUJU_CHARM_NO_PROXY": "127.0.0.1,localhost,::1",
    "DEBIAN_FRONTEND": "noninteractive",
    "APT_LISTCHANGES_FRONTEND": "none",
    "LANG": "C.UTF-8",
    "HOME": "/root",
    "PATH": "/tools:/usr/bin",
}
RELATION = {"JUJU_RELATION": "db", "JUJU_RELATION_ID": "db:7", "JUJU_REMOTE_APP": "pg"}
SECRET = {"JUJU_SECRET_ID": "secret:s", "JUJU_SECRET_LABEL": "l"}
HOOKS = [
    (Hook("config-changed"), {}),
    (Hook("relation-created", 7, "db", "pg"), {**RELATION, "JUJU_REMOTE_UNIT": ""}),
    (
        Hook("relation-departed", 7, "db", "pg", "pg/1", departing_unit="app/0"),
        {**RELATION, "JUJU_REMOTE_UNIT": "pg/1", "JUJU_DEPARTING_UNIT": "app/0"},
    ),
    (
        Hook("storage-attached", storage="data/0", location="/data"),
        {
            "JUJU_STORAGE_ID": "data/0",
            "JUJU_STORAGE_LOCATION": "/data",
            "JUJU_STORAGE_KIND": "filesystem",
        },
    ),
    (Hook("secret-changed", secret="s", secret_label="l"), SECRET),
    (
        Hook("secret-remove", secret="s", secret_label="l", version=2),
        {**SECRET, "JUJU_SECRET_REVISION": "2"},
    ),
]
KINDS = ("JUJU_RELATION", "JUJU_REMOTE", "JUJU_DEPART", "JUJU_STORAGE", "JUJU_SECRET", "JUJU_ACT")


def told(variables: dict[str, str]) -> dict[str, str]:
    """Return what is told of the kind of thing that runs."""
    return {key: value for key, value in variables.items() if key.startswith(KINDS)}


@pytest.mark.parametrize(("hook", "own"), HOOKS, ids=[hook.name for hook, _ in HOOKS])
def test_a_hook_is_told_what_it_is_about(hook: Hook, own: dict[str, str]):
    variables = hook_environment(AROUND, "key", hook)

    assert EVERYWHERE.items() <= variables.items()
    assert variables["JUJU_HOOK_NAME"] == hook.name
    assert variables["JUJU_DISPATCH_PATH"] == f"hooks/{hook.name}"
    assert told(variables) == own


def test_an_action_has_no_hook_name_and_commands_have_no_dispatch_path_either():
    action = action_environment(AROUND, "key", Task(2, 1, "app/0", "say", 0.0))
    commands = commands_environment(AROUND, "key")

    assert (action["JUJU_HOOK_NAME"], action["JUJU_DISPATCH_PATH"]) == ("", "actions/say")
    assert told(action) == {
        "JUJU_ACTION_NAME": "say",
        "JUJU_ACTION_UUID": "2",
        "JUJU_ACTION_TAG": "action-2",
    }
    assert (commands["JUJU_HOOK_NAME"], commands["JUJU_DISPATCH_PATH"]) == ("", "")
    assert told(commands) == {}
    assert EVERYWHERE.items() <= commands.items() and EVERYWHERE.items() <= action.items()
