"""Documents of offers, of their users, and of the offers of others that a model uses."""

from collections.abc import Sequence

from kafkastack.controller.documents.applications import charm_url
from kafkastack.controller.documents.facts import Document, Metas, ModelFacts
from kafkastack.controller.documents.infos import status_info
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.model.charm import CharmMeta
from kafkastack.model.derived_status import application_status, workload_status
from kafkastack.model.records import Model, Offer, Relation, Saas, StatusInfo
from kafkastack.store.store import Reader

_ADMIN = {"admin": {"display-name": "admin", "access": "admin"}}


def saas_part(reader: Reader, snapshot: Snapshot, facts: ModelFacts) -> Document:
    """Return the `application-endpoints` of `status`: offers of others, by their name here."""
    return {name: _saas(reader, snapshot, saas, facts) for name, saas in snapshot.saas.items()}


def _saas(reader: Reader, snapshot: Snapshot, saas: Saas, facts: ModelFacts) -> Document:
    related: dict[str, list[str]] = {}
    for relation in snapshot.relations_of(saas.name):
        mine, other = relation.endpoint_of(saas.name), relation.counterpart_of(saas.name)
        if mine and other:
            related.setdefault(mine.name, []).append(other.application)
    shown: Document = {
        "url": saas.url,
        "endpoints": {e.name: {"interface": e.interface, "role": e.role} for e in saas.endpoints},
        "life": saas.life if saas.life != "alive" else "",
        "application-status": status_info(_status_there(reader, saas), facts),
        "relations": related,
    }
    return {key: value for key, value in shown.items() if value}


def _status_there(reader: Reader, saas: Saas) -> StatusInfo:
    """Return the status of what is offered, "terminated" once the offer is gone."""
    offer = reader.find(Offer, saas.model, saas.offer)
    if offer is None or reader.find(Model, saas.model, "model") is None:
        return StatusInfo("terminated", "offer has been removed", saas.created)
    there = take_snapshot(reader, saas.model)
    units = there.units_of(offer.application)
    statuses = [workload_status(unit, there.states.get(unit.name)) for unit in units]
    return application_status(there.applications[offer.application].status, statuses)


def offers_part(snapshot: Snapshot, metas: Metas) -> Document:
    """Return the `offers` of `status`."""
    return {name: _offer(snapshot, offer, metas) for name, offer in snapshot.offers.items()}


def _offer(snapshot: Snapshot, offer: Offer, metas: Metas) -> Document:
    application = snapshot.applications[offer.application]
    connected = connections_of(snapshot, offer)
    return {
        "application": offer.application,
        "charm": charm_url(snapshot.charm_of(application)),
        "total-connected-count": len(connected),
        "active-connected-count": sum(_is_joined(snapshot, one) for one in connected),
        "endpoints": _endpoints(snapshot, offer, metas),
    }


def connections_of(snapshot: Snapshot, offer: Offer) -> list[Relation]:
    """Return the relations that other models have with an offer."""
    return [r for r in snapshot.relations.values() if r.offer == offer.name]


def _is_joined(snapshot: Snapshot, relation: Relation) -> bool:
    return relation.life == "alive" and not relation.suspended and _members(snapshot, relation)


def _members(snapshot: Snapshot, relation: Relation) -> bool:
    return any(
        bag.in_scope and bag.relation == relation.id and bag.owner.startswith(relation.remote)
        for bag in snapshot.databags.values()
    )


def _endpoints(snapshot: Snapshot, offer: Offer, metas: Metas) -> Document:
    application = snapshot.applications[offer.application]
    known = metas.get(application.charm, CharmMeta(application.name)).endpoints
    return {
        name: {"interface": known[name].interface, "role": known[name].role}
        for name in offer.endpoints
        if name in known
    }


def offers_document(
    reader: Reader, model_uuid: str, facts: ModelFacts, metas: Metas, name: str = ""
) -> Document:
    """Return the offers of a model with their connections, as `offers` does."""
    snapshot = take_snapshot(reader, model_uuid)
    return {
        offer.name: {
            "application": offer.application,
            "store": facts.controller,
            "charm": charm_url(snapshot.charm_of(snapshot.applications[offer.application])),
            "offer-url": f"admin/{snapshot.model.name}.{offer.name}",
            "endpoints": _endpoints(snapshot, offer, metas),
            "connections": [
                _connection(snapshot, relation, facts)
                for relation in connections_of(snapshot, offer)
            ],
            "users": _ADMIN,
        }
        for offer in snapshot.offers.values()
        if name in ("", offer.name)
    }


def _connection(snapshot: Snapshot, relation: Relation, facts: ModelFacts) -> Document:
    there = relation.far.partition("/")[0]
    endpoint = relation.counterpart_of(relation.remote)
    status = StatusInfo(_state(snapshot, relation), relation.message, snapshot.model.created)
    return {
        "source-model-uuid": there,
        "username": "admin",
        "relation-id": relation.id,
        "endpoint": endpoint.name if endpoint else "",
        "status": status_info(status, facts),
        "ingress-subnets": _subnets(snapshot, relation),
    }


def _state(snapshot: Snapshot, relation: Relation) -> str:
    if relation.suspended:
        return "suspended"
    if relation.life != "alive":
        return "broken"
    return "joined" if _members(snapshot, relation) else "joining"


def _subnets(snapshot: Snapshot, relation: Relation) -> list[str]:
    found = {
        subnet
        for bag in snapshot.databags.values()
        if bag.relation == relation.id and bag.owner.startswith(f"{relation.remote}/")
        for subnet in bag.data.get("egress-subnets", "").split(",")
    }
    return sorted(found - {""})


def found_offers_document(
    reader: Reader,
    models: Sequence[str],
    facts: ModelFacts,
    metas: Metas,
    *,
    details: bool = False,
) -> Document:
    """Return the offers of these models by URL, as `find-offers` and `show-offer` do."""
    found: Document = {}
    for uuid in models:
        snapshot = take_snapshot(reader, uuid)
        for offer in snapshot.offers.values():
            url = f"{facts.controller}:admin/{snapshot.model.name}.{offer.name}"
            summary = metas.get(snapshot.applications[offer.application].charm)
            more = {"description": summary.summary if summary else ""} if details else {}
            found[url] = {
                **more,
                "access": "admin",
                "endpoints": _endpoints(snapshot, offer, metas),
                "users": _ADMIN,
            }
    return found
