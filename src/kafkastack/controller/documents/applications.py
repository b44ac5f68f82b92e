"""Documents of applications and their units in `status`, and of one in `show-application`."""

from collections.abc import Sequence

from kafkastack.agent.view import settings_of
from kafkastack.controller.documents.facts import Document, Metas, ModelFacts
from kafkastack.controller.documents.infos import base_map, failed_hook, status_info
from kafkastack.controller.documents.selection import Selection
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.errors import NotFoundError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.derived_status import application_status, workload_status
from kafkastack.model.ports import opened_ports
from kafkastack.model.records import Application, Charm, StatusInfo, Unit
from kafkastack.store.store import Reader


def applications_part(
    snapshot: Snapshot, selection: Selection, facts: ModelFacts, metas: Metas
) -> Document:
    """Return the `applications` map of `status`."""
    return {
        application.name: _application(snapshot, application, selection, facts, metas)
        for application in snapshot.applications.values()
        if application.name in selection.applications
    }


def show_application_document(
    reader: Reader, model_uuid: str, applications: Sequence[str], metas: Metas
) -> Document:
    """Return the named applications as `show-application` does; NotFoundError for a stranger."""
    snapshot = take_snapshot(reader, model_uuid)
    return {
        name: _shown(snapshot, get_application(snapshot, name), metas) for name in applications
    }


def get_application(snapshot: Snapshot, name: str) -> Application:
    """Return an application, or the error that lists the ones there are."""
    if name not in snapshot.applications:
        known = ", ".join(snapshot.applications) or "none"
        raise NotFoundError(
            f'application "{name}" not found', f"the model's applications: {known}"
        )
    return snapshot.applications[name]


def charm_url(charm: Charm) -> str:
    """Return "local:kafka-1", as Juju names a charm that is from no store."""
    return f"{charm.origin}:{charm.name}-{charm.revision}"


def _application(
    snapshot: Snapshot,
    application: Application,
    selection: Selection,
    facts: ModelFacts,
    metas: Metas,
) -> Document:
    charm, meta = snapshot.charm_of(application), _meta(application, metas)
    units = snapshot.units_of(application.name)
    statuses = [workload_status(unit, snapshot.states.get(unit.name)) for unit in units]
    status = status_info(_status(application, statuses, facts), facts)
    shown: Document = {
        "charm": charm_url(charm),
        "base": base_map(charm.base),
        "charm-origin": charm.origin,
        "charm-name": charm.name,
        "charm-rev": charm.revision,
        "charm-channel": charm.channel,
        "exposed": application.exposed,
        "life": application.life if application.life != "alive" else "",
        "application-status": status,
        "relations": _relations(snapshot, application.name),
        "subordinate-to": _principals(snapshot, application.name, meta),
        "units": _units(snapshot, units, selection, facts),
        "version": application.version,
        "endpoint-bindings": _bindings(meta),
    }
    return {key: value for key, value in shown.items() if value or key in _ALWAYS}


_ALWAYS = ("charm-rev", "exposed")


def _status(
    application: Application, statuses: Sequence[StatusInfo], facts: ModelFacts
) -> StatusInfo:
    if application.charm in facts.damaged:
        return StatusInfo("error", facts.damaged[application.charm], application.created)
    return application_status(application.status, statuses)


def _meta(application: Application, metas: Metas) -> CharmMeta:
    return metas.get(application.charm, CharmMeta(application.name))


def _bindings(meta: CharmMeta) -> Document:
    return {"": "alpha", **dict.fromkeys(meta.bindings(), "alpha")}


def _relations(snapshot: Snapshot, application: str) -> Document:
    found: dict[str, list[Document]] = {}
    for relation in snapshot.relations_of(application):
        mine, other = relation.endpoint_of(application), relation.counterpart_of(application)
        if mine and other:
            found.setdefault(mine.name, []).append(
                {
                    "related-application": other.application,
                    "interface": mine.interface,
                    "scope": mine.scope,
                }
            )
    return dict(sorted(found.items()))


def _principals(snapshot: Snapshot, application: str, meta: CharmMeta) -> list[str]:
    """Name the applications that a subordinate is related to in container scope."""
    if not meta.subordinate:
        return []
    others = [r.counterpart_of(application) for r in snapshot.relations_of(application)]
    found = {e.application for e in others if e and e.scope == "container"}
    return sorted(found - {application})


def _units(
    snapshot: Snapshot, units: Sequence[Unit], selection: Selection, facts: ModelFacts
) -> Document:
    return {
        unit.name: _unit(snapshot, unit, selection, facts)
        for unit in units
        if not unit.principal and unit.name in selection.units
    }


def _unit(snapshot: Snapshot, unit: Unit, selection: Selection, facts: ModelFacts) -> Document:
    subordinates = snapshot.subordinates_of(unit.name)
    shown: Document = {
        "workload-status": _workload(snapshot, unit, facts),
        "juju-status": _agent(snapshot, unit, facts),
        "leader": snapshot.leads(unit),
        "machine": "" if unit.principal else unit.machine,
        "open-ports": opened_ports(unit.ports),
        "public-address": snapshot.address_of(unit),
        "subordinates": {
            inner.name: _unit(snapshot, inner, selection, facts)
            for inner in subordinates
            if inner.name in selection.units
        },
    }
    return {key: value for key, value in shown.items() if value}


def _agent(snapshot: Snapshot, unit: Unit, facts: ModelFacts) -> Document:
    lost = StatusInfo("lost", "agent is not communicating with the server", unit.agent.since)
    shown = lost if snapshot.is_lost(unit) else unit.agent
    return status_info(shown, facts, unit.life) | {"version": facts.version}


def _workload(snapshot: Snapshot, unit: Unit, facts: ModelFacts) -> Document:
    if snapshot.is_lost(unit):
        message = f"agent lost, see 'juju show-status-log {unit.name}'"
        return status_info(StatusInfo("unknown", message, unit.workload.since), facts)
    state = snapshot.states.get(unit.name)
    info = status_info(workload_status(unit, state), facts)
    if state is None or state.failed is None:
        return info
    is_retried, _ = settings_of(snapshot.model)
    failed = failed_hook(state.failed, facts.timezone, is_retried=is_retried)
    other = _other_side(snapshot, unit, state.failed.hook.relation)
    return info | {"message": f"{info['message']}{other}", "failed-hook": failed}


def _other_side(snapshot: Snapshot, unit: Unit, relation: int) -> str:
    """Return with whom the hook of a relation has failed, as Juju ends its message."""
    found = snapshot.relations.get(str(relation))
    other = found.counterpart_of(unit.application) if found and not found.is_peer else None
    return f" for {other.application}:{other.name}" if other else ""


def _shown(snapshot: Snapshot, application: Application, metas: Metas) -> Document:
    charm, meta = snapshot.charm_of(application), _meta(application, metas)
    shown: Document = {
        "charm": charm.name,
        "base": charm.base,
        "channel": charm.channel,
        "constraints": _constraints(application.constraints),
        "principal": not meta.subordinate,
        "exposed": application.exposed,
        "exposed-endpoints": _exposed(application),
        "remote": False,
        "life": application.life,
        "endpoint-bindings": _bindings(meta),
    }
    return {key: value for key, value in shown.items() if value not in ("", {})}


def _exposed(application: Application) -> Document:
    return {
        endpoint: {"expose-to-cidrs": cidrs.split(",")}
        for endpoint, cidrs in sorted(application.exposed_endpoints.items())
    }


def _constraints(text: str) -> Document:
    return {key: value for key, _, value in (word.partition("=") for word in text.split())}
