"""Checks of applications, active and integrated, by the status of the model."""

import json
from collections.abc import Iterator
from typing import Any

from kafkastack.tutorial.already import has_relation
from kafkastack.tutorial.scene import Scene

_SERVERS = "$(sed -n s/^bootstrap.servers=//p $CONF/client.properties)"
_QUORUM = (
    f"charmed-kafka.metadata-quorum --bootstrap-server {_SERVERS} "
    "--command-config $CONF/client.properties describe --status"
)
_VOTERS = "CurrentVoters:"


def active(scene: Scene, names: tuple[str, ...]) -> str:
    """Verify that applications are active with all their units, and no agent is at work."""
    status = scene.status()
    return next(filter(None, (find_inactive(status, name) for name in names)), "")


def find_inactive(status: dict[str, Any], name: str) -> str:
    """Return what keeps an application from being active and settled, or ""."""
    application = status["applications"].get(name)
    if application is None:
        return f"there is no application {name}"
    return next(_find_faults(name, application), "")


def _find_faults(name: str, application: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong; an agent that failed explains everything after it."""
    units = application.get("units", {}).items()
    for unit, told in units:
        if told["juju-status"]["current"] == "failed":
            yield f"the agent of {unit} has {_describe(told['juju-status'])}"
    if application["application-status"]["current"] != "active":
        yield f"{name} is {_describe(application['application-status'])}"
    if not units:
        yield f"{name} has no unit yet"
    for unit, told in units:
        if told["workload-status"]["current"] != "active":
            yield f"{unit} is {_describe(told['workload-status'])}"
        if told["juju-status"]["current"] != "idle":
            yield f"the agent of {unit} is {_describe(told['juju-status'])}"


def _describe(status: dict[str, str]) -> str:
    message = status.get("message", "")
    return f"{status['current']} ({message})" if message else status["current"]


def units(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify how many units an application has."""
    name, wanted = words
    found = len(scene.units(name))
    return "" if found == int(wanted) else f"{name} has {found} units, not {wanted}"


def quorum(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify how many controllers of an application vote."""
    name, option = words
    wanted = int(option.removeprefix("voters="))
    voters = find_voters(scene.enter(f"{name}/leader", _QUORUM))
    return "" if len(voters) == wanted else f"{len(voters)} controllers vote, not {wanted}"


def find_voters(told: str) -> list[int]:
    """Return who votes, as `metadata-quorum describe --status` tells."""
    line = next((x for x in told.splitlines() if x.startswith(_VOTERS)), "")
    return [voter["id"] for voter in json.loads(line.removeprefix(_VOTERS) or "[]")]


def integrated(scene: Scene, names: tuple[str, ...]) -> str:
    """Verify that two applications are integrated."""
    there = has_relation(names, scene.status())
    return "" if there else f"{names[0]} and {names[1]} are not integrated"


def not_integrated(scene: Scene, names: tuple[str, ...]) -> str:
    """Verify that two applications are not integrated."""
    there = has_relation(names, scene.status())
    return f"{names[0]} and {names[1]} are still integrated" if there else ""
