"""What a running controller does: settle the records, carry out effects, until it is stopped."""

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from msgspec.structs import asdict, replace

from kafkastack.agent.execution import Execution
from kafkastack.agent.installer import place_zygote
from kafkastack.agent.interpreters import Interpreters
from kafkastack.agent.machine_tasks import run_machine_task
from kafkastack.agent.site import Site, place_of
from kafkastack.agent.unit_agent import UnitAgent
from kafkastack.clouds.protocol import Cloud, Instance, MachineSpec, Watched
from kafkastack.clouds.protocol import Machine as CloudMachine
from kafkastack.controller import cross_model
from kafkastack.controller.deadlines import Deadlines
from kafkastack.controller.effects import (
    Destroy,
    Effect,
    ForgetModel,
    Place,
    Provision,
    Restart,
    RunOnMachine,
    StartAgent,
    StopAgent,
    TakeStorage,
    wanted_effects,
)
from kafkastack.controller.firewall import Firewall, OpenPorts
from kafkastack.controller.keeping import take_storage
from kafkastack.controller.restarting import restart
from kafkastack.controller.retrying import Failures
from kafkastack.controller.settle import settle
from kafkastack.controller.subordinates import change_subordinates
from kafkastack.controller.watching import not_attached, watch
from kafkastack.errors import KafkastackError
from kafkastack.model.records import Machine, Model, StatusInfo, Storage, Task, Unit
from kafkastack.store.journal import forget_statements
from kafkastack.store.store import Transaction

_RETRY_SECONDS = 2.0
_HOUSEKEEPING_SECONDS = 30.0
_DESTROY_SECONDS = 30.0
AnyEffect = Effect | OpenPorts


class Service:
    """The loop of a controller: records → consequences → effects."""

    def __init__(self, site: Site, cloud: Cloud) -> None:
        self.site = site
        self.cloud = cloud
        self.stopping = asyncio.Event()
        self._machines: dict[Place, CloudMachine] = {}
        self._firewall = Firewall(cloud)
        self._interpreters: dict[Place, Interpreters] = {}
        self._agents: dict[Place, asyncio.Task[None]] = {}
        self._executions: dict[Place, Execution] = {}
        self._effects: dict[AnyEffect, asyncio.Task[None]] = {}
        self._failures = Failures()
        self._deadlines = Deadlines(site)
        self._done: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Work until `stopping` is set; workloads and hooks outlive the end."""
        watching = asyncio.create_task(self._watch())
        with self.site.store.watch() as changed:
            self._done = changed.set
            while not self.stopping.is_set():
                changed.clear()
                patience = self._look_after_models()
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await changed.wait()
        watching.cancel()
        await self._stop()

    def stop(self) -> None:
        """Ask `run` to end, at once."""
        self.stopping.set()
        self._done()

    def machine(self, model: str, machine: str) -> CloudMachine | None:
        """Return an attached machine."""
        return self._machines.get((model, machine))

    def effects_of(self, model: Model) -> list[AnyEffect]:
        """Return what has yet to happen outside the records of a model."""
        attached, agents = frozenset(self._machines), frozenset(self._agents)
        return [
            *wanted_effects(self.site.store, model, attached, agents),
            *self._firewall.wanted(self.site.store, model.uuid, attached),
        ]

    def execution(self, model: str, unit: str) -> Execution | None:
        """Return what runs the programs of a unit."""
        return self._executions.get((model, unit))

    def _look_after_models(self) -> float:
        """Look after every model; returns in how many seconds to look again."""
        try:
            for uuid in self.site.store.models():
                self._look_after(uuid)
        except KafkastackError as error:  # the records cannot be written: they may be soon
            _complain(error)
            return _RETRY_SECONDS
        return min(_HOUSEKEEPING_SECONDS, self._deadlines.next())

    def _look_after(self, uuid: str) -> None:
        store = self.site.store
        with store.transaction() as tx:
            self._force_overdue(tx, uuid)
            self._follow(tx, uuid)
        model = store.find(Model, uuid, "model")
        if model is None:
            return
        for effect in self.effects_of(model):
            if effect not in self._effects:
                self._start(effect)

    def has_consequences(self, uuid: str) -> bool:
        """Tell whether something follows from the records of a model that is not in them yet."""
        tx = self.site.store.snapshot()
        self._follow(tx, uuid)
        return bool(tx.writes)

    def _follow(self, tx: Transaction, uuid: str) -> None:
        meta, provider = self.site.shelf.meta, self.cloud.provider
        change_subordinates(tx, uuid, meta, provider, self.site.at(uuid).now())
        cross_model.follow(tx, uuid)
        settle(tx, uuid)

    def _force_overdue(self, tx: Transaction, uuid: str) -> None:
        model = tx.find(Model, uuid, "model")
        if model and self._deadlines.patience_with(model) <= 0:
            tx.put(uuid, replace(model, forced=True))

    def _start(self, effect: AnyEffect) -> None:
        task = asyncio.create_task(self._carry_out(effect))
        self._effects[effect] = task
        task.add_done_callback(lambda _: (self._effects.pop(effect, None), self._done()))

    async def _carry_out(self, effect: AnyEffect) -> None:
        doing: Coroutine[Any, Any, None] = self._doing(effect)
        try:
            await doing
            self._failures.forget(effect)
        except Exception as error:
            failed = self._failures.add(effect, error)
            try:
                if failed.is_news:
                    self._tell(effect, error)
            except KafkastackError as unwritable:
                _complain(unwritable)
            await asyncio.sleep(failed.seconds)

    def _doing(self, effect: AnyEffect) -> Coroutine[Any, Any, None]:
        ways = dict[type, Callable[[Any], Coroutine[Any, Any, None]]](
            (
                (Provision, self._provision),
                (Destroy, self._destroy),
                (Restart, self._restart),
                (OpenPorts, self._open_ports),
                (TakeStorage, self._take_storage),
                (StartAgent, self._start_agent),
                (StopAgent, self._stop_agent),
                (RunOnMachine, self._run_on_machine),
                (ForgetModel, self._forget),
            )
        )
        return ways[type(effect)](effect)

    async def _provision(self, effect: Provision) -> None:
        store = self.site.store
        record = store.get(Machine, effect.model, effect.machine)
        spec = self._spec(record, effect.model)
        if record.instance:
            instance = Instance(**record.instance)
        else:
            instance = await self.cloud.create(spec)
            self._record(effect.model, effect.machine, instance=asdict(instance))
        machine = await self.cloud.attach(spec, instance)
        zygote = await place_zygote(machine)
        place = (effect.model, effect.machine)
        warm = self.site.warm_interpreters
        self._interpreters[place] = Interpreters(machine, zygote, enabled=warm)
        self._machines[place] = machine
        now = self.site.at(effect.model).now()
        self._record(
            effect.model,
            effect.machine,
            status=StatusInfo("running", "Running", now),
            agent=StatusInfo("started", "", now),
        )

    async def _destroy(self, effect: Destroy) -> None:
        place = (effect.model, effect.machine)
        record = self.site.store.find(Machine, *place)
        if record is None:
            return
        if interpreters := self._interpreters.pop(place, None):
            await interpreters.close()
        instance = Instance(**record.instance) if record.instance else None
        if not record.kept:
            async with asyncio.timeout(_DESTROY_SECONDS):  # then it is told, and tried again
                await self.cloud.destroy(self._spec(record, effect.model), instance)
        self._machines.pop(place, None)
        self._firewall.forget(*place)
        with self.site.store.transaction() as tx:
            tx.delete(effect.model, record)

    async def _open_ports(self, effect: OpenPorts) -> None:
        record = self.site.store.find(Machine, effect.model, effect.machine)
        if record and record.instance:
            spec = self._spec(record, effect.model)
            await self._firewall.open(effect, spec, Instance(**record.instance))

    async def _start_agent(self, effect: StartAgent) -> None:
        place = (effect.model, effect.unit)
        unit = self.site.store.get(Unit, *place)
        machine = self._machines[effect.model, unit.machine]
        interpreters = self._interpreters[effect.model, unit.machine]
        on_machine = place_of(machine, unit.name)
        site = self.site.at(effect.model)
        execution = Execution(site, on_machine, effect.model, interpreters)
        await execution.open()
        agent = UnitAgent(site, on_machine, effect.model, execution)
        self._executions[place] = execution
        self._agents[place] = asyncio.create_task(self._drive(agent, place))

    async def _drive(self, agent: UnitAgent, place: Place) -> None:
        try:
            await agent.run()
        except Exception as error:
            _complain(error)  # the agent is started again
            await asyncio.sleep(_RETRY_SECONDS)
        unit = self.site.store.find(Unit, *place)
        if unit and unit.life != "dead":  # one that is dead has its files removed by StopAgent
            self._agents.pop(place, None)
            await self._executions.pop(place).close()
        self._done()

    async def _stop_agent(self, effect: StopAgent) -> None:
        place = (effect.model, effect.unit)
        task = self._agents[place]
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if execution := self._executions.pop(place, None):
            await execution.close()
            await execution.remove_files()
        del self._agents[place]

    async def _watch(self) -> None:
        if isinstance(self.cloud, Watched):
            await watch(self.cloud, self._machines, self._lose)

    async def _lose(self, machine: Place) -> None:
        """Let go of a machine that is lost, and of its agents: it is attached again, or told."""
        self._machines.pop(machine, None)
        self._interpreters.pop(machine, None)
        for unit in self.site.store.all(Unit, machine[0]):
            place = (machine[0], unit.name)
            if unit.machine == machine[1] and (task := self._agents.pop(place, None)):
                task.cancel()
                await asyncio.wait([task])
                await self._executions.pop(place).close()
        self._done()

    async def _restart(self, effect: Restart) -> None:
        machine = self._machines[effect.model, effect.machine]
        await restart(self.site, machine, effect.model, effect.machine, self._executions)

    async def _take_storage(self, effect: TakeStorage) -> None:
        storage = self.site.store.find(Storage, effect.model, effect.storage)
        if storage is not None:
            machine = self._machines.get((effect.model, storage.machine))
            await take_storage(self.site, machine, effect.model, storage)

    async def _run_on_machine(self, effect: RunOnMachine) -> None:
        receiver = self.site.store.get(Task, effect.model, effect.task).unit
        machine = self._machines[effect.model, receiver]
        await run_machine_task(self.site.at(effect.model), machine, effect.model, effect.task)

    async def _forget(self, effect: ForgetModel) -> None:
        with self.site.store.transaction() as tx:
            tx.delete_model(effect.model)
            tx.also(forget_statements(effect.model))

    async def _stop(self) -> None:
        tasks = [*self._effects.values(), *self._agents.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for execution in self._executions.values():
            await execution.close()
        for interpreters in self._interpreters.values():
            await interpreters.close()

    def _spec(self, record: Machine, uuid: str) -> MachineSpec:
        model = self.site.store.get(Model, uuid, "model")
        words = (record.base, record.constraints, model.config)
        return MachineSpec(uuid, model.name, record.id, *words)

    def _record(self, model: str, machine: str, **changes: Any) -> None:
        with self.site.store.transaction() as tx:
            tx.put(model, replace(tx.get(Machine, model, machine), **changes))

    def _tell(self, effect: AnyEffect, error: Exception) -> None:
        text = "".join(traceback.format_exception(error))
        self.site.journal.log(effect.model, "controller", "ERROR", type(effect).__name__, text)
        record = self.site.store.find(Machine, effect.model, getattr(effect, "machine", ""))
        if isinstance(effect, Provision) and record:
            now = self.site.at(effect.model).now()
            self._record(effect.model, effect.machine, **not_attached(record, str(error), now))


def _complain(error: Exception) -> None:
    """Write an error to the controller's log; on a full disk that is not possible either."""
    with suppress(OSError):
        traceback.print_exception(error)
