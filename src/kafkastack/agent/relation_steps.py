"""Next hook of a unit in its relations: departed, broken, changed, joined, in Juju's order."""

from collections.abc import Iterator

from kafkastack.agent.operations import Leave, Operation, RunHook
from kafkastack.agent.view import RelationView, UnitView
from kafkastack.model.records import Hook, RelationState, UnitState


def next_in_relations(state: UnitState, view: UnitView) -> Operation | None:
    """Return the most urgent operation of the first relation that wants one."""
    known = {str(relation.id) for relation in view.relations}
    for gone in sorted(state.relations.keys() - known, key=int):
        return Leave(int(gone))
    for relation in view.relations:
        operation = next(_steps(told_of(state, relation.id), relation, view), None)
        if operation is not None:
            return operation
    return next(_own_news(state, view), None)


def told_of(state: UnitState, relation: int) -> RelationState:
    """Return what the unit has been told of a relation."""
    return state.relations.get(str(relation), RelationState())


def relation_hook(
    kind: str,
    relation: RelationView,
    *,
    remote_unit: str = "",
    departing_unit: str = "",
    version: int = 0,
) -> Hook:
    """Describe a hook of `relation`."""
    return Hook(
        kind,
        relation=relation.id,
        endpoint=relation.endpoint.name,
        remote_application=relation.counterpart.application,
        remote_unit=remote_unit,
        departing_unit=departing_unit,
        version=version,
    )


def _steps(told: RelationState, relation: RelationView, view: UnitView) -> Iterator[Operation]:
    """Yield what this relation wants, the most urgent first."""
    dying = relation.dying or view.life != "alive"
    if not told.created:
        if told.joined and dying:
            yield Leave(relation.id)
        return
    if told.changed_pending:
        yield _changed(relation, told.changed_pending)
    present = {} if dying else relation.members
    yield from _departures(told, relation, present, view.unit if not relation.dying else "")
    if dying:
        broken = relation_hook("relation-broken", relation)
        yield Leave(relation.id) if relation.is_peer else RunHook(broken)
        return
    yield from _arrivals(told, relation, present, view)


def _departures(
    told: RelationState, relation: RelationView, present: dict[str, int], dying_unit: str
) -> Iterator[Operation]:
    for member in _sorted(told.members):
        if member not in present:
            leaving = (
                dying_unit if dying_unit and not present and member in relation.members else member
            )
            yield RunHook(
                relation_hook(
                    "relation-departed", relation, remote_unit=member, departing_unit=leaving
                )
            )


def _own_news(state: UnitState, view: UnitView) -> Iterator[Operation]:
    """Yield what a leader has written for its peers: it is told, when nobody waits for it."""
    for relation in view.relations:
        told = told_of(state, relation.id)
        is_there = told.created and not relation.dying and view.life == "alive"
        if is_there and _is_written_here(relation, view):
            yield from _news_of_applications(told, relation)


def _is_written_here(relation: RelationView, view: UnitView) -> bool:
    return relation.is_peer and view.is_leader


def _news_of_applications(told: RelationState, relation: RelationView) -> Iterator[Operation]:
    for application, version in relation.applications.items():
        if version != told.applications.get(application, 0):
            yield RunHook(relation_hook("relation-changed", relation, version=version))


def _arrivals(
    told: RelationState, relation: RelationView, present: dict[str, int], view: UnitView
) -> Iterator[Operation]:
    if not _is_written_here(relation, view):
        yield from _news_of_applications(told, relation)
    for member in _sorted(present):
        if member not in told.members:
            yield RunHook(
                relation_hook(
                    "relation-joined", relation, remote_unit=member, version=present[member]
                )
            )
    for member in _sorted(present):
        if told.members[member] != present[member]:
            yield _changed(relation, member)


def _changed(relation: RelationView, member: str) -> RunHook:
    version = relation.members.get(member, 0)
    return RunHook(
        relation_hook("relation-changed", relation, remote_unit=member, version=version)
    )


def _sorted(units: dict[str, int]) -> list[str]:
    return sorted(units, key=lambda unit: (unit.rpartition("/")[0], int(unit.rpartition("/")[2])))
