"""goal-state, credential-get: what is planned around the unit."""

import datetime
from typing import Any

from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.model.records import StatusInfo, Unit


async def goal_state(context: HookContext, call: Call) -> str:
    """Print the units this model is meant to have, by relation."""
    parsed = call.parse_output(most=0)
    own = context.application.name
    document: dict[str, Any] = {"units": _units(context, own), "relations": {}}
    for relation in context.application_relations():
        other = relation.counterpart_of(own)
        if other is None or relation.is_peer:
            continue
        goals = document["relations"].setdefault(context.endpoint(relation).name, {})
        goals[other.application] = {"status": "joined", "since": _time(context.environment.now())}
        goals.update(_units(context, other.application))
    return write(document, parsed["format"])


def _units(context: HookContext, application: str) -> dict[str, dict[str, str]]:
    units = context.reader.all(Unit, context.model)
    return {
        unit.name: _goal(unit.life, unit.workload)
        for unit in units
        if unit.application == application
    }


def _goal(life: str, status: StatusInfo) -> dict[str, str]:
    current = "dying" if life != "alive" else status.current
    return {"status": current, "since": _time(status.since)}


def _time(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def credential_get(context: HookContext, call: Call) -> str:
    """Print the cloud's credential, to a charm that is trusted."""
    parsed = call.parse_output(most=0)
    if not context.application.trust:
        raise ToolError("permission denied")
    return write(_cloud_spec(context), parsed["format"])


def _cloud_spec(context: HookContext) -> dict[str, Any]:
    model = context.model_record
    held = context.environment.find_credential(model.cloud, model.credential)
    attributes = {key: value for key, value in held.items() if key != "auth-type"}
    context.hide(attributes.values())
    return {
        "type": context.environment.provider,
        "name": model.cloud,
        "region": model.region,
        "credential": {"auth-type": held.get("auth-type", "empty"), "attrs": attributes},
        "is-controller-cloud": True,
    }


TOOLS = {"credential-get": credential_get, "goal-state": goal_state}
