"""Lines of `status` for units: leaders starred, subordinates below their principals."""

from __future__ import annotations

from kafkastack.cli.formats.color import style_of
from kafkastack.cli.formats.table import headers, message_cell
from kafkastack.model.natural import natural_key
from kafkastack.model.ports import format_ports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkastack.cli.formats.shapes import Document, Line

_UP = ("idle", "executing", "running")


def walk_units(document: Document) -> Iterator[tuple[str, Document, int]]:
    """Yield (name, unit, depth) of all units in the order they are shown."""
    applications = document["applications"]
    units: dict[str, Document] = {}
    for application in applications.values():
        units.update(application.get("units", {}))
    yield from _walk(units, 0)


def unit_lines(document: Document) -> list[Line]:
    """Return the table of units, [] when there is none."""
    names = ("Unit", "Workload", "Agent", "Machine", "Public address", "Ports", "Message")
    lines = [_unit(name, unit, depth) for name, unit, depth in walk_units(document)]
    return [headers(*names), *lines] if lines else []


def application_scale(name: str, document: Document) -> tuple[str, bool]:
    """Return "3", or "2/3" and True while a unit's agent is not up."""
    agents = [
        unit.get("juju-status", {}).get("current", "")
        for unit_name, unit, _ in walk_units(document)
        if unit_name.rpartition("/")[0] == name
    ]
    up = sum(agent in _UP for agent in agents)
    return (str(up), False) if up == len(agents) else (f"{up}/{len(agents)}", True)


def _walk(units: Document, depth: int) -> Iterator[tuple[str, Document, int]]:
    for name in sorted(units, key=natural_key):
        yield name, units[name], depth
        yield from _walk(units[name].get("subordinates", {}), depth + 1)


def _unit(name: str, unit: Document, depth: int) -> Line:
    workload = unit.get("workload-status", {}).get("current", "")
    agent = unit.get("juju-status", {}).get("current", "")
    return [
        ("  " * depth + name + ("*" if unit.get("leader") else ""), ""),
        (workload, style_of(workload)),
        (agent, style_of(agent)),
        (unit.get("machine", ""), ""),
        (unit.get("public-address", ""), "cyan"),
        (format_ports(unit.get("open-ports", [])), "bright-magenta"),
        message_cell(_message(unit)),
    ]


def _message(unit: Document) -> str:
    """Return the workload's message, with what the agent is at."""
    message = unit.get("workload-status", {}).get("message", "")
    agent = unit.get("juju-status", {})
    if agent.get("current") == "allocating" and not message:
        return agent.get("message", "")
    if agent.get("current") == "failed":
        return agent.get("message", "").partition("\n")[0]
    doing = _doing(agent)
    return f"({doing}) {message}" if doing else message


def _doing(agent: Document) -> str:
    """Return the hook or action that an agent's message names."""
    message = agent.get("message", "")
    if agent.get("current") != "executing" or not message.startswith("running "):
        return ""
    what = message.removeprefix("running ")
    if what.startswith("action "):
        return what.removeprefix("action ")
    return what.removesuffix(" hook") if what.endswith(" hook") else ""
