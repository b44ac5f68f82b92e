"""Rules of refreshing an application with another charm, and the options that stay."""

from collections.abc import Iterable, Mapping

from msgspec import structs

from kafkastack.errors import ConflictError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.config import check_values
from kafkastack.model.records import Endpoint, Relation

Options = Mapping[str, str | int | float | bool]


def check_refresh(
    application: str,
    before: CharmMeta,
    after: CharmMeta,
    relations: Iterable[Relation],
    *,
    switch: bool = False,
) -> None:
    """Raise ConflictError, in Juju's words, where a charm cannot take the place of another.

    `switch` allows one of another name.
    """
    named = before if not switch else structs.replace(before, name=after.name)
    reason = _reason(application, named, after, relations)
    if reason:
        raise ConflictError(
            f'cannot upgrade application "{application}" to charm "{after.name}": {reason}',
            f"deploy it as another application: kafkastack deploy CHARM {application}-2",
        )


def _reason(
    application: str, before: CharmMeta, after: CharmMeta, relations: Iterable[Relation]
) -> str:
    if before.name != after.name:
        return f'its name is not "{before.name}"'
    if before.subordinate != after.subordinate:
        return "cannot change an application's subordinacy"
    for relation in relations:
        endpoint = relation.endpoint_of(application)
        if endpoint and not relation.is_peer and not _has(after, endpoint):
            return f'would break relation "{" ".join(map(str, relation.endpoints))}"'
    return ""


def _has(meta: CharmMeta, endpoint: Endpoint) -> bool:
    if endpoint.name not in meta.endpoints:
        return endpoint.name == "juju-info"
    new = meta.endpoints[endpoint.name]
    return (new.interface, new.role) == (endpoint.interface, endpoint.role)


def kept_options(meta: CharmMeta, config: Options) -> dict[str, str | int | float | bool]:
    """Return the options that the new charm still has, with values of its types."""
    return {name: value for name, value in config.items() if _fits(meta, name, value)}


def _fits(meta: CharmMeta, name: str, value: object) -> bool:
    try:
        check_values(meta.options, {name: value})
    except ConflictError:
        return False
    return True
