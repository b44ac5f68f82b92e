"""Tables of storage instances."""

from __future__ import annotations

from kafkastack.cli.formats.color import style_of
from kafkastack.cli.formats.table import headers, message_cell, plain, render
from kafkastack.model.natural import natural_key
from kafkastack.model.sizes import size_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Cell, Document, Line, Printed

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
_LIST_HEADERS = ("Unit", "Storage ID", "Type", "Pool", "Size", "Status", "Message")
_FILESYSTEM_HEADERS = (
    "Machine",
    "Unit",
    "Storage ID",
    "ID",
    "Provider ID",
    "Mountpoint",
    "Size",
    "State",
    "Message",
)
_NOTHING = "No storage to display.\n"


def storage_lines(storage: Document) -> list[Line]:
    """Return the table of storage instances in `status`, by unit, without its header."""
    return [
        [
            (unit, ""),
            (name, ""),
            (item["kind"], ""),
            *_place(item, unit, filesystem),
            *_state(item),
        ]
        for unit, name, item, filesystem in _rows(storage)
    ]


def storage_table(document: Document, *, color: bool = False) -> Printed:
    """Return `storage`."""
    lines: list[Line] = [
        [
            *plain(unit, name, item["kind"], filesystem.get("pool", "")),
            (size_text(filesystem.get("size", 0)), ""),
            *_state(item),
        ]
        for unit, name, item, filesystem in _rows(document)
    ]
    if not lines:
        return "", _NOTHING
    return render([headers(*_LIST_HEADERS), *lines], color=color), ""


def filesystems_table(document: Document, *, color: bool = False) -> Printed:
    """Return `storage --filesystem`."""
    filesystems = document.get("filesystems", {})
    lines = [_filesystem(name, filesystem) for name, filesystem in filesystems.items()]
    if not lines:
        return "", _NOTHING
    lines.sort(key=lambda line: [natural_key(text) for text, _ in line[:3]])
    return render([headers(*_FILESYSTEM_HEADERS), *lines], color=color), ""


def pools_table(document: Document, *, color: bool = False) -> Printed:
    """Return `storage-pools`."""
    if not document:
        return "", "No storage pools to display.\n"
    lines = [headers("Name", "Provider", "Attrs")]
    lines += [plain(name, pool["provider"], _attributes(pool)) for name, pool in document.items()]
    return render(lines, color=color), ""


def _attributes(pool: Document) -> str:
    return " ".join(f"{key}={value}" for key, value in pool.get("attrs", {}).items())


def _rows(storage: Document) -> list[tuple[str, str, Document, Document]]:
    """Return unit ("" when it is detached), id, instance and filesystem of each, in order."""
    pools = {f.get("storage"): f for f in storage.get("filesystems", {}).values()}
    rows = [
        (unit, name, item, pools.get(name, {}))
        for name, item in storage.get("storage", {}).items()
        for unit in item.get("attachments", {}).get("units", {"": {}})
    ]
    return sorted(rows, key=lambda row: [natural_key(text) for text in row[:2]])


def _place(item: Document, unit: str, filesystem: Document) -> list[Cell]:
    units = item.get("attachments", {}).get("units", {})
    return [
        (filesystem.get("pool", ""), ""),
        (units.get(unit, {}).get("location", ""), ""),
        (size_text(filesystem.get("size", 0)), ""),
    ]


def _state(item: Document) -> list[Cell]:
    status = item["status"]
    current = status["current"]
    return [(current, style_of(current)), message_cell(status.get("message", ""))]


def _filesystem(name: str, filesystem: Document) -> Line:
    attachments = filesystem.get("attachments", {})
    machine = next(iter(attachments.get("machines", {})), "")
    mount: Document = attachments["machines"][machine] if machine else {}
    return [
        *plain(
            machine,
            next(iter(attachments.get("units", {})), ""),
            filesystem["storage"],
            name,
            filesystem["provider-id"],
            mount.get("mount-point", ""),
            size_text(filesystem["size"]),
        ),
        *_state(filesystem),
    ]
