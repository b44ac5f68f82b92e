"""Endpoints that `integrate A[:e] B[:e]` means, and the reasons why some pairs do not fit."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from kafkastack.errors import ConflictError, NotFoundError
from kafkastack.model.charm import JUJU_INFO, CharmMeta, EndpointMeta
from kafkastack.model.records import Endpoint, Relation, Scope

EVERYBODY = "0.0.0.0/0,::/0"  # the networks an exposed endpoint allows if none is named

_Pair = tuple[Endpoint, Endpoint]  # provider, requirer


class Side(Struct, frozen=True):
    """One side of `integrate`; `used` counts the relations that its endpoints have now."""

    application: str
    meta: CharmMeta
    endpoint: str = ""
    used: Mapping[str, int] = field(default_factory=dict[str, int])

    def __str__(self) -> str:
        return f"{self.application}:{self.endpoint}" if self.endpoint else self.application


def split_reference(text: str) -> tuple[str, str]:
    """Split "kafka:cluster" into application and endpoint, which may be empty."""
    application, _, endpoint = text.partition(":")
    return application, endpoint


def resolve_integration(first: Side, second: Side) -> _Pair:
    """Return provider and requirer; the errors are Juju's, with the commands that would work."""
    pairs = _fitting(first, second)
    if len(pairs) > 1:
        explicit = [pair for pair in pairs if not _is_implicit(pair, first, second)]
        pairs = explicit or pairs
    if not pairs:
        raise _nothing_fits(first, second)
    if len(pairs) > 1:
        raise _ambiguous(first, second, pairs)
    _refuse_two_principals(pairs[0], first, second)
    _refuse_over_limit(pairs[0], first, second)
    return pairs[0]


def peer_endpoints(application: str, meta: CharmMeta) -> tuple[Endpoint, ...]:
    """Return the peer relations that an application gets when it is deployed."""
    peers = [e for e in meta.endpoints.values() if e.role == "peer"]
    return tuple(Endpoint(application, e.name, e.interface, e.role, e.scope) for e in peers)


def count_relations(relations: Iterable[Relation], application: str) -> dict[str, int]:
    """Return how many relations each endpoint of an application has."""
    counts: dict[str, int] = {}
    for relation in relations:
        endpoint = relation.endpoint_of(application)
        if endpoint is not None:
            counts[endpoint.name] = counts.get(endpoint.name, 0) + 1
    return counts


def existing_relation(relations: Iterable[Relation], pair: _Pair) -> Relation | None:
    """Return the relation that already joins the two endpoints."""
    wanted = {str(endpoint) for endpoint in pair}
    return next((r for r in relations if {str(e) for e in r.endpoints} == wanted), None)


def find_relation(relations: Iterable[Relation], first: str, second: str) -> Relation:
    """Return the one relation between A[:e] and B[:e]; NotFoundError or ConflictError if not."""
    found = [r for r in relations if not r.is_peer and _joins(r, first, second)]
    if not found:
        raise NotFoundError(
            f'relation "{first} {second}" not found',
            "kafkastack status --relations lists the relations",
        )
    if len(found) > 1:
        shown = "; ".join(f'"{" ".join(map(str, reversed(r.endpoints)))}"' for r in found)
        raise ConflictError(
            f'ambiguous relation: "{first} {second}" could refer to {shown}',
            "name the endpoints, as in APPLICATION:ENDPOINT",
        )
    return found[0]


def _joins(relation: Relation, first: str, second: str) -> bool:
    one, other = relation.endpoints
    straight = _is_named(one, first) and _is_named(other, second)
    return straight or (_is_named(one, second) and _is_named(other, first))


def _is_named(endpoint: Endpoint, reference: str) -> bool:
    application, name = split_reference(reference)
    return endpoint.application == application and name in ("", endpoint.name)


def _fitting(first: Side, second: Side) -> list[_Pair]:
    if first.application == second.application:
        return []
    pairs = [
        _order(first, one, second, other)
        for one in _candidates(first)
        for other in _candidates(second)
        if one.interface == other.interface and {one.role, other.role} == {"provider", "requirer"}
    ]
    return sorted(pairs, key=str)


def _candidates(side: Side) -> list[EndpointMeta]:
    """Return the endpoints that a side may mean, juju-info among them."""
    if not side.endpoint:
        return [*side.meta.endpoints.values(), JUJU_INFO]
    endpoint = side.meta.endpoint(side.endpoint)
    if endpoint is None:
        known = ", ".join(sorted(side.meta.endpoints)) or "none"
        raise NotFoundError(
            f'application "{side.application}" has no "{side.endpoint}" relation',
            f"its endpoints: {known}",
        )
    return [endpoint]


def _order(first: Side, one: EndpointMeta, second: Side, other: EndpointMeta) -> _Pair:
    scope: Scope = "container" if "container" in (one.scope, other.scope) else "global"
    made = (
        Endpoint(first.application, one.name, one.interface, one.role, scope),
        Endpoint(second.application, other.name, other.interface, other.role, scope),
    )
    return made if one.role == "provider" else (made[1], made[0])


def _is_implicit(pair: _Pair, first: Side, second: Side) -> bool:
    """Report whether a pair needs a juju-info that nobody has declared."""
    metas = {first.application: first.meta, second.application: second.meta}
    return any(e.name not in metas[e.application].endpoints for e in pair)


def _refuse_over_limit(pair: _Pair, first: Side, second: Side) -> None:
    for side in (first, second):
        endpoint = next(e for e in pair if e.application == side.application)
        meta = side.meta.endpoint(endpoint.name)
        if meta is None or not meta.limit or side.used.get(endpoint.name, 0) < meta.limit:
            continue
        raise ConflictError(
            f'cannot add relation "{_key(pair)}": establishing a new relation for {endpoint} '
            f"would exceed its maximum relation limit of {meta.limit} (quota limit exceeded)",
            f"kafkastack remove-relation {endpoint} OTHER makes room",
        )


def _refuse_two_principals(pair: _Pair, first: Side, second: Side) -> None:
    if pair[0].scope != "container" or first.meta.subordinate or second.meta.subordinate:
        return
    raise ConflictError(
        f'cannot add relation "{_key(pair)}": container scoped relation requires '
        "at least one subordinate application"
    )


def _nothing_fits(first: Side, second: Side) -> NotFoundError:
    for side in (first, second):
        meta = side.meta.endpoint(side.endpoint)
        if meta is not None and meta.role == "peer":
            return NotFoundError(
                f"no relations found: {side} is a peer endpoint",
                "peer relations are there as soon as an application is deployed",
            )
    if first.application == second.application:
        return NotFoundError(
            f"no relations found: {first} and {second} are the same application",
            "deploy it a second time under another name: kafkastack deploy CHARM NAME",
        )
    return NotFoundError(
        "no relations found",
        f"{first} and {second} have no interface in common, one providing what the other "
        "requires; see what a charm has: kafkastack info CHARM",
    )


def _ambiguous(first: Side, second: Side, pairs: list[_Pair]) -> ConflictError:
    shown = "; ".join(f'"{_key(pair)}"' for pair in pairs)
    return ConflictError(
        f'ambiguous relation: "{first} {second}" could refer to {shown}',
        f"kafkastack integrate {_key(pairs[0])}",
    )


def _key(pair: _Pair) -> str:
    """Name a relation as Juju does, the requirer first."""
    return f"{pair[1]} {pair[0]}"
