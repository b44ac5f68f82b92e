"""Tables of backups, and of the differences between a restored record and this host."""

from __future__ import annotations

from kafkastack.cli.formats.table import headers, plain, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkastack.cli.formats.shapes import Document
    from kafkastack.clouds.local.unrecorded import Findings, FoundMachine, FoundUnit


def backups_table(backups: Sequence[Document]) -> str:
    """Return the backups, the newest first."""
    if not backups:
        return "There are no backups.\n"
    lines = [headers("Backup", "Made", "Bytes", "State")]
    lines += [plain(each["name"], each["made"], each["bytes"], each["state"]) for each in backups]
    return render(lines, right=(2,))


def findings_text(controller: str, findings: Findings, *, ended: bool) -> str:
    """Return what has moved on without the record, and what becomes of it."""
    lines: list[str] = []
    if findings.ahead:
        lines.append(f"Ahead of the record: {', '.join(findings.ahead)}")
        lines.append("  Their hooks ran since; those that the record does not know run again.")
        lines.append("  What was deployed, set or related since has to be typed again.")
    if findings.gone:
        lines.append(f"In the record, but without files on this host: {', '.join(findings.gone)}")
        lines.append("  Their machines are told as gone: kafkastack remove-unit UNIT --force")
    lines += _without_record(controller, findings, ended=ended)
    return "".join(f"{line}\n" for line in lines)


def _without_record(controller: str, findings: Findings, *, ended: bool) -> list[str]:
    if not (findings.machines or findings.units):
        return []
    lines = ["Without a record, ended now:" if ended else "Without a record, and running on:"]
    lines += [f"  {_machine(machine)}" for machine in findings.machines]
    lines += [f"  {_unit(unit)}" for unit in findings.units]
    if ended:
        return [*lines, "  Their files stay in the folder of the controller."]
    words = f"kafkastack restore-controller {controller} --end-unrecorded"
    return [*lines, f"  Nothing looks after them; end them by: {words}"]


def _machine(machine: FoundMachine) -> str:
    units = ", ".join(unit.name for unit in machine.units) or "no unit"
    running = ", ".join(machine.running) or "no service"
    return f"machine {machine.name}: {units}; {running}; {machine.processes} processes"


def _unit(unit: FoundUnit) -> str:
    services = ", ".join(unit.services) or "no service"
    return f"unit {unit.name} on machine {unit.machine}: {services}"
