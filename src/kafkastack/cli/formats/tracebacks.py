"""Tracebacks of failed hooks and agents, below the tables of `status`: why, and what next."""

from __future__ import annotations

from kafkastack.cli.formats.color import paint
from kafkastack.cli.formats.units import walk_units
from kafkastack.model.text import on_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document

_LINES = 20


def tracebacks(document: Document, *, color: bool = False) -> str:
    """Return a block for each failed hook or agent, "" when there is none."""
    blocks: list[str] = []
    for name, unit, _ in walk_units(document):
        if failed := unit.get("workload-status", {}).get("failed-hook"):
            blocks.append(_hook(name, failed, color=color))
        elif unit.get("juju-status", {}).get("current") == "failed":
            blocks.append(_agent(name, unit["juju-status"].get("message", ""), color=color))
    return "\n".join(blocks)


def _hook(unit: str, failed: Document, *, color: bool) -> str:
    title = f'{unit} failed in its "{failed["hook"]}" hook, {_attempts(failed["attempts"])}'
    last = (
        f"Try again now: kafkastack resolved {unit}{_next(failed)}\n"
        f"All it has run: kafkastack hooks {unit}"
    )
    return _block(title, failed.get("traceback", ""), last, color=color)


def _agent(unit: str, reason: str, *, color: bool) -> str:
    last = f"It tries again by itself; all of it: kafkastack debug-log --include {unit}"
    return _block(f"{unit} cannot go on", reason, last, color=color)


def _block(title: str, text: str, last: str, *, color: bool) -> str:
    lines = text.splitlines()[-_LINES:] or ["(it printed nothing)"]
    shown = [paint(title, "bold") if color else title]
    shown += [f"    {on_one_line(line)}".rstrip() for line in lines]
    return "".join(f"{line}\n" for line in (*shown, last))


def _attempts(number: int) -> str:
    return "tried once" if number == 1 else f"tried {number} times"


def _next(failed: Document) -> str:
    moment = failed.get("next-attempt", "")
    return f" (by itself: {moment})" if moment else ""
