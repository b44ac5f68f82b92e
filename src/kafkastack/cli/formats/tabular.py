"""Tables of `status`: Juju's, section by section."""

from __future__ import annotations

from kafkastack.cli.formats.color import style_of
from kafkastack.cli.formats.crossmodel import offer_lines, saas_lines
from kafkastack.cli.formats.machines import MACHINE_HEADERS, machine_lines
from kafkastack.cli.formats.storage import STORAGE_HEADERS, storage_lines
from kafkastack.cli.formats.table import headers, message_cell, plain, render
from kafkastack.cli.formats.tracebacks import tracebacks
from kafkastack.cli.formats.units import application_scale, unit_lines
from kafkastack.model.natural import natural_key
from kafkastack.model.text import on_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document, Line, Printed

_LONGEST_VERSION = 15
_PARTS = ("applications", "machines", "application-endpoints", "offers")


def tabular(
    document: Document, *, relations: bool = False, storage: bool = False, color: bool = False
) -> Printed:
    """Return the tables; an empty model is said on stderr, as Juju does."""
    sections = [
        render(_header(document), color=color),
        render(saas_lines(document), color=color),
        render(_applications(document), right=(3, 6), color=color),
        render(unit_lines(document), color=color),
        render(_machines(document), color=color),
        render(offer_lines(document), color=color),
        render(_integrations(document) if relations else [], color=color),
        render(_storage(document) if storage else [], color=color),
        tracebacks(document, color=color),
    ]
    return "\n".join(section for section in sections if section), _remark(document)


def _remark(document: Document) -> str:
    if any(document.get(part) for part in _PARTS):
        return ""
    if document.get("_is_filtered"):
        return "\nNothing matched specified filter.\n"
    full_name = f"{document.get('_owner', 'admin')}/{document['model']['name']}"
    return f'\nModel "{document.get("_called") or full_name}" is empty.\n'


def _header(document: Document) -> list[Line]:
    model = document["model"]
    place = "/".join(part for part in (model["cloud"], model.get("region")) if part)
    notes = model.get("model-status", {}).get("message", "")
    columns = {
        "Model": model["name"],
        "Controller": model["controller"],
        "Cloud/Region": place,
        "Version": model["version"],
        "SLA": model.get("sla", ""),
        "Timestamp": document.get("controller", {}).get("timestamp", ""),
        "Notes": on_one_line(notes),
    }
    optional = ("SLA", "Timestamp", "Notes")
    shown = {name: text for name, text in columns.items() if text or name not in optional}
    return [headers(*shown), plain(*shown.values())]


def _applications(document: Document) -> list[Line]:
    applications = document["applications"]
    if not applications:
        return []
    names = ("App", "Version", "Status", "Scale", "Charm", "Channel", "Rev", "Exposed", "Message")
    ordered = sorted(applications, key=natural_key)
    return [headers(*names), *(_application(name, document) for name in ordered)]


def _application(name: str, document: Document) -> Line:
    application = document["applications"][name]
    status = application.get("application-status", {})
    scale, is_short = application_scale(name, document)
    exposed = application["exposed"]
    return [
        (name, ""),
        (_version(application.get("version", "")), ""),
        (status.get("current", ""), style_of(status.get("current", ""))),
        (scale, "yellow" if is_short else ""),
        (application["charm-name"], ""),
        (application.get("charm-channel", ""), ""),
        (str(application["charm-rev"]), "yellow" if "can-upgrade-to" in application else ""),
        ("yes" if exposed else "no", "green" if exposed else ""),
        message_cell(status.get("message", "")),
    ]


def _version(version: str) -> str:
    first = on_one_line(version.partition("\n")[0])
    return first if len(first) <= _LONGEST_VERSION else first[: _LONGEST_VERSION - 3] + "..."


def _machines(document: Document) -> list[Line]:
    machines = document["machines"]
    return [headers(*MACHINE_HEADERS), *machine_lines(machines)] if machines else []


def _integrations(document: Document) -> list[Line]:
    rows = document.get("_integrations", [])
    names = ("Integration provider", "Requirer", "Interface", "Type", "Message")
    return [headers(*names), *map(_integration, rows)] if rows else []


def _integration(row: Document) -> Line:
    provider, requirer = (row["provider"], "endpoint"), (row["requirer"], "endpoint")
    return [provider, requirer, (row["interface"], ""), (row["type"], ""), (row["message"], "")]


def _storage(document: Document) -> list[Line]:
    lines = storage_lines(document.get("storage", {}))
    return [headers(*STORAGE_HEADERS), *lines] if lines else []
