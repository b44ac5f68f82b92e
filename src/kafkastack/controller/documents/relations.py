"""Document of the integrations in `status --relations`."""

from kafkastack.controller.documents.facts import Document
from kafkastack.controller.documents.selection import Selection
from kafkastack.controller.documents.snapshot import Snapshot
from kafkastack.model.natural import natural_key
from kafkastack.model.records import Relation


def integrations_part(snapshot: Snapshot, selection: Selection) -> list[Document]:
    """Return provider, requirer, interface, type and message of each shown relation."""
    rows = [
        _row(snapshot, relation)
        for relation in snapshot.relations.values()
        if any(e.application in selection.applications for e in relation.endpoints)
    ]
    return sorted(rows, key=_order)


def _order(row: Document) -> list[list[tuple[int, int, str]]]:
    return [natural_key(str(row[key])) for key in ("provider", "requirer")]


def _row(snapshot: Snapshot, relation: Relation) -> Document:
    provider, requirer = relation.endpoints[0], relation.endpoints[-1]
    return {
        "provider": str(provider),
        "requirer": str(requirer),
        "interface": provider.interface,
        "type": _type(relation),
        "message": _message(snapshot, relation),
    }


def _type(relation: Relation) -> str:
    if relation.is_peer:
        return "peer"
    return "subordinate" if relation.endpoints[0].scope == "container" else "regular"


def _message(snapshot: Snapshot, relation: Relation) -> str:
    """Say what keeps a relation from being joined; nothing if it is."""
    if relation.suspended:
        return f"suspended{relation.message and f' - {relation.message}'}"
    if relation.life != "alive":
        return "broken"
    joined = {
        bag.owner.rpartition("/")[0]
        for bag in snapshot.databags.values()
        if bag.relation == relation.id and bag.in_scope
    }
    missing = [e.application for e in relation.endpoints if e.application not in joined]
    return "joining" if missing and not relation.is_peer else ""
