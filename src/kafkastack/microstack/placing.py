"""Obstacles to the placement of an instance, from what Nova and Placement say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_WANTED = ("VCPU", "MEMORY_MB", "DISK_GB")
# nova-compute looks at what it has every minute, and says that it failed; else it says nothing.
_STARTED = "Starting compute node"
_FAILED = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.\d+ .*"
    r"Error updating resources for node [^:]*:? ?(?P<reason>.*)$",
    re.MULTILINE,
)
_RECENT = timedelta(seconds=90)
Inventories = Mapping[str, Mapping[str, Any]]


def inventories(admin: Any) -> Inventories:
    """Return what each provider has, as Placement knows it."""
    found = dict[str, Mapping[str, Any]]()
    for provider in admin.placement.resource_providers():
        asked = f"/resource_providers/{provider.id}/inventories"
        found[provider.name] = admin.placement.get(asked).json()["inventories"]
    return found


def troubles(
    shown: Mapping[str, Any], has: Inventories, said: str, now: datetime | None = None
) -> list[str]:
    """Return why no instance can be placed; nothing if one can.

    `shown` lists the services and agents, `said` is the end of nova-compute's log.
    """
    found = [*_of_services(shown), *_of_inventories(has)]
    if reason := failure(said, now or datetime.now(UTC)):
        found.append(f"nova-compute cannot place instances: {reason}")
    return found


def failure(said: str, now: datetime) -> str:
    """Return with what nova-compute has failed in the last minutes, since it was started."""
    since = said.rpartition(_STARTED)[2]
    failures = [*_FAILED.finditer(since)]
    if not failures:
        return ""
    last = failures[-1]
    when = datetime.fromisoformat(last["time"]).replace(tzinfo=UTC)
    return (last["reason"] or "see its log") if now - when < _RECENT else ""


def _of_services(shown: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("compute", "network", "volume"):
        agents: Sequence[Mapping[str, str]] = shown[kind]
        for agent in agents:
            if agent["state"] != "up":
                yield f"{agent['name']} is {agent['state']}"
            elif agent.get("status", "enabled") != "enabled":
                yield f"{agent['name']} is {agent['status']}"


def _of_inventories(has: Inventories) -> Iterator[str]:
    if not has:
        yield "Placement knows no host"
    for name, inventory in has.items():
        if lacking := [kind for kind in _WANTED if kind not in inventory]:
            yield f"Placement knows nothing of {', '.join(lacking)} of {name}"
