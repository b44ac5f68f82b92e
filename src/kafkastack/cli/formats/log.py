"""Tables of `debug-log` and `show-status-log`."""

from __future__ import annotations

import time
from typing import NamedTuple

from kafkastack.cli.formats.color import paint, style_of
from kafkastack.cli.formats.table import headers, render
from kafkastack.model.text import as_one_record, on_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kafkastack.cli.formats.shapes import Document, Line

_LEVELS = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "red", "INFO": "cyan"}


class LogLook(NamedTuple):
    """How a line of the log is to look."""

    date: bool = False
    ms: bool = False
    utc: bool = False
    color: bool = False


def log_line(line: Sequence[Any], look: LogLook) -> str:
    """Return a line: entity, time, level, module, message; what follows it is indented."""
    when, *words, message = line
    entity, level, module = map(on_one_line, words)
    shown = time.gmtime(when) if look.utc else time.localtime(when)
    clock = time.strftime("%Y-%m-%d %H:%M:%S" if look.date else "%H:%M:%S", shown)
    if look.ms:
        clock += f".{int(when % 1 * 1000):03d}"
    if look.color:
        module, level = paint(module, "cyan"), paint(level, _LEVELS.get(level, ""))
    return f"{entity}: {clock} {level} {module} {as_one_record(message)}"


def status_log_table(rows: Sequence[Document], *, color: bool = False) -> str:
    """Return `show-status-log`: oldest first."""
    lines = [headers("Time", "Type", "Status", "Message"), *map(_status, rows)]
    return render(lines, color=color)


def _status(row: Document) -> Line:
    status = row["status"]
    message = (row.get("message", ""), "")
    return [(row["since"], ""), (row["type"], ""), (status, style_of(status)), message]
