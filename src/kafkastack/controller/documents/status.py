"""Document of `status`: the whole model in the shape of Juju's `status --format json`."""

from collections.abc import Sequence

from kafkastack.controller.documents.applications import applications_part
from kafkastack.controller.documents.facts import Document, Metas, ModelFacts
from kafkastack.controller.documents.infos import status_info
from kafkastack.controller.documents.machines import machines_part
from kafkastack.controller.documents.offers import offers_part, saas_part
from kafkastack.controller.documents.relations import integrations_part
from kafkastack.controller.documents.selection import select
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.controller.documents.storage import storage_part
from kafkastack.controller.documents.times import clock_text
from kafkastack.model.records import StatusInfo
from kafkastack.store.store import Reader


def status_document(
    reader: Reader,
    model_uuid: str,
    facts: ModelFacts,
    metas: Metas,
    selectors: Sequence[str] = (),
) -> Document:
    """Return Juju's status; keys with a leading "_" are for the tables only."""
    snapshot = take_snapshot(reader, model_uuid)
    selection = select(snapshot, selectors)
    machines = [m for m in snapshot.machines.values() if m.id in selection.machines]
    return {
        "model": _model(snapshot, facts),
        "machines": machines_part(machines, facts),
        "applications": applications_part(snapshot, selection, facts, metas),
        **(
            {"application-endpoints": remotes}
            if (remotes := saas_part(reader, snapshot, facts))
            else {}
        ),
        **({"offers": offered} if (offered := offers_part(snapshot, metas)) else {}),
        "storage": storage_part(snapshot, selection, metas, facts),
        "controller": {"timestamp": clock_text(facts.now, facts.timezone)},
        "_owner": snapshot.model.owner,
        "_is_filtered": bool(selectors),
        "_integrations": integrations_part(snapshot, selection),
    }


def _model(snapshot: Snapshot, facts: ModelFacts) -> Document:
    model = snapshot.model
    return {
        "name": model.name,
        "type": "iaas",
        "controller": facts.controller,
        "cloud": model.cloud,
        "region": model.region,
        "version": facts.version,
        "model-status": status_info(model_status(snapshot, facts.trouble), facts),
        "sla": "unsupported",
    }


def model_status(snapshot: Snapshot, trouble: str = "") -> StatusInfo:
    """Return "available" with what troubles the controller, or "destroying" with what is left."""
    if snapshot.model.life == "alive" or trouble:
        return StatusInfo("available", trouble, snapshot.model.created)
    counts = {
        "application": len(snapshot.applications),
        "unit": len(snapshot.units),
        "machine": len(snapshot.machines),
    }
    left = [f"{n} {noun}{'' if n == 1 else 's'}" for noun, n in counts.items() if n]
    message = f"being destroyed, {', '.join(left)} to go" if left else "being destroyed"
    return StatusInfo("destroying", message, snapshot.model.created)
