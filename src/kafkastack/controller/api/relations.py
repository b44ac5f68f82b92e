"""API of relations."""

from msgspec.structs import replace

from kafkastack.controller.api.offers import consume, relate
from kafkastack.controller.api.session import Session
from kafkastack.errors import ConflictError
from kafkastack.model.endpoints import (
    Side,
    count_relations,
    existing_relation,
    find_relation,
    resolve_integration,
    split_reference,
)
from kafkastack.model.offer_url import is_offer_url, parse_offer_url
from kafkastack.model.records import Relation, Saas
from kafkastack.store.numbers import next_number


async def integrate(s: Session, first: str, second: str) -> None:
    """Relate two applications, or one with what another model offers."""
    model = s.living_model()
    relations = s.store.all(Relation, model.uuid)
    first, second = [await _consumed(s, text) for text in (first, second)]
    for here, there in ((first, second), (second, first)):
        name, endpoint = split_reference(there)
        if saas := s.store.find(Saas, model.uuid, name):
            return relate(s, saas, _side(s, here, relations), endpoint)
    sides = [_side(s, text, relations) for text in (first, second)]
    endpoints = resolve_integration(*sides)
    known = existing_relation(relations, endpoints)
    if known and known.life == "alive":
        raise ConflictError(
            f'relation "{endpoints[1]} {endpoints[0]}" already exists',
            "look at: kafkastack status --relations",
        )
    if known:
        raise ConflictError(
            f'relation "{endpoints[1]} {endpoints[0]}" is still being removed',
            "look at: kafkastack status --relations, then integrate again",
        )
    with s.store.transaction() as tx:
        tx.put(model.uuid, Relation(next_number(tx, model.uuid, "relation"), endpoints))
    return None


async def _consumed(s: Session, text: str) -> str:
    """Return an application with its endpoint; an offer's URL is consumed for that."""
    if not is_offer_url(text):
        return text
    url = parse_offer_url(text)
    name = await consume(s, text.removesuffix(f":{url.endpoint}") if url.endpoint else text, "")
    return f"{name}:{url.endpoint}" if url.endpoint else name


async def remove_relation(s: Session, first: str, second: str, force: bool) -> None:
    """Begin to remove a relation; its units run departed and broken."""
    model = s.model()
    for text in (first, second):
        name = split_reference(text)[0]
        if s.store.find(Saas, model.uuid, name) is None:
            s.application(name)
    relation = find_relation(s.store.all(Relation, model.uuid), first, second)
    with s.store.transaction() as tx:
        tx.put(model.uuid, replace(relation, life="dying", forced=force or relation.forced))


def _side(s: Session, text: str, relations: list[Relation]) -> Side:
    name, endpoint = split_reference(text)
    application = s.application(name)
    if application.life != "alive":
        raise ConflictError(f'application "{name}" is being removed')
    living = [relation for relation in relations if relation.life == "alive"]
    return Side(name, s.meta(application), endpoint, count_relations(living, name))
