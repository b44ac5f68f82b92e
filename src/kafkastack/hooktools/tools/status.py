"""status-set, status-get, application-version-set: true at once, as in Juju."""

from typing import Any

from msgspec.structs import replace

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.model.bounds import VERSION, shortened
from kafkastack.model.derived_status import application_status
from kafkastack.model.records import Application, StatusInfo, Unit
from kafkastack.store.store import Transaction

_APPLICATION = Flag(("application",), takes_value=False)
_SETTABLE = ("maintenance", "blocked", "waiting", "active")


async def status_set(context: HookContext, call: Call) -> str:
    """Set the unit's status, or its application's."""
    parsed = call.parse(_APPLICATION)
    if not parsed.positional:
        raise UsageError("invalid args, require <status> [message]")
    current, *message = parsed.positional
    if current not in _SETTABLE:
        expected = " ".join(_SETTABLE)
        raise UsageError(f'invalid status "{current}", expected one of [{expected}]')
    text = shortened(context.scrub(" ".join(message)))
    status = StatusInfo(current, text, context.environment.now())
    if parsed.is_set("application"):
        _require_leader(context)
        context.change_now(lambda tx: _set_application(tx, context, status))
    else:
        context.change_now(lambda tx: _set_unit(tx, context, status))
    return ""


def _set_unit(tx: Transaction, context: HookContext, status: StatusInfo) -> None:
    unit = tx.find(Unit, context.model, context.unit_name)
    if unit is None or (unit.workload.current, unit.workload.message) == (
        status.current,
        status.message,
    ):
        return
    tx.put(context.model, replace(unit, workload=status))


def _set_application(tx: Transaction, context: HookContext, status: StatusInfo) -> None:
    application = tx.find(Application, context.model, context.unit_name.rpartition("/")[0])
    if application is None:
        return
    known = application.status
    if known is None or (known.current, known.message) != (status.current, status.message):
        tx.put(context.model, replace(application, status=status))


async def status_get(context: HookContext, call: Call) -> str:
    """Print the status of the unit, or of its application and all units."""
    data = Flag(("include-data",), takes_value=False)
    parsed = call.parse_output(_APPLICATION, data, most=0)
    full = parsed.is_set("include-data")
    if not parsed.is_set("application"):
        document = _document(context.unit.workload)
        return write(document if full else document["status"], parsed["format"])
    _require_leader(context)
    units = {
        unit.name: unit.workload
        for unit in context.reader.all(Unit, context.model)
        if unit.application == context.application.name
    }
    own = application_status(context.application.status, list(units.values()))
    members = {name: _document(status) for name, status in units.items()}
    # Juju's own tool nests the units, ops looks for them beside: both find them.
    document = {"application-status": {**_document(own), "units": members}, "units": members}
    return write(document if full else own.current, parsed["format"])


def _document(status: StatusInfo) -> dict[str, Any]:
    return {"status": status.current, "message": status.message, "status-data": status.data}


def _require_leader(context: HookContext) -> None:
    if not context.is_leader:
        raise ToolError("this unit is not the leader")


async def application_version_set(context: HookContext, call: Call) -> str:
    """Set the version of the workload that status shows."""
    words = call.parse(most=1).positional
    if not words:
        raise UsageError("no version specified")
    version = shortened(words[0], VERSION)
    context.change_now(lambda tx: _set_version(tx, context, version))
    return ""


def _set_version(tx: Transaction, context: HookContext, version: str) -> None:
    unit = tx.get(Unit, context.model, context.unit_name)
    application = tx.get(Application, context.model, unit.application)
    if unit.version != version:
        tx.put(context.model, replace(unit, version=version))
    if application.version != version:
        tx.put(context.model, replace(application, version=version))


TOOLS = {
    "application-version-set": application_version_set,
    "status-get": status_get,
    "status-set": status_set,
}
