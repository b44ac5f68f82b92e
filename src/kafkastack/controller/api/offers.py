"""API of offers: what other models may use of this one, and this one of theirs."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from kafkastack.controller.api.session import Session, listing
from kafkastack.controller.documents import found_offers_document, offers_document
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.endpoints import Side, count_relations, resolve_integration
from kafkastack.model.names import check_application_name
from kafkastack.model.offer_url import OfferUrl, parse_offer_url
from kafkastack.model.records import Application, Endpoint, Model, Offer, Relation, Saas
from kafkastack.store.numbers import next_number


async def offer(s: Session, application: str, endpoints: list[str], name: str) -> dict[str, Any]:
    """Offer endpoints of an application to other models; again, to offer others."""
    model, record = s.living_model(), s.application(application)
    known = {e.name for e in s.meta(record).endpoints.values() if e.role != "peer"}
    for endpoint in endpoints:
        if endpoint not in known:
            raise NotFoundError(
                f'application "{application}" has no "{endpoint}" relation',
                listing("its endpoints", known, none="it has none that can be offered"),
            )
    advice = "give it another name: kafkastack offer APPLICATION:ENDPOINT NAME"
    check_application_name("offer", name or application, advice)
    made = Offer(name or application, application, tuple(sorted(endpoints)))
    before = s.store.find(Offer, model.uuid, made.name)
    if before and before.application != application:
        raise ConflictError(
            f'offer "{made.name}" is of application "{before.application}"',
            advice,
        )
    with s.store.transaction() as tx:
        tx.put(model.uuid, made)
    return {"url": f"admin/{model.name}.{made.name}"}


async def offers(s: Session, name: str) -> dict[str, Any]:
    """Return the offers of the model with their connections."""
    return offers_document(s.store, s.model().uuid, s.facts, s.metas(), name)


async def find_offers(s: Session, model: str, name: str, details: bool) -> dict[str, Any]:
    """Return the offers of all models, of one, or the one of that name."""
    sessions = [s.of_model(model)] if model else list(_of_all_models(s))
    metas = {key: meta for one in sessions for key, meta in one.metas().items()}
    uuids = [one.model().uuid for one in sessions]
    found = found_offers_document(s.store, uuids, s.facts, metas, details=details)
    chosen = {url: shown for url, shown in found.items() if not name or url.endswith(f".{name}")}
    if name and not chosen:
        raise _not_found(OfferUrl(model, name), found)
    return chosen


def _of_all_models(s: Session) -> Iterator[Session]:
    for uuid in s.store.models():
        if model := s.store.find(Model, uuid, "model"):
            yield s.of_model(model.name)


def _not_found(url: OfferUrl, known: Sequence[str] | dict[str, Any]) -> NotFoundError:
    return NotFoundError(
        f'application offer "{url}" not found',
        listing("there are", known, none="there is none: kafkastack offer APPLICATION:ENDPOINT"),
    )


async def remove_offer(s: Session, url: str, force: bool) -> None:
    """Remove an offer; with `force` its relations go, too."""
    there, found = _find(s, parse_offer_url(url))
    model = there.model().uuid
    used = [r for r in s.store.all(Relation, model) if r.offer == found.name]
    if used and not force:
        plural = "" if len(used) == 1 else "s"
        raise ConflictError(
            f'cannot delete application offer "{found.name}": offer has {len(used)} '
            f"relation{plural}",
            f"remove them where they are used, or: kafkastack remove-offer {url} --force",
        )
    with s.store.transaction() as tx:
        for relation in used:
            tx.put(model, replace(relation, life="dying"))
        tx.delete(model, found)


def _find(s: Session, url: OfferUrl) -> tuple[Session, Offer]:
    """Return the offer of an URL, and a session for its model."""
    if url.controller not in ("", s.controller):
        raise ConflictError(
            f'offer "{url.controller}:{url}" is of another controller',
            "relations reach the models of one controller: deploy both there",
        )
    there = s.of_model(url.model)
    if there.find_model(url.model) is None:
        raise NotFoundError(f'application offer "{url}" not found', "kafkastack find-offers")
    found = s.store.find(Offer, there.model().uuid, url.name)
    if found is None:
        known = [f"admin/{url.model}.{o.name}" for o in s.store.all(Offer, there.model().uuid)]
        raise _not_found(url, known)
    return there, found


async def consume(s: Session, url: str, alias: str) -> str:
    """Give an offer of another model a name in this one; returns it."""
    parsed = parse_offer_url(url)
    there, found = _find(s, parsed)
    model, name = s.living_model(), alias or found.name
    advice = f"give it another name: kafkastack consume {url} ALIAS"
    check_application_name("saas application", name, advice)
    if there.model().uuid == model.uuid:
        raise ConflictError(
            f'offer "{parsed}" is of this very model', f"integrate with {found.application} itself"
        )
    known = s.store.find(Saas, model.uuid, name)
    if s.store.find(Application, model.uuid, name) or (known and known.url != str(parsed)):
        raise ConflictError(
            f'saas application "{name}" already exists' if known else f'"{name}" already exists',
            advice,
        )
    endpoints = _endpoints(_offered(there, found), name)
    made = Saas(name, there.model().uuid, found.name, str(parsed), endpoints, s.now)
    with s.store.transaction() as tx:
        tx.put(model.uuid, made)
    return name


def offered_meta(s: Session, url: str) -> CharmMeta:
    """Return the metadata of what an URL offers, as far as it is offered."""
    return _offered(*_find(s, parse_offer_url(url)))


def _offered(there: Session, offer: Offer) -> CharmMeta:
    """Return the metadata of an application as far as it is offered."""
    meta = there.meta(there.application(offer.application))
    endpoints = {name: e for name, e in meta.endpoints.items() if name in offer.endpoints}
    return replace(meta, endpoints=endpoints)


def _endpoints(meta: CharmMeta, name: str) -> tuple[Endpoint, ...]:
    return tuple(Endpoint(name, e.name, e.interface, e.role) for e in meta.endpoints.values())


async def remove_saas(s: Session, names: list[str]) -> None:
    """Begin to remove offers of others from the model, with their relations."""
    model, records = s.model(), [_saas(s, name) for name in names]
    with s.store.transaction() as tx:
        for record in records:
            tx.put(model.uuid, replace(record, life="dying"))


def _saas(s: Session, name: str) -> Saas:
    model = s.model().uuid
    found = s.store.find(Saas, model, name)
    if found is None:
        known = [saas.name for saas in s.store.all(Saas, model)]
        raise NotFoundError(
            f'saas application "{name}" not found',
            listing("there are", known, none="none is used"),
        )
    return found


def relate(s: Session, saas: Saas, local: Side, endpoint: str) -> None:
    """Relate an application of the model with what another model offers."""
    url = parse_offer_url(saas.url)
    there, offer = _find(s, url)
    model, other = s.living_model().uuid, there.living_model().uuid
    living = [r for r in s.store.all(Relation, model) if r.life == "alive"]
    remote = Side(saas.name, _offered(there, offer), endpoint, count_relations(living, saas.name))
    pair = resolve_integration(local, remote)
    if _exists(s, model, pair):
        raise ConflictError(
            f'relation "{pair[1]} {pair[0]}" already exists',
            "look at: kafkastack status --relations",
        )
    stranger = f"remote-{uuid5(NAMESPACE_URL, f'{model}/{local.application}').hex}"
    renamed = {saas.name: offer.application, local.application: stranger}
    mirrored = tuple(replace(e, application=renamed[e.application]) for e in pair)
    with s.store.transaction() as tx:
        number = next_number(tx, model, "relation")
        far = next_number(tx, other, "relation")
        tx.put(model, Relation(number, pair, far=f"{other}/{far}", remote=saas.name))
        tx.put(
            other,
            Relation(far, mirrored, far=f"{model}/{number}", remote=stranger, offer=offer.name),
        )


def _exists(s: Session, model: str, pair: tuple[Endpoint, Endpoint]) -> bool:
    wanted = {str(endpoint) for endpoint in pair}
    return any({str(e) for e in r.endpoints} == wanted for r in s.store.all(Relation, model))


async def suspend_relations(s: Session, relations: list[str], suspend: bool, message: str) -> None:
    """Suspend relations with other models, or let them go on."""
    model = s.model().uuid
    records = [_offered_relation(s, number) for number in relations]
    with s.store.transaction() as tx:
        for record in records:
            tx.put(model, replace(record, suspended=suspend, message=message if suspend else ""))


def _offered_relation(s: Session, number: str) -> Relation:
    found = s.store.find(Relation, s.model().uuid, number)
    if found is None:
        raise NotFoundError(f'relation "{number}" not found', "see their ids: kafkastack offers")
    if not found.offer:
        raise KafkastackError(
            f'cannot suspend relation "{number}": it is not associated with an offer',
            "suspend it in the model that offers: kafkastack offers",
        )
    return found
