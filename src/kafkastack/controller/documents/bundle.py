"""Document of `export-bundle`: a model as the bundle that would make it."""

from typing import Any

from kafkastack.controller.documents.applications import charm_url
from kafkastack.controller.documents.facts import Document
from kafkastack.controller.documents.snapshot import Snapshot, take_snapshot
from kafkastack.model.endpoints import EVERYBODY
from kafkastack.model.natural import natural_key
from kafkastack.model.records import Application, Charm, Machine, Unit
from kafkastack.store.store import Reader


def bundle_documents(reader: Reader, model_uuid: str, default_base: str) -> list[Document]:
    """Return the bundle of a model, and the overlay of what may only stand in one."""
    snapshot = take_snapshot(reader, model_uuid)
    bundle = _bundle(snapshot, default_base)
    overlay = {name: only for name in snapshot.applications if (only := _overlay(snapshot, name))}
    return [bundle, {"applications": overlay}] if overlay else [bundle]


def _overlay(snapshot: Snapshot, name: str) -> Document:
    """Return what a bundle may say of an application in an overlay only."""
    exposed = _endpoints(snapshot.applications[name])
    offers = {
        offer.name: {"endpoints": list(offer.endpoints)}
        for offer in snapshot.offers.values()
        if offer.application == name
    }
    shown = {"exposed-endpoints": exposed, "offers": offers}
    return {key: value for key, value in shown.items() if value}


def _bundle(snapshot: Snapshot, default_base: str) -> Document:
    applications = {
        app.name: _application(snapshot, app, default_base)
        for app in snapshot.applications.values()
    }
    used = {unit.machine for unit in snapshot.units.values()}
    document: Document = {
        "default-base": default_base,
        "applications": applications,
        "machines": {
            machine.id: _machine(machine, default_base)
            for machine in snapshot.machines.values()
            if machine.id in used
        },
        "saas": {saas.name: {"url": saas.url} for saas in snapshot.saas.values()},
        "relations": [
            [str(endpoint) for endpoint in reversed(relation.endpoints)]
            for relation in snapshot.relations.values()
            if not relation.is_peer and not relation.offer
        ],
    }
    return {key: value for key, value in document.items() if value}


def _application(snapshot: Snapshot, app: Application, default_base: str) -> Document:
    charm = snapshot.charms[app.charm]
    mine = sorted(
        (unit for unit in snapshot.units.values() if unit.application == app.name),
        key=lambda unit: natural_key(unit.name),
    )
    shown: dict[str, Any] = {
        **_charm(charm),
        "base": charm.base if charm.base != default_base else "",
        **_units(app, mine),
        "expose": app.exposed and not _endpoints(app),
        "options": dict(sorted(app.config.items())),
        "constraints": app.constraints,
        "storage": app.storage,
        "annotations": dict(sorted(app.annotations.items())),
        "trust": app.trust,
    }
    return {key: value for key, value in shown.items() if value or key == "num_units"}


def _charm(charm: Charm) -> Document:
    """Return a charm of ours by its name, another one as Juju names what is from no store."""
    if not charm.channel:
        return {"charm": charm_url(charm)}
    return {"charm": charm.name, "channel": charm.channel, "revision": charm.revision}


def _units(app: Application, units: list[Unit]) -> Document:
    if app.subordinate:
        return {}
    return {"num_units": len(units), "to": [unit.machine for unit in units]}


def _endpoints(app: Application) -> Document:
    """Return what is exposed of an application where that is not all of it to everybody."""
    if not app.exposed or app.exposed_endpoints == {"": EVERYBODY}:
        return {}
    return {
        name: {"expose-to-cidrs": cidrs.split(",")}
        for name, cidrs in app.exposed_endpoints.items()
    }


def _machine(machine: Machine, default_base: str) -> Document:
    shown = {
        "base": machine.base if machine.base != default_base else "",
        "constraints": machine.constraints,
        "annotations": dict(sorted(machine.annotations.items())),
    }
    return {key: value for key, value in shown.items() if value}
