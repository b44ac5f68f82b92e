"""Service loop of a controller: settle the records, carry out effects, until it is stopped."""

import asyncio
import math
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from msgspec.structs import replace

from kafkastack.agent.execution import Execution
from kafkastack.agent.machine_tasks import run_machine_task
from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Cloud
from kafkastack.clouds.protocol import Machine as CloudMachine
from kafkastack.controller import cross_model
from kafkastack.controller.deadlines import Deadlines
from kafkastack.controller.deployer import Deployer
from kafkastack.controller.detached_storage import take_storage
from kafkastack.controller.effects import (
    Destroy,
    Effect,
    ForgetModel,
    Place,
    Provision,
    Restart,
    RunOnMachine,
    StartAgent,
    Stop,
    StopAgent,
    TakeStorage,
    wanted_effects,
)
from kafkastack.controller.firewall import OpenPorts
from kafkastack.controller.leaving import Leaving
from kafkastack.controller.provisioner import Provisioner
from kafkastack.controller.reach import Reach, let_end
from kafkastack.controller.restarting import Switch, restart, stop
from kafkastack.controller.retrying import Failures, complain
from kafkastack.controller.settle import settle
from kafkastack.controller.subordinates import change_subordinates
from kafkastack.controller.watching import Watch
from kafkastack.errors import KafkastackError
from kafkastack.model.records import Model, Storage, Task
from kafkastack.store.journal import forget_statements
from kafkastack.store.store import Transaction

_RETRY_SECONDS = 2.0
_HOUSEKEEPING_SECONDS = 30.0
_END_SECONDS = 2.0  # for what ends on machines; whatever takes longer goes on there
AnyEffect = Effect | OpenPorts


class Service:
    """The loop of a controller: records → consequences → effects."""

    def __init__(self, site: Site, cloud: Cloud) -> None:
        self.site = site
        self.cloud = cloud
        self.stopping = asyncio.Event()
        self.reach = Reach(cloud, lambda: self._done())
        self._provisioner = Provisioner(site, cloud, self.reach)
        self._deployer = Deployer(site, self._provisioner, lambda: self._done())
        self._effects: dict[AnyEffect, asyncio.Task[None]] = {}
        self._failures = Failures()
        self._deadlines = Deadlines(site)
        self._watch = Watch(site, cloud, self.reach, self._provisioner.machines, self._lose)
        self._done: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Work until `stopping` is set; workloads and hooks outlive the end."""
        watching = asyncio.gather(self._watch.run(), self.leaving.keep_trying())
        with self.site.store.watch() as changed:
            self._done = changed.set
            while not self.stopping.is_set():
                changed.clear()
                patience = self._look_after_models()
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await changed.wait()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await self._stop()

    def stop(self) -> None:
        """Ask `run` to end, at once."""
        self.stopping.set()
        self._done()

    @property
    def leaving(self) -> Leaving:
        """How machines are ended on the cloud."""
        return self._provisioner.leaving

    async def look_at_cloud(self) -> None:
        """Ask the cloud at once how the machines are."""
        await self._watch.look()

    def machine(self, model: str, machine: str) -> CloudMachine | None:
        """Return an attached machine."""
        return self._provisioner.machines.get((model, machine))

    def effects_of(self, model: Model) -> list[AnyEffect]:
        """Return what has yet to happen outside the records of a model."""
        attached = self._provisioner.attached()
        agents = frozenset(self._deployer.agents)
        return [
            *wanted_effects(self.site.store, model, attached, agents),
            *self._provisioner.firewall.wanted(self.site.store, model.uuid, attached),
        ]

    def execution(self, model: str, unit: str) -> Execution | None:
        """Return what runs the programs of a unit."""
        return self._deployer.executions.get((model, unit))

    def _look_after_models(self) -> float:
        """Look after every model; returns in how many seconds to look again."""
        try:
            for uuid in self.site.store.models():
                self._look_after(uuid)
        except KafkastackError as error:  # the records cannot be written: they may be soon
            complain(error)
            return _RETRY_SECONDS
        return min(_HOUSEKEEPING_SECONDS, self._deadlines.next(), self._patience_with_cloud())

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
        """Report whether something follows from the records of a model that is not in them yet."""
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
        if model and self._patience_with(model) <= 0:
            tx.put(uuid, replace(model, forced=True))

    def _patience_with(self, model: Model) -> float:
        return min(self._deadlines.patience_with(model), self.reach.patience_with(model))

    def _patience_with_cloud(self) -> float:
        models = [self.site.store.find(Model, uuid, "model") for uuid in self.site.store.models()]
        return max(0.0, min((self.reach.patience_with(m) for m in models if m), default=math.inf))

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
                complain(unwritable)
            await asyncio.sleep(failed.seconds)

    def _doing(self, effect: AnyEffect) -> Coroutine[Any, Any, None]:
        ways = dict[type, Callable[[Any], Coroutine[Any, Any, None]]](
            (
                (Provision, self._provisioner.provision),
                (Destroy, self._provisioner.destroy),
                (Restart, partial(self._switch, restart)),
                (Stop, partial(self._switch, stop)),
                (OpenPorts, self._provisioner.open_ports),
                (TakeStorage, self._take_storage),
                (StartAgent, self._deployer.start),
                (StopAgent, self._deployer.stop),
                (RunOnMachine, self._run_on_machine),
                (ForgetModel, self._forget),
            )
        )
        return ways[type(effect)](effect)

    async def _lose(self, machine: Place) -> None:
        """Let go of a machine that is lost, and of its agents: it is attached again, or told."""
        self._provisioner.let_go(machine)
        await self._deployer.let_go(machine)
        self._done()

    async def _switch(self, way: Switch, effect: Restart | Stop) -> None:
        machine = self._provisioner.machines[effect.model, effect.machine]
        site, executions = self.site.at(effect.model), self._deployer.executions
        await way(site, machine, effect.model, effect.machine, executions)

    async def _take_storage(self, effect: TakeStorage) -> None:
        storage = self.site.store.find(Storage, effect.model, effect.storage)
        if storage is not None:
            machine = self.machine(effect.model, storage.machine)
            await take_storage(self.site, machine, effect.model, storage)

    async def _run_on_machine(self, effect: RunOnMachine) -> None:
        receiver = self.site.store.get(Task, effect.model, effect.task).unit
        machine = self._provisioner.machines[effect.model, receiver]
        await run_machine_task(self.site.at(effect.model), machine, effect.model, effect.task)

    async def _forget(self, effect: ForgetModel) -> None:
        with self.site.store.transaction() as tx:
            tx.delete_model(effect.model)
            tx.also(forget_statements(effect.model))

    async def _stop(self) -> None:
        effects = [*self._effects.values()]
        for effect in effects:
            effect.cancel()
        if effects:
            await asyncio.wait(effects, timeout=_END_SECONDS)
        await let_end(_END_SECONDS, self._deployer.close())
        await self._provisioner.close()

    def _tell(self, effect: AnyEffect, error: Exception) -> None:
        text = "".join(traceback.format_exception(error))
        self.site.journal.log(effect.model, "controller", "ERROR", type(effect).__name__, text)
        if isinstance(effect, Provision):
            self._provisioner.tell(effect, error)
