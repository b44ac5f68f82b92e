"""Agent loop of one unit: look, decide, do, record, again; until the unit is retired."""

import asyncio
import contextlib
import traceback
from pathlib import Path

from msgspec.structs import replace

from kafkastack.agent.deciding import decide, state_of
from kafkastack.agent.execution import Execution
from kafkastack.agent.installer import install_charm
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
from kafkastack.agent.power import is_machine_rebooting
from kafkastack.agent.scopes import join_relation, leave_relation
from kafkastack.agent.site import Place, Site
from kafkastack.agent.storage import let_go, place_storage
from kafkastack.errors import KafkastackError
from kafkastack.hooktools.secret_rules import next_due
from kafkastack.model.derived_status import initial
from kafkastack.model.records import (
    Charm,
    StatusInfo,
    Unit,
    UnitState,
)

_BROKEN_SECONDS = 2.0  # between attempts when the machine or the network fails us
_LONGEST_SLEEP = 3600.0


class UnitAgent:
    """The agent of one unit, a task of the controller's loop."""

    def __init__(self, site: Site, place: Place, model: str, execution: Execution) -> None:
        self._site = site
        self._place = place
        self._model = model
        self._execution = execution
        self._fetches: set[asyncio.Future[Path]] = set()

    async def run(self) -> None:
        """Do what the unit needs until it is retired; never raises but for cancellation."""
        with self._site.store.watch() as changed:
            while True:
                changed.clear()
                operation = decide(self._site, self._place, self._model)
                if isinstance(operation, Retire):
                    self._retire()
                    return
                if isinstance(operation, Wait):
                    self._rest()
                    await self._sleep(changed, operation.until)
                else:
                    await self._attempt(operation)

    async def _attempt(self, operation: Operation) -> None:
        try:
            async with self._execution.turn:
                await self._do(operation)
        except Exception as error:
            self._tell(error)
            await asyncio.sleep(_BROKEN_SECONDS)

    def _tell(self, error: Exception) -> None:
        """Say why it cannot go on: in the status, and once in the log."""
        unit = self._site.store.find(Unit, self._model, self._place.unit)
        reason = _reason(error)
        if unit and (unit.agent.current, unit.agent.message) == ("failed", reason):
            return
        self._set_agent_status("failed", reason)
        is_expected = isinstance(error, KafkastackError)
        self._log("ERROR", reason if is_expected else "".join(traceback.format_exception(error)))

    async def _do(self, operation: Operation) -> None:
        match operation:
            case InstallCharm():
                await self._install(operation.charm)
            case PlaceStorage() | LetGo():
                await self._change_storage(operation)
            case Join() | Leave():
                self._change_scope(operation)
            case RunHook():
                self._clear_resolved()
                await self._execution.run_hook(operation.hook, operation.attempt)
            case SkipHook():
                self._skip(operation)
            case RunTask():
                await self._execution.run_task(operation.task)
            case Retire() | Wait():
                raise AssertionError(operation)

    async def _change_storage(self, operation: PlaceStorage | LetGo) -> None:
        if isinstance(operation, PlaceStorage):
            await place_storage(self._site, self._place, self._model)
        else:
            let_go(self._site, self._model, operation.storage)

    def _change_scope(self, operation: Join | Leave) -> None:
        if isinstance(operation, Join):
            join_relation(self._site, self._place, self._model, operation.relation)
            return
        with self._site.store.transaction() as tx:
            leave_relation(tx, self._model, self._place.unit, operation.relation)

    def _state(self) -> UnitState:
        return state_of(self._site, self._place, self._model)

    async def _install(self, charm_key: str) -> None:
        charm = self._site.store.get(Charm, self._model, charm_key)
        if self._site.store.get(Unit, self._model, self._place.unit).agent.current != "failed":
            self._set_agent_status("allocating", "installing charm software")
            self._show_that_the_machine_is_there()
        await self._execution.forget_interpreter()
        self._begin_to_fetch(charm)
        await install_charm(self._site, self._place, charm)
        unit = self._site.store.get(Unit, self._model, self._place.unit)
        first = not self._state().charm
        with self._site.store.transaction() as tx:
            tx.put(self._model, after_charm(self._state(), charm_key))
            workload = initial("unit-charm", self._site.now()) if first else unit.workload
            tx.put(self._model, replace(unit, charm=charm_key, workload=workload))
        with contextlib.suppress(OSError):  # the first hook says what is wrong
            await self._execution.warm_up()

    def _show_that_the_machine_is_there(self) -> None:
        unit = self._site.store.get(Unit, self._model, self._place.unit)
        workload = initial("unit-installing", self._site.now())
        if not unit.charm:
            with self._site.store.transaction() as tx:
                tx.put(self._model, replace(unit, workload=workload))

    def _begin_to_fetch(self, charm: Charm) -> None:
        """Fetch what the first hook will ask for while the charm is installed."""
        application = self._place.unit.rpartition("/")[0]
        for name in charm.resources:
            fetch = self._site.fetch_resource(self._model, application, name, lambda _: None)
            task = asyncio.ensure_future(fetch)
            self._fetches.add(task)
            task.add_done_callback(self._end_fetch)

    def _end_fetch(self, task: "asyncio.Future[Path]") -> None:
        self._fetches.discard(task)
        if not task.cancelled():
            task.exception()  # the hook that asks tries again, and tells it

    def _skip(self, operation: SkipHook) -> None:
        self._clear_resolved()
        with self._site.store.transaction() as tx:
            tx.put(self._model, after_hook(self._state(), operation.hook, self._site.now()))
            if operation.hook.kind == "relation-broken":
                leave_relation(tx, self._model, self._place.unit, operation.hook.relation)

    def _clear_resolved(self) -> None:
        unit = self._site.store.get(Unit, self._model, self._place.unit)
        if unit.resolved:
            with self._site.store.transaction() as tx:
                tx.put(self._model, replace(unit, resolved=""))

    def _retire(self) -> None:
        unit = self._site.store.find(Unit, self._model, self._place.unit)
        if unit:
            with self._site.store.transaction() as tx:
                tx.put(self._model, replace(unit, life="dead"))

    def _rest(self) -> None:
        if self._state().rerun_at:
            return  # a hook that was terminated is still to be run
        is_rebooting = is_machine_rebooting(self._site.store, self._model, self._place.unit)
        self._set_agent_status("rebooting" if is_rebooting else "idle", "")

    def _set_agent_status(self, current: str, message: str) -> None:
        unit = self._site.store.find(Unit, self._model, self._place.unit)
        if unit and (unit.agent.current, unit.agent.message) != (current, message):
            with self._site.store.transaction() as tx:
                status = StatusInfo(current, message, self._site.now())
                tx.put(self._model, replace(unit, agent=status))

    async def _sleep(self, changed: asyncio.Event, until: float) -> None:
        now = self._site.now()
        until = min(until, next_due(self._site.store, self._model, now))
        seconds = min(max(0.0, until - now), _LONGEST_SLEEP)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await changed.wait()

    def _log(self, level: str, message: str) -> None:
        tag = "unit-" + self._place.unit.replace("/", "-")
        self._site.journal.log(self._model, tag, level, "kafkastack.agent", message)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"cannot use {error.filename}: {error.strerror}"
    return str(error) or repr(error)
