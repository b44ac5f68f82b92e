"""A cloud that refuses, raises or hangs: its machines are down, and what is destroyed ends."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from kafkastack.agent.site import Site
from kafkastack.controller.api.controllers import destroy_controller
from kafkastack.controller.api.models import destroy_model
from kafkastack.controller.api.session import Session
from kafkastack.controller.left import LeftFile
from kafkastack.controller.service import Service
from kafkastack.model.derived_status import initial
from kafkastack.model.records import Application, ControllerSettings, Machine, Model, Unit
from tests.fakes.clock import run_ahead
from tests.fakes.cloud import DistantCloud
from tests.fakes.waiting import until_recorded

MODEL = "0a1b2c3d-0000-4000-8000-0123456789ab"
TROUBLES = ["refuses", "raises", "hangs", "hangs on"]
away = pytest.mark.parametrize("trouble", TROUBLES)


class World:
    """A controller on a distant cloud, and what is seen of it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cloud = DistantCloud()
        self.service = Service(site, self.cloud)
        self.told: list[str] = []
        with site.store.transaction() as tx:
            tx.put(MODEL, Model(MODEL, "m", "fake", "there", 0.0))
            for name in ("0", "1"):
                waiting, pending = initial("machine-pending", 0.0), initial("agent-idle", 0.0)
                tx.put(MODEL, Machine(name, "", 0.0, waiting, pending))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Let the controller run until its machines are there."""
        running = asyncio.create_task(self.service.run())
        await self.until(lambda: self.agents() == ["started", "started"])
        try:
            yield
        finally:
            self.service.stop()
            await running

    async def until(self, condition: Any) -> float:
        """Wait for a condition of the records; return how long it took."""
        clock = asyncio.get_running_loop().time
        began = clock()
        await until_recorded(self.site.store, condition)
        return clock() - began

    @property
    def machines(self) -> list[Machine]:
        return sorted(self.site.store.all(Machine, MODEL), key=lambda machine: machine.id)

    def agents(self) -> list[str]:
        return [machine.agent.current for machine in self.machines]

    def session(self) -> Session:
        async def tell(text: Any) -> None:
            self.told.append(text)

        return Session(self.service, "c", "uuid-c", "m", tell, ControllerSettings())

    async def timed(self, doing: Any) -> tuple[float, Any]:
        """Return how long something took, and what it returned."""
        clock = asyncio.get_running_loop().time
        began = clock()
        result = await asyncio.wait_for(doing, 200)
        return clock() - began, result


@away
def test_its_machines_are_down_with_the_reason_in_ten_seconds_until_it_is_back(
    site: Site, trouble: str
):
    world = World(site)

    async def scenario() -> tuple[float, list[str]]:
        async with world.running():
            await asyncio.sleep(1)
            world.cloud.trouble = trouble
            seconds = await world.until(lambda: world.agents() == ["down", "down"])
            reasons = [machine.status.message for machine in world.machines]
            world.cloud.trouble = ""
            await world.until(lambda: world.agents() == ["started", "started"])
        return seconds, reasons

    seconds, reasons = run_ahead(scenario())

    assert seconds < 10
    assert all(reason.startswith('cloud "fake" ') for reason in reasons)
    assert {machine.status.message for machine in world.machines} == {"Running"}


def test_a_machine_that_others_have_ended_is_let_go_of(site: Site):
    world = World(site)

    async def scenario() -> str:
        async with world.running():
            world.cloud.there.discard("i-1")
            await world.until(lambda: world.agents() == ["started", "down"])
            return world.machines[1].status.message

    assert "i-1 is gone" in run_ahead(scenario())


@away
def test_a_controller_that_starts_while_it_is_away_says_so(site: Site, trouble: str):
    first = World(site)

    async def make() -> None:
        async with first.running():
            pass

    async def look() -> float:
        again = Service(site, first.cloud)
        first.cloud.trouble = trouble
        running = asyncio.create_task(again.run())
        seconds = await first.until(lambda: first.agents() == ["down", "down"])
        again.stop()
        await running
        return seconds

    run_ahead(make())
    assert run_ahead(look()) < 10


@away
@pytest.mark.parametrize(("force", "limit"), [(False, 30), (True, 5)], ids=["plainly", "by force"])
@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "just gone"])
def test_a_controller_is_destroyed_in_time_and_names_what_it_leaves(
    site: Site, trouble: str, force: bool, limit: float, noticed: bool
):
    world = World(site)
    _occupy(site)

    async def scenario() -> tuple[float, Any]:
        async with world.running():
            world.cloud.trouble = trouble
            if noticed:
                await world.until(lambda: world.agents() == ["down", "down"])
            asked = destroy_controller(world.session(), True, force, 60.0)
            return await world.timed(asked)

    seconds, told = run_ahead(scenario())

    assert seconds < limit
    assert told["left"] == ["host (i-0)", "host (i-1)"]
    assert 'cloud "fake"' in told["reason"]
    assert [each.machine for each in LeftFile(site.store.folder).read().machines] == ["0", "1"]
    assert site.store.models() == []


def _occupy(site: Site) -> None:
    """Put a unit on machine 0: nothing answers there, so its last hooks never end."""
    with site.store.transaction() as tx:
        waiting, idle = initial("unit-waiting", 0.0), initial("agent-idle", 0.0)
        tx.put(MODEL, Application("app", "no charm", 0.0))
        tx.put(MODEL, Unit("app/0", "0", 0.0, waiting, idle))


@away
def test_a_model_is_destroyed_and_what_it_left_ends_when_the_cloud_is_back(
    site: Site, trouble: str
):
    world = World(site)

    async def scenario() -> tuple[float, Any, set[str]]:
        async with world.running():
            world.cloud.trouble = trouble
            seconds, told = await world.timed(destroy_model(world.session(), False, 60.0, ""))
            world.cloud.trouble, left = "", set(world.cloud.there)
            await asyncio.sleep(60)
        return seconds, told, left

    seconds, told, left = run_ahead(scenario())

    assert seconds < 30
    assert (told["left"], left) == (["host (i-0)", "host (i-1)"], {"i-0", "i-1"})
    assert world.cloud.there == set()
    assert not (site.store.folder / "left.json").exists()


@away
@pytest.mark.parametrize(("force", "limit"), [(False, 30), (True, 5)], ids=["plainly", "by force"])
def test_a_machine_is_removed_in_time_and_the_others_stay(
    site: Site, trouble: str, force: bool, limit: float
):
    world = World(site)

    async def scenario() -> float:
        async with world.running():
            world.cloud.trouble = trouble
            if force:
                _remove(site, force=False)
                await asyncio.sleep(0.1)
            _remove(site, force=force)
            return await world.until(lambda: len(world.machines) == 1)

    assert run_ahead(scenario()) < limit
    document = json.loads((site.store.folder / "left.json").read_bytes())
    assert [machine["machine"] for machine in document["machines"]] == ["0"]


def _remove(site: Site, *, force: bool) -> None:
    with site.store.transaction() as tx:
        record = tx.get(Machine, MODEL, "0")
        tx.put(MODEL, replace(record, life="dying", forced=force))


def test_a_cloud_that_answers_is_waited_for_also_by_force(site: Site):
    """Nothing is left where it can be ended."""
    world = World(site)

    async def scenario() -> Any:
        async with world.running():
            return await destroy_controller(world.session(), True, True, 60.0)

    told = run_ahead(scenario())

    assert told == {"left": [], "reason": ""}
    assert world.cloud.there == set()


def test_what_was_left_is_ended_when_the_controller_is_destroyed(site: Site):
    world = World(site)

    async def scenario() -> Any:
        async with world.running():
            world.cloud.trouble = "refuses"
            _remove(site, force=True)
            await world.until(lambda: len(world.machines) == 1)
            world.cloud.trouble = ""
            await world.until(lambda: world.agents() == ["started"])
            return await destroy_controller(world.session(), True, False, 60.0)

    assert run_ahead(scenario())["left"] == []
    assert not (site.store.folder / "left.json").exists()
