"""View of the model by one unit: the part of it that decides the unit's next hook."""

from msgspec import Struct, field

from kafkastack.agent.power import is_out_of_use
from kafkastack.model.duration import interval_seconds
from kafkastack.model.records import (
    Application,
    Databag,
    Endpoint,
    Hook,
    Life,
    Machine,
    Model,
    Relation,
    Storage,
    Task,
    Unit,
)
from kafkastack.model.settings import effective
from kafkastack.store.store import Reader


class RelationView(Struct, frozen=True):
    """A relation as its unit must see it: versions of what the other side has written."""

    id: int
    endpoint: Endpoint
    counterpart: Endpoint
    dying: bool
    members: dict[str, int] = field(default_factory=dict[str, int])
    applications: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def is_peer(self) -> bool:
        """Report whether both sides are the same application."""
        return self.endpoint == self.counterpart


class UnitView(Struct, frozen=True):
    """Everything the resolver compares a UnitState with."""

    unit: str
    life: Life
    forced: bool
    charm: str  # Charm key the unit should run
    config_hash: str
    is_leader: bool
    relations: tuple[RelationView, ...]
    storage: tuple[Storage, ...]
    tasks: tuple[Task, ...]
    secret_hooks: tuple[Hook, ...]
    resolved: str
    automatic_retry: bool
    update_status_seconds: float
    has_subordinates: bool
    now: float
    rebooting: bool = False  # or stopped: then it still leaves in order
    leader_written: int = 0  # how often the leader settings have changed
    boots: int = 0  # how often the machine has been restarted
    modified: int = 0  # how often the resources of the charm have changed
    force_charm: bool = False  # in error, too


def observe_relations(reader: Reader, model: str, unit: Unit) -> tuple[RelationView, ...]:
    """Return the relations of a unit, by id."""
    relations = sorted(reader.all(Relation, model), key=lambda r: r.id)
    bags: dict[int, list[Databag]] = {}
    for bag in reader.all(Databag, model):
        bags.setdefault(bag.relation, []).append(bag)
    return tuple(
        _relation_view(reader, model, unit, relation, bags.get(relation.id, []))
        for relation in relations
        if relation.endpoint_of(unit.application) and _concerns(reader, model, unit, relation)
    )


def _concerns(reader: Reader, model: str, unit: Unit, relation: Relation) -> bool:
    """Report whether a container-scoped relation is with this very unit's principal."""
    counterpart = relation.counterpart_of(unit.application)
    if not unit.principal or counterpart is None or counterpart.scope != "container":
        return True
    principal = reader.find(Unit, model, unit.principal)
    return principal is None or principal.application == counterpart.application


def _relation_view(
    reader: Reader, model: str, unit: Unit, relation: Relation, bags: list[Databag]
) -> RelationView:
    endpoint = relation.endpoint_of(unit.application)
    counterpart = relation.counterpart_of(unit.application)
    assert endpoint and counterpart  # noqa: S101  # observe_relations has asked
    members = {
        bag.owner: bag.version
        for bag in bags
        if bag.in_scope
        and bag.owner != unit.name
        and bag.owner.rpartition("/")[0] == counterpart.application
        and (
            counterpart.application == relation.remote
            or _is_visible(reader, model, unit, counterpart, bag.owner)
        )
    }
    applications = {bag.owner: bag.version for bag in bags if bag.owner == counterpart.application}
    return RelationView(
        relation.id,
        endpoint,
        counterpart,
        relation.life != "alive" or relation.suspended,
        members,
        applications,
    )


def _is_visible(
    reader: Reader, model: str, unit: Unit, counterpart: Endpoint, member: str
) -> bool:
    """Report whether a unit on the other side is a member: not on its way out, same machine's."""
    other = reader.find(Unit, model, member)
    if other is None or other.life != "alive":
        return False
    if counterpart.scope == "container":
        return member == unit.principal or other.principal == unit.name
    return True


def settings_of(model: Model) -> tuple[bool, float]:
    """Return automatically-retry-hooks and update-status-hook-interval of a model."""
    retry = effective(model.config, "automatically-retry-hooks")
    interval = effective(model.config, "update-status-hook-interval")
    return bool(retry), interval_seconds(str(interval))


def observe(
    reader: Reader,
    model: Model,
    unit: Unit,
    *,
    config_hash: str,
    secret_hooks: tuple[Hook, ...],
    now: float,
) -> UnitView:
    """Return what the resolver needs to know about `unit`, at one moment."""
    application = reader.get(Application, model.uuid, unit.application)
    retry, interval = settings_of(model)
    pending = [
        task
        for task in reader.all(Task, model.uuid)
        if task.unit == unit.name and task.status in ("pending", "running")
    ]
    machine = reader.find(Machine, model.uuid, unit.machine)
    return UnitView(
        unit=unit.name,
        life=unit.life,
        forced=unit.forced,
        charm=application.charm,
        config_hash=config_hash,
        is_leader=application.leader == unit.name,
        relations=observe_relations(reader, model.uuid, unit),
        storage=tuple(
            sorted(
                (s for s in reader.all(Storage, model.uuid) if s.unit == unit.name),
                key=lambda s: s.id,
            )
        ),
        tasks=tuple(sorted(pending, key=lambda task: task.id)),
        secret_hooks=secret_hooks,
        resolved=unit.resolved,
        automatic_retry=retry,
        update_status_seconds=interval,
        has_subordinates=any(u.principal == unit.name for u in reader.all(Unit, model.uuid)),
        now=now,
        rebooting=machine is not None and is_out_of_use(machine, unit),
        leader_written=application.leader_written,
        boots=machine.boots if machine else 0,
        modified=application.modified,
        force_charm=application.force_charm,
    )
