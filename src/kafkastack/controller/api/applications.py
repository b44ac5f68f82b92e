"""API of applications and units."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kafkastack.artifacts import charm_environment
from kafkastack.controller.api.placing import UnitRequest, add_units
from kafkastack.controller.api.removing import Removal, begin_to_remove
from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import config_document
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.config import check_names, check_values, parse_values
from kafkastack.model.constraints import parse_constraints, to_text
from kafkastack.model.endpoints import peer_endpoints
from kafkastack.model.names import check_application_name
from kafkastack.model.natural import natural_key
from kafkastack.model.records import Application, Charm, Relation, Unit
from kafkastack.model.settings import effective
from kafkastack.store.numbers import next_number
from kafkastack.store.store import Transaction


async def deploy(
    s: Session,
    *,
    source: str,
    application: str,
    num_units: int,
    channel: str,
    revision: int,
    base: str,
    config: Mapping[str, str],
    typed_config: Mapping[str, Any],
    resources: Mapping[str, str],
    artifacts: Mapping[str, str],
    constraints: str,
    storage: Mapping[str, str],
    to: str,
    trust: bool,
    attach_storage: list[str],
) -> dict[str, Any]:
    """Deploy the charm in the folder `source`; returns name, channel and revision as deployed."""
    model = s.living_model()
    digest = await s.service.site.shelf.take(Path(source))
    meta = s.service.site.shelf.meta(digest)
    warnings = await check_packages(s, digest)
    name = application or meta.name
    refuse_undeployable(s, meta, name)
    if meta.subordinate and (num_units != 1 or to or attach_storage):
        raise ConflictError(
            "cannot use --num-units or --to with subordinate application",
            "it gets a unit beside each unit of what it is integrated with",
        )
    options = {**check_values(meta.options, typed_config), **parse_values(meta.options, config)}
    files = await take_resources(s, meta, resources)
    refuse_undeployable(s, meta, name)  # another may have come while the files were copied
    model = s.living_model()
    base = base or str(effective(model.config, "default-base"))
    charm = Charm(digest, meta.name, "local", channel, revision, base, dict(artifacts))
    with s.store.transaction() as tx:
        tx.put(model.uuid, charm)
        record = Application(
            name,
            charm.key,
            s.now,
            config=options,
            trust=trust,
            constraints=to_text(parse_constraints([constraints])),
            storage=dict(storage),
            subordinate=meta.subordinate,
        ).with_files(files)
        tx.put(model.uuid, record)
        for endpoint in peer_endpoints(name, meta):
            tx.put(model.uuid, Relation(next_number(tx, model.uuid, "relation"), (endpoint,)))
        if not meta.subordinate:
            add_units(s, tx, record, meta, UnitRequest(num_units, to, attach_storage))
    return {
        "application": name,
        "charm": meta.name,
        "channel": channel,
        "revision": revision,
        "warnings": warnings,
    }


async def check_packages(s: Session, digest: str) -> list[str]:
    """Refuse a charm whose packages cannot be had; return what it will lack, noted in the log."""
    site = s.service.site
    charm = charm_environment.Charm(site.shelf.files(digest), digest)
    warnings = await charm_environment.check_packages(charm, site.cache)
    for text in warnings:
        site.journal.log(s.model().uuid, "controller", "WARNING", "kafkastack.deploy", text)
    return list(warnings)


async def take_resources(s: Session, meta: CharmMeta, given: Mapping[str, str]) -> dict[str, str]:
    """Copy the files given as resources, by name."""
    for name in given:
        refuse_unknown_resource(meta, name)
    take = s.service.site.shelf.take_resource
    return {
        name: str(await asyncio.to_thread(take, Path(path), meta.resources[name].filename or name))
        for name, path in given.items()
    }


def refuse_unknown_resource(meta: CharmMeta, name: str) -> None:
    """Refuse a resource that the charm does not know."""
    if name not in meta.resources:
        raise NotFoundError(
            f'unrecognized resource "{name}" for charm "{meta.name}"',
            f"the charm's resources: {', '.join(sorted(meta.resources)) or 'none'}",
        )


def refuse_undeployable(s: Session, meta: CharmMeta, name: str) -> None:
    """Refuse a charm that does not run here, and a name that is none or is taken."""
    if meta.is_kubernetes:
        raise KafkastackError(
            f'charm "{meta.name}" is for Kubernetes: it has containers',
            "kafkastack runs machine charms",
        )
    advice = "give it another name: kafkastack deploy CHARM NAME"
    check_application_name("application", name, advice)
    if s.store.find(Application, s.model().uuid, name):
        raise ConflictError(
            f'cannot add application "{name}": application already exists',
            "deploy it under another name: kafkastack deploy CHARM NAME",
        )


async def add_unit(
    s: Session, application: str, num_units: int, to: str, attach_storage: list[str]
) -> list[str]:
    """Add units and return their names."""
    s.living_model()
    record = s.application(application)
    if record.life != "alive":
        raise ConflictError(
            f'application "{application}" is being removed',
            "wait until kafkastack status shows it no more, then deploy it again",
        )
    meta = s.meta(record)
    if meta.subordinate:
        raise ConflictError(
            f'cannot add unit: application "{application}" is a subordinate',
            "add a unit to what it is related to: it comes with it",
        )
    with s.store.transaction() as tx:
        return add_units(s, tx, record, meta, UnitRequest(num_units, to, attach_storage))


async def remove_unit(
    s: Session, units: list[str], force: bool, destroy_storage: bool
) -> list[Removal]:
    """Begin to remove units; returns what goes."""
    records = [s.unit(name) for name in units]
    model = s.model()
    for unit in records:
        if unit.principal:
            raise ConflictError(
                f'unit "{unit.name}" is a subordinate, to remove use remove-relation',
                f'this will remove all units of "{unit.application}": '
                f"kafkastack remove-relation {unit.application} "
                f"{unit.principal.rpartition('/')[0]}",
            )
    with s.store.transaction() as tx:
        return [begin_to_remove(tx, model.uuid, u, force, destroy_storage) for u in records]


async def remove_application(
    s: Session, applications: list[str], force: bool, destroy_storage: bool
) -> list[Removal]:
    """Begin to remove applications; returns what goes with them."""
    records = [s.application(name) for name in applications]
    model = s.model()
    units = [u for u in s.store.all(Unit, model.uuid) if u.application in set(applications)]
    if not force:
        _refuse_used(s, model.uuid, applications)
    with s.store.transaction() as tx:
        for application in records:
            tx.put(model.uuid, replace(application, life="dying"))
        gone = [begin_to_remove(tx, model.uuid, u, force, destroy_storage) for u in units]
        if force:
            _force_relations(tx, model.uuid, set(applications))
    return sorted(gone, key=lambda going: natural_key(going["unit"]))


def _refuse_used(s: Session, model: str, applications: list[str]) -> None:
    """Refuse to remove what other models are integrated with."""
    for name in applications:
        used = [r for r in s.store.all(Relation, model) if r.offer and r.endpoint_of(name)]
        if used:
            plural = "" if len(used) == 1 else "s"
            raise ConflictError(
                f'cannot destroy application "{name}": application is used by {len(used)} '
                f"consumer{plural}",
                "see by whom: kafkastack offers; or remove it with them: --force",
            )


def _force_relations(tx: Transaction, model: str, applications: set[str]) -> None:
    for relation in tx.all(Relation, model):
        if not relation.is_peer and any(e.application in applications for e in relation.endpoints):
            tx.put(model, replace(relation, life="dying"))


async def config(
    s: Session,
    application: str,
    values: Mapping[str, str],
    typed_values: Mapping[str, Any],
    reset: list[str],
) -> dict[str, Any]:
    """Set and reset options, and return all of them as Juju shows them."""
    model, record = s.model(), s.application(application)
    meta = s.meta(record)
    check_names(meta.options, reset)
    changes = {**check_values(meta.options, typed_values), **parse_values(meta.options, values)}
    if changes or reset:
        kept = {k: v for k, v in {**record.config, **changes}.items() if k not in reset}
        with s.store.transaction() as tx:
            tx.put(model.uuid, replace(record, config=kept))
    return config_document(s.store, model.uuid, application, s.metas())
