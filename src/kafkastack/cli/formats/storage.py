"""How storage instances are shown in a table."""

from __future__ import annotations

from kafkastack.cli.formats.color import style_of
from kafkastack.cli.formats.table import message_cell
from kafkastack.model.natural import natural_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document, Line

STORAGE_HEADERS = (
    "Storage Unit",
    "Storage ID",
    "Type",
    "Pool",
    "Mountpoint",
    "Size",
    "Status",
    "Message",
)


def storage_lines(storage: Document) -> list[Line]:
    """Return the table of storage instances, by unit, without its header."""
    pools = {f.get("storage"): f for f in storage.get("filesystems", {}).values()}
    rows = [
        _storage_line(unit, name, item, pools.get(name, {}))
        for name, item in storage.get("storage", {}).items()
        for unit in item.get("attachments", {}).get("units", {})
    ]
    return sorted(rows, key=lambda line: [natural_key(text) for text, _ in line[:2]])


def _storage_line(unit: str, name: str, item: Document, filesystem: Document) -> Line:
    status = item["status"]
    location = item["attachments"]["units"][unit].get("location", "")
    return [
        (unit, ""),
        (name, ""),
        (item["kind"], ""),
        (filesystem.get("pool", ""), ""),
        (location, ""),
        (_size(filesystem.get("size", 0)), ""),
        (status["current"], style_of(status["current"])),
        message_cell(status.get("message", "")),
    ]


def _size(mebibytes: int) -> str:
    if not mebibytes:
        return ""
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1024 else f"{mebibytes} MiB"
