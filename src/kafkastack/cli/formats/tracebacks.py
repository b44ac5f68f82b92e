"""What `status` shows below the tables when a hook has failed: why, and what to type."""

from __future__ import annotations

from kafkastack.cli.formats.color import paint
from kafkastack.cli.formats.table import one_line
from kafkastack.cli.formats.units import walk_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document

_LINES = 20


def tracebacks(document: Document, *, color: bool = False) -> str:
    """Return a block for each failed hook, "" when there is none."""
    blocks = [
        _block(name, unit["workload-status"]["failed-hook"], color=color)
        for name, unit, _ in walk_units(document)
        if "failed-hook" in unit.get("workload-status", {})
    ]
    return "\n".join(blocks)


def _block(unit: str, failed: Document, *, color: bool) -> str:
    title = f'{unit} failed in its "{failed["hook"]}" hook, {_attempts(failed["attempts"])}'
    lines = failed.get("traceback", "").splitlines()[-_LINES:] or ["(it printed nothing)"]
    shown = [paint(title, "bold") if color else title]
    shown += [f"    {one_line(line)}".rstrip() for line in lines]
    shown.append(f"Try again now: kafkastack resolved {unit}{_next(failed)}")
    return "".join(f"{line}\n" for line in shown)


def _attempts(number: int) -> str:
    return "tried once" if number == 1 else f"tried {number} times"


def _next(failed: Document) -> str:
    moment = failed.get("next-attempt", "")
    return f" (by itself: {moment})" if moment else ""
