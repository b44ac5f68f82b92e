"""API of bundles: the changes to a model are planned, then done one by one."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from kafkastack.artifacts import charm_environment
from kafkastack.controller.api import (
    applications,
    constraints,
    exposure,
    offers,
    refresh,
    relations,
)
from kafkastack.controller.api.placing import UnitRequest, add_machine, add_units
from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import bundle_documents
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.model.bundle import Bundle, BundleApplication, read_bundle
from kafkastack.model.bundle_changes import Change, Known, Pair, Present, plan
from kafkastack.model.bundle_diff import diff
from kafkastack.model.charm import CharmMeta
from kafkastack.model.config import check_values
from kafkastack.model.endpoints import Side, resolve_integration, split_reference
from kafkastack.model.records import (
    Application,
    Charm,
    Machine,
    Offer,
    Relation,
    Saas,
    Unit,
)
from kafkastack.model.settings import effective
from kafkastack.system import bounded


class _Task(Struct, frozen=True):
    """A bundle with its charms, and where they are in the model."""

    session: Session
    bundle: Bundle
    file: str
    digests: Mapping[str, str]
    machines: dict[str, str] = field(default_factory=dict[str, str])  # as planned → as it became

    def app(self, name: str) -> BundleApplication:
        return self.bundle.applications[name]

    def meta(self, name: str) -> CharmMeta:
        return self.session.service.site.shelf.meta(self.digests[name])


async def deploy_bundle(
    s: Session, document: dict[str, Any], file: str, dry_run: bool, machines: Mapping[str, str]
) -> list[str]:
    """Carry out what a bundle asks for, and return what that was; `dry_run` only returns it.

    `machines` gives machines of the model to machines of the bundle; "existing" as a key gives
    each the one of its own number.
    """
    s.living_model()
    task = await _begin(s, document, file)
    for name in task.bundle.applications:
        _check(task, name)
        await _check_packages(task, name)
    changes = plan(task.bundle, _present(task, machines), _pairs(task))
    if not dry_run:
        for change in changes:
            await s.progress(change.text)
            await _DO[change.kind](task, change)
    return [change.text for change in changes]


async def export_bundle(s: Session) -> list[dict[str, Any]]:
    """Return the model as a bundle, and the overlay of what may only stand in one."""
    documents = _exported(s)
    if not documents[0].get("applications"):
        raise NotFoundError("nothing to export as there are no applications", "deploy one first")
    return documents


def _exported(s: Session) -> list[dict[str, Any]]:
    model = s.model()
    return bundle_documents(s.store, model.uuid, str(effective(model.config, "default-base")))


async def diff_bundle(s: Session, document: dict[str, Any], file: str) -> dict[str, Any]:
    """Return where the model differs from a bundle."""
    task, exported = await _begin(s, document, file), _exported(s)[0]
    present, model = _present(task, {}), Bundle({}, {}, (), {})
    if exported.get("applications"):
        model = read_bundle(exported, f'model "{s.model_name}"')
    same = {  # a charm of a folder has no name that says which one it is
        name: replace(model.applications[name], charm=task.app(name).charm)
        for name, known in present.applications.items()
        if known.is_same
    }
    model = replace(model, applications={**model.applications, **same})
    return diff(task.bundle, model, set(_pairs(task)), present.relations)


async def _begin(s: Session, document: dict[str, Any], file: str) -> _Task:
    bundle = await bounded.call(read_bundle, document, file, what=file)
    take = s.service.site.shelf.take
    sources = {name: Path(app.source) for name, app in bundle.applications.items()}
    taken = {source: await take(source) for source in sorted(set(sources.values()))}
    digests = {name: taken[source] for name, source in sources.items()}
    return _Task(s, bundle, file, digests)


def _check(task: _Task, name: str) -> None:
    """Refuse what the charm of an application cannot be, before anything is done."""
    app, meta = task.app(name), task.meta(name)
    try:
        check_values(meta.options, app.options)
        _check_charm(task, app, meta)
    except KafkastackError as error:
        place = f"{task.file}: applications.{name}: {error.message}"
        raise type(error)(place, error.advice) from error
    if meta.subordinate and app.num_units:
        raise ConflictError(
            f"{task.file}: applications.{name}.num_units: {meta.name} is a subordinate",
            "leave num_units out: it gets a unit beside each unit of what it is related to",
        )


def _check_charm(task: _Task, app: BundleApplication, meta: CharmMeta) -> None:
    s, model = task.session, task.session.model().uuid
    record = s.store.find(Application, model, app.name)
    if record is None:
        applications.refuse_undeployable(s, meta, app.name)
    else:
        charm = s.store.get(Charm, model, record.charm)
        refresh.refuse_other_track(app.name, charm, app.artifacts)


async def _check_packages(task: _Task, name: str) -> None:
    """Refuse a charm whose Python packages cannot be had."""
    site, digest = task.session.service.site, task.digests[name]
    try:
        charm = charm_environment.Charm(site.shelf.files(digest), digest)
        await charm_environment.check_packages(charm, site.cache)
    except KafkastackError as error:
        place = f"{task.file}: applications.{name}: {error.message}"
        raise type(error)(place, error.advice) from error


def _pairs(task: _Task) -> list[Pair]:
    found: list[Pair] = []
    for first, second in task.bundle.relations:
        try:
            sides = [_side(task, text) for text in (first, second)]
            provider, requirer = resolve_integration(*sides)
        except KafkastackError as error:
            place = f'{task.file}: relation ["{first}" "{second}"]: {error.message}'
            raise type(error)(place, error.advice) from error
        found.append((str(provider), str(requirer)))
    return found


def _side(task: _Task, text: str) -> Side:
    name, endpoint = split_reference(text)
    url = task.bundle.saas.get(name)
    meta = offers.offered_meta(task.session, url) if url else task.meta(name)
    return Side(name, meta, endpoint)


def _present(task: _Task, machines: Mapping[str, str]) -> Present:
    s, model = task.session, task.session.model()
    own = [m.id for m in s.store.all(Machine, model.uuid) if m.life == "alive"]
    given = {name: name for name in task.bundle.machines if name in own}
    chosen = (given if "existing" in machines else {}) | {
        name: number for name, number in machines.items() if name != "existing"
    }
    for name, number in chosen.items():
        if number not in own:
            raise KafkastackError(
                f"--map-machines: machine {number} for {name} not found", "kafkastack machines"
            )
    living = [r for r in s.store.all(Relation, model.uuid) if r.life == "alive" and not r.is_peer]
    return Present(
        applications={
            app.name: _known(task, app)
            for app in s.store.all(Application, model.uuid)
            if app.name in task.bundle.applications
        },
        relations=frozenset((str(r.endpoints[0]), str(r.endpoints[1])) for r in living),
        offers=frozenset(offer.name for offer in s.store.all(Offer, model.uuid)),
        saas=frozenset(saas.name for saas in s.store.all(Saas, model.uuid)),
        machines=chosen,
        numbers=model.sequences,
    )


def _known(task: _Task, record: Application) -> Known:
    s, model = task.session, task.session.model().uuid
    charm, app = s.store.get(Charm, model, record.charm), task.app(record.name)
    units = [u for u in s.store.all(Unit, model) if u.application == record.name]
    return Known(
        is_same=(charm.digest, charm.channel)
        == (task.digests[record.name], app.channel or charm.channel),
        config=record.config,
        constraints=record.constraints,
        annotations=record.annotations,
        exposed=record.exposed,
        exposed_endpoints=record.exposed_endpoints,
        units={unit.name: unit.machine for unit in units if unit.life == "alive"},
    )


async def _deploy(task: _Task, change: Change) -> None:
    app = task.app(change.target)
    await applications.deploy(
        task.session,
        source=app.source,
        application=app.name,
        num_units=1 if task.meta(app.name).subordinate else 0,
        channel=app.channel,
        revision=app.revision,
        base=app.base or task.bundle.default_base,
        config={},
        typed_config=app.options,
        resources=app.resources,
        artifacts=app.artifacts,
        constraints=app.constraints,
        storage=app.storage,
        to="",
        trust=app.trust,
        attach_storage=[],
    )


async def _refresh(task: _Task, change: Change) -> None:
    app = task.app(change.target)
    await refresh.refresh(
        task.session,
        application=app.name,
        source=app.source,
        channel=app.channel,
        revision=app.revision,
        artifacts=app.artifacts,
        base=app.base,
        config={},
        typed_config={},
        resources=app.resources,
        storage=app.storage,
        trust=app.trust,
        force_units=False,
    )


async def _options(task: _Task, change: Change) -> None:
    app = task.app(change.target)
    await applications.config(task.session, app.name, {}, app.options, [])


async def _annotations(task: _Task, change: Change) -> None:
    s, app = task.session, task.app(change.target)
    record = s.application(app.name)
    with s.store.transaction() as tx:
        annotations = {**record.annotations, **app.annotations}
        tx.put(s.model().uuid, replace(record, annotations=annotations))


async def _constraints(task: _Task, change: Change) -> None:
    app = task.app(change.target)
    await constraints.constraints(task.session, app.name, [app.constraints])


async def _expose(task: _Task, change: Change) -> None:
    endpoint = change.place
    cidrs = task.app(change.target).exposed_endpoints.get(endpoint, "")
    endpoints = [endpoint] if endpoint else []
    await exposure.expose(task.session, change.target, endpoints, [], _words(cidrs))


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


async def _machine(task: _Task, change: Change) -> None:
    machine = task.bundle.machines[change.target]
    base = machine.base or task.bundle.default_base
    with task.session.store.transaction() as tx:
        made = add_machine(task.session, tx, base, machine.constraints, placed=True)
        if machine.annotations:
            model = task.session.model().uuid
            record = tx.get(Machine, model, made)
            tx.put(model, replace(record, annotations=dict(machine.annotations)))
    task.machines[change.makes] = made


async def _integrate(task: _Task, change: Change) -> None:
    await relations.integrate(task.session, change.target, change.place)


async def _unit(task: _Task, change: Change) -> None:
    s = task.session
    record = s.application(change.target)
    to = task.machines.get(change.place, change.place)
    with s.store.transaction() as tx:
        [unit] = add_units(s, tx, record, s.meta(record), UnitRequest(1, to))
        if change.makes:
            task.machines[change.makes] = tx.get(Unit, s.model().uuid, unit).machine


async def _consume(task: _Task, change: Change) -> None:
    await offers.consume(task.session, change.place, change.target)


async def _offer(task: _Task, change: Change) -> None:
    application, _, endpoints = change.place.partition(":")
    await offers.offer(task.session, application, endpoints.split(","), change.target)


_DO: Mapping[str, Callable[[_Task, Change], Awaitable[None]]] = {
    "deploy": _deploy,
    "refresh": _refresh,
    "options": _options,
    "annotations": _annotations,
    "constraints": _constraints,
    "expose": _expose,
    "machine": _machine,
    "consume": _consume,
    "integrate": _integrate,
    "unit": _unit,
    "offer": _offer,
}
