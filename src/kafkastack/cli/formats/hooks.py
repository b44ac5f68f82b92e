"""Table of `hooks`: one line a hook, and one for each hook tool that it has called."""

from __future__ import annotations

from kafkastack.cli.formats.table import headers, plain, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkastack.cli.formats.shapes import Document, Line


def hooks_table(rows: Sequence[Document]) -> str:
    """Return the table: newest last, calls below the hook that made them."""
    if not rows:
        return ""
    lines = [headers("Time", "Unit", "Kind", "Name", "About", "Took", "Result")]
    for row in rows:
        lines.append(_hook(row))
        lines += [_call(call) for call in row.get("calls", [])]
    return render(lines)


def _hook(row: Document) -> Line:
    took = _duration(row["seconds"]) if "seconds" in row else ""
    place = (row["since"], row["unit"], row["kind"], row["name"])
    return plain(*place, row.get("subject", ""), took, _result(row))


def _call(call: Document) -> Line:
    took = _duration(call["milliseconds"] / 1000)
    result = "" if call["return-code"] == 0 else _ended(call["return-code"])
    return plain("", "", "call", call["tool"], call["arguments"], took, result)


def _result(row: Document) -> str:
    if "return-code" not in row:
        return "running"
    if row["return-code"] == 0:
        return "ok"
    last = row.get("traceback", "").strip().rpartition("\n")[2]
    ended = _ended(row["return-code"])
    return f"{ended}: {last}" if last else ended


def _ended(code: int) -> str:
    return f"exit {code}" if code > 0 else f"signal {-code}"


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s"
