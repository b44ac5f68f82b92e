"""Placement of new units: their machines and their storage."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kafkastack.controller.api.session import Session, listing
from kafkastack.errors import ConflictError, NotFoundError, UsageError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.constraints import put_over
from kafkastack.model.derived_status import initial
from kafkastack.model.placement import split_placement
from kafkastack.model.records import Application, Charm, Machine, Storage, Unit
from kafkastack.model.settings import effective
from kafkastack.model.storage import Directive, wanted_storage
from kafkastack.store.numbers import next_number
from kafkastack.store.storages import add_storage, pools_of
from kafkastack.store.store import Transaction


class UnitRequest(Struct, frozen=True):
    """How many units, on which machines, with which storage that is there already."""

    count: int = 1
    to: str = ""
    attach: Sequence[str] = ()


def add_units(
    s: Session, tx: Transaction, application: Application, meta: CharmMeta, wish: UnitRequest
) -> list[str]:
    """Add units to an application; returns their names."""
    model = s.model().uuid
    if wish.attach and wish.count != 1:
        raise UsageError("--attach-storage cannot be used with -n")
    pools = pools_of(tx, model, s.service.cloud.provider)
    wanted = wanted_storage(meta.name, meta.storage, application.storage, pools)
    return [
        _add_unit(s, tx, application, meta, wanted, to, wish.attach)
        for to in split_placement(wish.to, wish.count)
    ]


def add_machine(s: Session, tx: Transaction, base: str, constraints: str, placed: bool) -> str:
    """Add a machine, to be made by the cloud; returns its number."""
    model = s.model()
    identity = str(next_number(tx, model.uuid, "machine"))
    status, agent = initial("machine-pending", s.now), initial("machine-agent-pending", s.now)
    machine = Machine(
        identity,
        base or str(effective(model.config, "default-base")),
        s.now,
        status,
        agent,
        placed=placed,
        constraints=put_over(model.constraints, constraints),
    )
    tx.put(model.uuid, machine)
    return identity


def attach_storage(s: Session, tx: Transaction, unit: str, meta: CharmMeta, identity: str) -> None:
    """Attach a storage that no unit has; its charm must know a storage of that name."""
    model = s.model().uuid
    storage = tx.find(Storage, model, identity)
    if storage is None:
        known = [st.id for st in tx.all(Storage, model)]
        raise NotFoundError(
            f'storage "{identity}" not found',
            listing("storage is", known, none="the model has none"),
        )
    if storage.life != "alive":
        raise ConflictError(f'cannot attach storage "{identity}": it is being removed')
    if storage.unit or storage.machine:
        holder = storage.unit or f"machine {storage.machine}, which lets it go"
        raise ConflictError(
            f'cannot attach storage "{identity}": it is attached to {holder}',
            f"first: kafkastack detach-storage {identity}",
        )
    if storage.name not in meta.storage:
        raise ConflictError(f'charm "{meta.name}" has no store called "{storage.name}"')
    tx.put(model, replace(storage, unit=unit, attachment="alive"))


def _add_unit(
    s: Session,
    tx: Transaction,
    application: Application,
    meta: CharmMeta,
    wanted: dict[str, Directive],
    to: str,
    attach: Sequence[str],
) -> str:
    model = s.model().uuid
    name = f"{application.name}/{next_number(tx, model, f'unit-{application.name}')}"
    machine = _machine_of(s, tx, application, to)
    for identity in attach:
        attach_storage(s, tx, name, meta, identity)
    for storage, directive in wanted.items():
        brought = sum(identity.rpartition("/")[0] == storage for identity in attach)
        missing = replace(directive, count=max(0, directive.count - brought))
        add_storage(tx, model, name, storage, missing, s.now)
    workload, agent = initial("unit-waiting", s.now), initial("agent-allocating", s.now)
    tx.put(model, Unit(name, machine, s.now, workload, agent))
    return name


def _machine_of(s: Session, tx: Transaction, application: Application, to: str) -> str:
    model = s.model().uuid
    if not to:
        base = tx.get(Charm, model, application.charm).base
        return add_machine(s, tx, base, application.constraints, placed=True)
    machine = tx.find(Machine, model, to)
    if machine is None or machine.life != "alive":
        known = [m.id for m in tx.all(Machine, model) if m.life == "alive"]
        raise NotFoundError(f"machine {to} not found", listing("machines are", known))
    tx.put(model, replace(machine, placed=True))
    return to
