"""API of changes to a deployed application: its charm, its resources, its trust."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kafkastack.artifacts.distributions import tracks_of
from kafkastack.controller.api.applications import (
    check_packages,
    refuse_unknown_resource,
    take_resources,
)
from kafkastack.controller.api.session import Session
from kafkastack.errors import ConflictError, NotFoundError
from kafkastack.model.charm import CharmMeta, StorageMeta
from kafkastack.model.config import check_values, parse_values
from kafkastack.model.endpoints import peer_endpoints
from kafkastack.model.records import Application, Charm, Relation, Unit
from kafkastack.model.refresh import check_refresh, kept_options
from kafkastack.model.storage import wanted_storage
from kafkastack.store.numbers import next_number
from kafkastack.store.storages import add_storage, pools_of
from kafkastack.store.store import Transaction


async def refresh(
    s: Session,
    *,
    application: str,
    source: str,
    channel: str,
    revision: int,
    artifacts: Mapping[str, str],
    base: str,
    config: Mapping[str, str],
    typed_config: Mapping[str, Any],
    resources: Mapping[str, str],
    storage: Mapping[str, str],
    trust: bool,
    force_units: bool,
    switch: bool = False,
) -> dict[str, Any]:
    """Give an application the charm in the folder `source`; returns what it is now.

    `switch`: it may be another charm, of another name.

    `revision` 0 is that of a charm without channels: the one after today's. `changed` is False
    where the charm is the same, and nothing else was asked for.
    """
    model, record = s.living_model(), _alive(s, application)
    refuse_other_track(application, s.store.get(Charm, model.uuid, record.charm), artifacts)
    digest = await s.service.site.shelf.take(Path(source))
    meta = s.service.site.shelf.meta(digest)
    warnings = await check_packages(s, digest)
    was = s.metas().get(record.charm, meta)  # which may be damaged: this mends it
    relations = s.store.all(Relation, model.uuid)
    check_refresh(application, was, meta, relations, switch=switch)
    files = await take_resources(s, meta, resources)
    record = _alive(s, application)  # which may have changed while files were copied
    before = s.store.get(Charm, model.uuid, record.charm)
    options = {
        **kept_options(meta, record.config),
        **check_values(meta.options, typed_config),
        **parse_values(meta.options, config),
    }
    number = revision or before.revision + 1
    charm = replace(
        before,
        digest=digest,
        name=meta.name,
        channel=channel if switch else channel or before.channel,
        revision=number,
        base=base or before.base,
        resources=dict(artifacts),
    )
    is_same = bool(revision) and charm == before and not files
    now = replace(
        record,
        charm=record.charm if is_same else charm.key,
        config=options,
        modified=record.modified + bool(files),
        storage={**record.storage, **storage},
        trust=trust or record.trust,
        force_charm=force_units,
    ).with_files(files)
    with s.store.transaction() as tx:
        tx.put(model.uuid, charm)
        tx.put(model.uuid, now)
        _change_peers(tx, model.uuid, application, meta, relations)
        _add_new_storage(s, tx, now, meta, was)
    return {
        "charm": charm.name,
        "revision": number,
        "channel": charm.channel,
        "changed": now != record,
        "warnings": warnings,
    }


def refuse_other_track(application: str, before: Charm, artifacts: Mapping[str, str]) -> None:
    """Refuse another track of Kafka: what one has written, the other does not read."""
    was, wanted = (tracks_of(names.values()) for names in (before.resources, artifacts))
    if not was or not wanted or was == wanted:
        return
    now, then = min(was), min(wanted - was or wanted)
    raise ConflictError(
        f'"{application}" runs Kafka {now} and cannot become Kafka {then}: there is no way from '
        f"track {now} to track {then} in place yet",
        f"deploy a second application (kafkastack deploy {before.name} {before.name}{then} "
        f"--channel {then}/stable) and mirror the topics, or stay: "
        f"kafkastack refresh {application} --channel {before.channel}",
    )


def _add_new_storage(
    s: Session, tx: Transaction, application: Application, meta: CharmMeta, before: CharmMeta
) -> None:
    """Give each unit the storage that a charm asks for and the one before did not know."""
    model = s.model().uuid
    fresh = {name: one for name, one in meta.storage.items() if name not in before.storage}
    pools = pools_of(tx, model, s.service.cloud.provider)
    wanted = wanted_storage(meta.name, fresh, _of(application.storage, fresh), pools)
    for unit in tx.all(Unit, model):
        if unit.application == application.name and unit.life == "alive":
            for name, directive in wanted.items():
                add_storage(tx, model, unit.name, name, directive, s.now)


def _of(directives: Mapping[str, str], storage: Mapping[str, StorageMeta]) -> dict[str, str]:
    return {name: text for name, text in directives.items() if name in storage}


def _change_peers(
    tx: Transaction,
    model: str,
    application: str,
    meta: CharmMeta,
    relations: Iterable[Relation],
) -> None:
    """Make the peer relations that are new with a charm, and end those that it has no more."""
    mine = [r for r in relations if r.is_peer and r.endpoint_of(application)]
    wanted = {endpoint.name: endpoint for endpoint in peer_endpoints(application, meta)}
    for relation in mine:
        if relation.endpoints[0].name not in wanted:
            tx.put(model, replace(relation, life="dying"))
    for name in wanted.keys() - {relation.endpoints[0].name for relation in mine}:
        tx.put(model, Relation(next_number(tx, model, "relation"), (wanted[name],)))


async def attach_resource(
    s: Session,
    application: str,
    resources: Mapping[str, str],
    reset: list[str],
    revisions: Mapping[str, int],
) -> None:
    """Give an application files of its resources; its units run upgrade-charm.

    `reset` are resources that are those of the charm's channel again, `revisions` those that are
    a file again that was given before.
    """
    model, record = s.living_model(), _alive(s, application)
    meta = s.meta(record)
    for name in (*reset, *revisions):
        refuse_unknown_resource(meta, name)
    before = {name: _find_upload(record, name, number) for name, number in revisions.items()}
    files = {**before, **await take_resources(s, meta, resources)}
    record = _alive(s, application)
    kept = {name: file for name, file in record.resources.items() if name not in reset}
    now = replace(record, resources=kept, modified=record.modified + 1).with_files(files)
    with s.store.transaction() as tx:
        tx.put(model.uuid, now)


def _find_upload(record: Application, name: str, number: int) -> str:
    uploads = record.uploads.get(name, ())
    if not 1 <= number <= len(uploads):
        raise NotFoundError(
            f'resource "{name}" of {record.name} has no revision {number}',
            f"revisions of files that were given: 1 to {len(uploads)}"
            if uploads
            else f"no file was given: kafkastack attach-resource {record.name} {name}=FILE",
        )
    return uploads[number - 1]


async def trust(s: Session, application: str, remove: bool) -> None:
    """Let a charm see the credentials of its cloud, or no more."""
    model, record = s.living_model(), _alive(s, application)
    with s.store.transaction() as tx:
        tx.put(model.uuid, replace(record, trust=not remove))


def _alive(s: Session, name: str) -> Application:
    record = s.application(name)
    if record.life != "alive":
        raise ConflictError(
            f'application "{name}" is being removed',
            "wait until kafkastack status shows it no more, then deploy it again",
        )
    return record
