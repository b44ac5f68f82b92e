"""A model without a machine, disk or clock: the engine's decisions, and charms that do as told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from kafkastack.agent.operations import (
    InstallCharm,
    Join,
    Leave,
    LetGo,
    Operation,
    PlaceStorage,
    Retire,
    RunHook,
    RunTask,
    SkipHook,
    Wait,
)
from kafkastack.agent.outcome import after_charm, after_hook
from kafkastack.agent.resolver import next_operation
from kafkastack.agent.scopes import enter_scope, leave_relation
from kafkastack.agent.view import observe
from kafkastack.controller.settle import settle
from kafkastack.model.config import config_hash
from kafkastack.model.derived_status import initial
from kafkastack.model.records import (
    Application,
    Charm,
    Databag,
    Endpoint,
    FailedHook,
    Hook,
    Machine,
    Model,
    Relation,
    Storage,
    Task,
    Unit,
    UnitState,
)
from kafkastack.store.numbers import next_number
from kafkastack.store.store import Reader, Record, Transaction

MODEL = "0a1b2c3d-0000-4000-8000-0123456789ab"
Outcome = Literal["good", "fails", "killed"]


@dataclass
class Simulation:
    """One model; `ran` notes the hooks that each unit's charm has been told, and succeeded in."""

    reader: Reader = field(default_factory=lambda: Reader({}))
    now: float = 0.0
    ran: dict[str, list[Hook]] = field(default_factory=dict[str, list[Hook]])
    numbers: int = 0
    leaders: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        config = {"update-status-hook-interval": "1m"}
        self.commit(lambda tx: tx.put(MODEL, Model(MODEL, "m", "local", "x", 0.0, config=config)))

    @property
    def model(self) -> Model | None:
        return self.reader.find(Model, MODEL, "model")

    @property
    def units(self) -> list[Unit]:
        return sorted(self.reader.all(Unit, MODEL), key=lambda unit: unit.name)

    @property
    def applications(self) -> list[Application]:
        return sorted(self.reader.all(Application, MODEL), key=lambda a: a.name)

    @property
    def relations(self) -> list[Relation]:
        return sorted(self.reader.all(Relation, MODEL), key=lambda relation: relation.id)

    def state(self, unit: str) -> UnitState:
        return self.reader.find(UnitState, MODEL, unit) or UnitState(unit)

    def commit(self, change: Callable[[Transaction], None]) -> None:
        """Commit a change with all that follows from it, as the controller does."""
        tx = Transaction(self.reader._tables)  # pyright: ignore[reportPrivateUsage]
        change(tx)
        settle(tx, MODEL)
        self._empty_machines(tx)
        self.reader = Reader(tx.tables)

    def _empty_machines(self, tx: Transaction) -> None:
        """End the machines that nobody uses, as the cloud does."""
        used = {unit.machine for unit in tx.all(Unit, MODEL)}
        for machine in tx.all(Machine, MODEL):
            if machine.life != "alive" and machine.id not in used:
                tx.delete(MODEL, machine)
        settle(tx, MODEL)

    # --- what a person does ---

    def deploy(self, name: str) -> None:
        def change(tx: Transaction) -> None:
            charm = Charm("1", "any", "local", "", 0, "")
            tx.put(MODEL, charm)
            tx.put(MODEL, Application(name, charm.key, 0.0))
            peer = Endpoint(name, "peer", "peer", "peer")
            tx.put(MODEL, Relation(next_number(tx, MODEL, "relation"), (peer,)))

        self.commit(change)

    def add_unit(self, application: str) -> None:
        def change(tx: Transaction) -> None:
            machine = str(next_number(tx, MODEL, "machine"))
            name = f"{application}/{next_number(tx, MODEL, f'unit-{application}')}"
            waiting, idle = initial("unit-waiting", 0.0), initial("agent-idle", 0.0)
            tx.put(MODEL, Machine(machine, "", 0.0, waiting, idle, placed=True))
            tx.put(MODEL, Unit(name, machine, 0.0, waiting, idle))
            number = next_number(tx, MODEL, "storage")
            tx.put(MODEL, Storage(f"data/{number}", "data", name))

        self.commit(change)

    def relate(self, provider: str, requirer: str) -> None:
        ends = (
            Endpoint(provider, "out", "any", "provider"),
            Endpoint(requirer, "in", "any", "requirer"),
        )
        self.commit(lambda tx: tx.put(MODEL, Relation(next_number(tx, MODEL, "relation"), ends)))

    def number(self) -> int:
        """Return a number that nothing else has."""
        self.numbers += 1
        return self.numbers

    def change_record(self, record: Record, **fields: object) -> None:
        self.commit(lambda tx: tx.put(MODEL, replace(record, **fields)))  # type: ignore[arg-type]

    # --- what a unit does ---

    def next_of(self, unit: Unit) -> Operation:
        """Return what the engine decides for a unit."""
        model = self.reader.get(Model, MODEL, "model")
        application = self.reader.get(Application, MODEL, unit.application)
        view = observe(
            self.reader,
            model,
            unit,
            config_hash=config_hash(application.config, "", ""),
            secret_hooks=(),
            now=self.now,
        )
        return next_operation(self.state(unit.name), view)

    def step(self, unit: Unit, outcome: Outcome = "good", writes: str = "") -> bool:
        """Let a unit do the next thing; False if there is none."""
        operation = self.next_of(unit)
        if isinstance(operation, Wait):
            return False
        self.commit(lambda tx: self._do(tx, unit, operation, outcome, writes))
        return True

    def _do(  # noqa: C901  # one branch an operation
        self, tx: Transaction, unit: Unit, operation: Operation, outcome: Outcome, writes: str
    ) -> None:
        state = tx.find(UnitState, MODEL, unit.name) or UnitState(unit.name)
        match operation:
            case InstallCharm(charm):
                tx.put(MODEL, after_charm(state, charm))
                tx.put(MODEL, replace(unit, charm=charm))
            case PlaceStorage():
                for storage in self._storage_of(tx, unit):
                    tx.put(MODEL, replace(storage, location="/x", machine=unit.machine))
            case LetGo(storage):
                record = tx.get(Storage, MODEL, storage)
                tx.put(MODEL, replace(record, unit="", attachment="alive"))
            case Join(relation):
                enter_scope(tx, MODEL, unit.name, relation, {"address": unit.name})
            case Leave(relation):
                leave_relation(tx, MODEL, unit.name, relation)
            case RunHook(hook, attempt):
                self._run(tx, unit, hook, attempt, outcome, writes)
            case SkipHook(hook):
                tx.put(MODEL, replace(unit, resolved=""))
                self._told(tx, unit, hook)
            case RunTask(task):
                tx.put(MODEL, replace(tx.get(Task, MODEL, str(task)), status="completed"))
            case Retire():
                tx.put(MODEL, replace(unit, life="dead"))
            case Wait():
                raise AssertionError(operation)

    def _run(
        self,
        tx: Transaction,
        unit: Unit,
        hook: Hook,
        attempt: int,
        outcome: Outcome,
        writes: str,
    ) -> None:
        tx.put(MODEL, replace(unit, resolved=""))
        state = tx.find(UnitState, MODEL, unit.name) or UnitState(unit.name)
        if outcome == "killed":
            tx.put(MODEL, replace(state, running=hook))
        elif outcome == "fails":
            failed = FailedHook(hook, attempt, self.now + 5.0)
            tx.put(MODEL, replace(state, running=None, failed=failed))
        else:
            self._write(tx, unit, writes)
            self._told(tx, unit, hook)

    def _told(self, tx: Transaction, unit: Unit, hook: Hook) -> None:
        """Note that a hook has been told, as the engine's commit does."""
        state = tx.find(UnitState, MODEL, unit.name) or UnitState(unit.name)
        tx.put(MODEL, after_hook(state, hook, self.now))
        if hook.kind == "relation-broken":
            leave_relation(tx, MODEL, unit.name, hook.relation)
        self.ran.setdefault(unit.name, []).append(hook)
        if hook.kind == "leader-elected":
            self.leaders.append(unit.name)

    def _write(self, tx: Transaction, unit: Unit, text: str) -> None:
        """Write to all relations that the unit is in, and as leader for its application."""
        state = tx.find(UnitState, MODEL, unit.name)
        leads = tx.get(Application, MODEL, unit.application).leader == unit.name
        owners = [unit.name, *([unit.application] if leads else [])]
        for number in state.relations if state and text else {}:
            for owner in owners:
                key = f"{number}/{owner}"
                bag = tx.find(Databag, MODEL, key) or Databag(int(number), owner)
                data = {**bag.data, "text": text}
                if tx.find(Relation, MODEL, number) and data != bag.data:
                    tx.put(MODEL, replace(bag, data=data, version=bag.version + 1))

    def _storage_of(self, tx: Transaction, unit: Unit) -> list[Storage]:
        mine = [s for s in tx.all(Storage, MODEL) if s.unit == unit.name]
        return [storage for storage in mine if not storage.location]

    def run_down(self, limit: int = 3000) -> None:
        """Let every unit do all it has to do, hooks well; it must come to an end."""
        for _ in range(limit):
            steps = [self.step(unit) for unit in self.units if self._is_there(unit)]
            if not any(steps):
                return
        raise AssertionError(f"does not settle: {[str(self.next_of(u)) for u in self.units]}")

    def _is_there(self, unit: Unit) -> bool:
        return self.reader.find(Unit, MODEL, unit.name) == unit
