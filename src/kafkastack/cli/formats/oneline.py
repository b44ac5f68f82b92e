"""Text of `status --format oneline`: one line a unit."""

from __future__ import annotations

from kafkastack.cli.formats.units import walk_units
from kafkastack.model.text import on_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document


def oneline(document: Document) -> str:
    """Return a line for each unit, subordinates indented."""
    return "".join(f"{_line(*entry)}\n" for entry in walk_units(document))


def _line(name: str, unit: Document, depth: int) -> str:
    agent = unit.get("juju-status", {}).get("current", "")
    workload = unit.get("workload-status", {}).get("current", "")
    ports = ", ".join(unit.get("open-ports", []))
    line = f"{'  ' * depth}- {name}: {unit.get('public-address', '')}"
    return on_one_line(f"{line} (agent:{agent}, workload:{workload}) {ports}".rstrip())
