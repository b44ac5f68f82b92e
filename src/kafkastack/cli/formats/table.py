"""Alignment of rows as text: the rules of Go's tabwriter, which every Juju table is made by.

Each cell but the last of a line is padded to the widest of its column plus two spaces; a column
ends where a line has no such cell. A line whose last cell is empty ends in spaces, as Juju's do.
"""

from __future__ import annotations

from kafkastack.cli.formats.color import paint
from kafkastack.model.text import on_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kafkastack.cli.formats.shapes import Cell, Line

_PADDING = 2
_LONGEST_MESSAGE = 120


def headers(*names: str) -> Line:
    """Return the header line of a table."""
    return [(name, "bold") for name in names]


def plain(*texts: object) -> Line:
    """Return a line of cells without style."""
    return [(str(text), "") for text in texts]


def message_cell(text: str) -> Cell:
    """Return the message of a status, cut where Juju cuts it."""
    shown = on_one_line(text)
    if len(shown) > _LONGEST_MESSAGE:
        shown = shown[: _LONGEST_MESSAGE - 3] + "..."
    return (shown, "grey")


def render(lines: list[Line], right: Collection[int] = (), *, color: bool = False) -> str:
    """Return the aligned lines, one for each row; `right` names the right-aligned columns."""
    lines = [[(on_one_line(text), style) for text, style in line] for line in lines]
    widths: list[list[int]] = [[0] * (len(line) - 1) for line in lines]
    for first, last, column in _blocks(lines):
        width = max(len(lines[n][column][0]) for n in range(first, last))
        for n in range(first, last):
            widths[n][column] = width
    rendered = (
        _render_line(line, line_widths, right, color=color)
        for line, line_widths in zip(lines, widths, strict=True)
    )
    return "".join(f"{line}\n" for line in rendered)


def _blocks(lines: list[Line]) -> Iterable[tuple[int, int, int]]:
    """Yield (first line, line after the last, column) for each run of lines with that column."""
    for column in range(max((len(line) for line in lines), default=0) - 1):
        first = None
        for number, line in enumerate([*lines, []]):
            if len(line) - 1 > column:
                first = number if first is None else first
            elif first is not None:
                yield first, number, column
                first = None


def _render_line(line: Line, widths: list[int], right: Collection[int], *, color: bool) -> str:
    parts: list[str] = []
    for column, (text, style) in enumerate(line):
        shown = paint(text, style) if color else text
        if column == len(widths):
            parts.append(shown)
            continue
        gap = " " * (widths[column] - len(text))
        parts.append(gap + shown if column in right else shown + gap)
        parts.append(" " * _PADDING)
    return "".join(parts)
