"""Tables of the lists: models, controllers, machines, actions, secrets, storage, settings."""

from __future__ import annotations

from kafkastack.cli.formats.color import style_of
from kafkastack.cli.formats.machines import MACHINE_HEADERS, machine_lines
from kafkastack.cli.formats.table import headers, plain, render
from kafkastack.model.text import on_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkastack.cli.formats.shapes import Document, Line, Printed


def models_table(document: Document, *, color: bool = False) -> Printed:
    """Return `models`, the current one starred."""
    models = document["models"]
    title = f"Controller: {document.get('_controller', '')}\n\n"
    if not models:
        return "", "There are no models available. Add one: kafkastack add-model NAME\n"
    uuid = ("UUID",) if document.get("_uuid") else ()
    names = ("Model", *uuid, "Cloud/Region", "Type", "Status", "Machines", "Cores", "Units")
    lines = [headers(*names, "Access", "Last connection")]
    lines += [_model(model, document) for model in models]
    right = (4 + len(uuid), 5 + len(uuid))
    return title + render(lines, right=right, color=color), ""


def controllers_table(document: Document, *, color: bool = False) -> Printed:
    """Return `controllers`, the current one starred."""
    controllers = document["controllers"]
    if not controllers:
        return "", "No controllers registered. Make one: kafkastack bootstrap local NAME\n"
    names = ("Controller", "Model", "User", "Access", "Cloud/Region", "Models", "Nodes", "HA")
    lines = [headers(*names, "Version")]
    current = document.get("current-controller", "")
    lines += [_controller(name, entry, name == current) for name, entry in controllers.items()]
    return render(lines, right=(5, 6, 7), color=color), ""


def machines_table(document: Document, *, color: bool = False) -> Printed:
    """Return `machines`."""
    machines = document["machines"]
    if not machines:
        return "", "No machines to display.\n"
    lines = [headers(*MACHINE_HEADERS), *machine_lines(machines)]
    return render(lines, color=color), ""


def actions_table(document: Document, *, color: bool = False) -> Printed:
    """Return `actions APP`: names with the first line of their descriptions."""
    if not document:
        return "", "No actions defined for this application.\n"
    lines = [headers("Action", "Description")]
    lines += [plain(name, _first_line(text)) for name, text in document.items()]
    return render(lines, color=color), ""


def charms_table(charms: Sequence[Document], words: str) -> Printed:
    """Return `find`: the charms that were found."""
    if not charms:
        return "", f'No matching charms for "{words}"\n'
    lines = [headers("Name", "Version", "Channel", "Publisher", "Summary")]
    lines += [
        plain(c["name"], c["version"], c["channel"], c["publisher"], _first_line(c["summary"]))
        for c in charms
    ]
    return render(lines), ""


def charm_resources_table(rows: Sequence[Document]) -> Printed:
    """Return `charm-resources`: each with the artifact that its channel names."""
    if not rows:
        return "", "No resources to display.\n"
    lines = [headers("Resource", "Artifact")]
    lines += [plain(row["name"], row["artifact"] or "-") for row in rows]
    return render(lines), ""


def resources_table(rows: Sequence[Document]) -> Printed:
    """Return `resources`: each with who supplied it, which of what was given, and its file."""
    if not rows:
        return "", "No resources to display.\n"
    lines = [headers("Resource", "Supplied by", "Revision", "File")]
    lines += [plain(row["name"], row["origin"], row["revision"], row["file"]) for row in rows]
    return render(lines), ""


def secrets_table(document: Document, *, color: bool = False) -> Printed:
    """Return `secrets`."""
    if not document:
        return "", "No secrets to display.\n"
    lines = [headers("ID", "Name", "Owner", "Rotation", "Revision", "Last updated")]
    lines += [_secret(name, secret) for name, secret in document.items()]
    return render(lines, right=(4,), color=color), ""


def model_config_table(document: Document, *, color: bool = False) -> Printed:
    """Return `model-config`."""
    lines = [headers("Attribute", "From", "Value")]
    lines += [
        plain(name, setting.get("Source", ""), _setting(setting["Value"]))
        for name, setting in document.items()
    ]
    return render(lines, color=color), ""


def model_defaults_table(document: Document, *, color: bool = False) -> Printed:
    """Return `model-defaults`: what Juju has, and what this controller gives instead."""
    lines = [headers("Attribute", "Default", "Controller")]
    lines += [
        plain(name, _setting(entry["default"]), _setting(entry.get("controller", "-")))
        for name, entry in document.items()
    ]
    return render(lines, color=color), ""


def controller_config_table(document: Document, *, color: bool = False) -> Printed:
    """Return `controller-config`."""
    lines = [headers("Attribute", "Value")]
    lines += [plain(name, _setting(value)) for name, value in document.items()]
    return render(lines, color=color), ""


def operations_table(document: Document, *, color: bool = False) -> Printed:
    """Return `operations`: what was run, newest last."""
    if not document:
        return "", "no matching operations\n"
    lines = [headers("ID", "Status", "Started", "Finished", "Task IDs", "Summary")]
    lines += [_operation(name, operation) for name, operation in document.items()]
    return render(lines, color=color), ""


def _model(model: Document, document: Document) -> Line:
    is_current = model["short-name"] == document.get("current-model")
    status = model["status"]["current"]
    units = document.get("_units", {}).get(model["model-uuid"], 0)
    cores = sum(machine.get("cores", 0) for machine in model["machines"].values())
    access = next((user["access"] for user in model["users"].values()), "-")
    return [
        (model["short-name"] + ("*" if is_current else ""), "green" if is_current else ""),
        *plain(*([model["model-uuid"]] if document.get("_uuid") else [])),
        (_place(model), ""),
        (model["type"], ""),
        (status, style_of(status)),
        *plain(len(model["machines"]), cores or "-", units or "-", access, _last_seen(model)),
    ]


def _last_seen(model: Document) -> str:
    users = model["users"].values()
    return next((user["last-connection"] for user in users), "never connected")


def _controller(name: str, entry: Document, is_current: bool) -> Line:
    model = entry.get("current-model", "").rpartition("/")[2]
    return [
        (name + ("*" if is_current else ""), "green" if is_current else ""),
        *plain(
            model or "-",
            entry["user"],
            entry["access"],
            _place(entry),
            entry.get("model-count") or "-",
            entry.get("controller-machines", {}).get("Total", "-"),
            "none",
            "(does not answer)" if "error" in entry else entry["agent-version"],
            "",  # Juju ends this line with a padded cell
        ),
    ]


def _place(entry: Document) -> str:
    return "/".join(part for part in (entry["cloud"], entry.get("region", "")) if part)


def _secret(name: str, secret: Document) -> Line:
    called = secret.get("name") or secret.get("label") or "-"
    rotation, revision = secret.get("rotation", "never"), secret["revision"]
    return plain(name, called, secret["owner"], rotation, revision, secret["updated"])


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return on_one_line(str(value)) or '""'


def _first_line(text: str) -> str:
    return on_one_line(text.strip().partition("\n")[0])


def _operation(name: str, operation: Document) -> Line:
    timing = operation.get("timing", {})
    status = operation["status"]
    return [
        (name, ""),
        (status, style_of(status)),
        *plain(
            _without_zone(timing.get("started", "")),
            _without_zone(timing.get("completed", "")),
            ",".join(operation.get("tasks", {})),
            on_one_line(operation["summary"]),
        ),
    ]


def _without_zone(moment: str) -> str:
    return "T".join(moment.split(" ")[:2])
