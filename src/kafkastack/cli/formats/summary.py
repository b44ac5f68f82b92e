"""Text of `status --format summary`: the count of everything."""

from __future__ import annotations

from collections import Counter

from kafkastack.cli.formats.table import plain, render
from kafkastack.cli.formats.units import walk_units
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.ports import opened_ports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkastack.cli.formats.shapes import Document, Line


def summary(document: Document) -> str:
    """Return subnets and ports, then machines, units and applications counted by status."""
    units = [unit for _, unit, _ in walk_units(document)]
    machines = document["machines"].values()
    ports = opened_ports(port for unit in units for port in unit.get("open-ports", []))
    sections = [
        [
            plain("Running on subnets:", ", ".join(_subnets(machines))),
            plain("Utilizing ports:", ", ".join(ports)),
        ],
        _counted("# Machines:", (m.get("juju-status", {}) for m in machines)),
        _counted("# Units:", (unit.get("workload-status", {}) for unit in units)),
        _applications(document),
        _remote(document),
    ]
    return _join(sections)


def _join(sections: list[list[Line]]) -> str:
    """Align all sections as one table, a blank line between them."""
    lines: list[Line] = []
    for number, section in enumerate(section for section in sections if section):
        lines += [*([plain("", "")] if number else []), *section]
    return "".join(line.rstrip() + "\n" for line in render(lines, right=(0,)).splitlines())


def _subnets(machines: Iterable[Document]) -> list[str]:
    """Return the /24 networks that the machines' addresses lie in."""
    addresses = (a for machine in machines for a in machine.get("ip-addresses", []))
    return naturally_sorted({f"{a.rpartition('.')[0]}.0/24" for a in addresses if "." in a})


def _counted(title: str, statuses: Iterable[Document]) -> list[Line]:
    counts = Counter(status.get("current", "unknown") for status in statuses)
    lines = [plain(f"{name}:", f" {counts[name]}") for name in sorted(counts)]
    return [plain(title, f"({sum(counts.values())})"), *lines]


def _applications(document: Document) -> list[Line]:
    applications = document["applications"]
    owners = [name.rpartition("/")[0] for name, _, _ in walk_units(document)]
    active = [
        name.rpartition("/")[0]
        for name, unit, _ in walk_units(document)
        if unit.get("workload-status", {}).get("current") == "active"
    ]
    lines = [
        plain(name, f"{active.count(name)}/{owners.count(name)}{_exposed(applications[name])}")
        for name in naturally_sorted(applications)
    ]
    return [plain("# Applications:", f"({len(applications)})"), *lines]


def _exposed(application: Document) -> str:
    return "  exposed" if application["exposed"] else ""


def _remote(document: Document) -> list[Line]:
    return [plain("# Remote:", f"({len(document.get('application-endpoints', {}))})")]
