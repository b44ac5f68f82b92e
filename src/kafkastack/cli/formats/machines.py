"""Table of machines."""

from __future__ import annotations

from kafkastack.cli.formats.color import style_of
from kafkastack.cli.formats.table import message_cell
from kafkastack.model.natural import natural_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document, Line

MACHINE_HEADERS = ("Machine", "State", "Address", "Inst id", "Base", "AZ", "Message")


def machine_lines(machines: Document) -> list[Line]:
    """Return the table of machines, containers after their hosts, without its header."""
    lines: list[Line] = []
    for name in sorted(machines, key=natural_key):
        lines += [
            _machine(name, machines[name]),
            *machine_lines(machines[name].get("containers", {})),
        ]
    return lines


def _machine(name: str, machine: Document) -> Line:
    state = machine.get("juju-status", {}).get("current", "")
    base = machine.get("base", {})
    return [
        (name, ""),
        (state, style_of(state)),
        (machine.get("dns-name", ""), "cyan"),
        (machine.get("instance-id", ""), ""),
        ("@".join(filter(None, (base.get("name"), base.get("channel")))), ""),
        (_zone(machine.get("hardware", "")), ""),
        message_cell(machine.get("machine-status", {}).get("message", "")),
    ]


def _zone(hardware: str) -> str:
    """Return the availability zone that a hardware text ends with."""
    words = [word.partition("=") for word in hardware.split()]
    return next((value for key, _, value in words if key == "availability-zone"), "")
