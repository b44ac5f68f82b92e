"""The controller's loop: what it starts, forces and survives, on a cloud without machines."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from kafkastack.agent.site import Site
from kafkastack.controller.api.models import destroy_model
from kafkastack.controller.api.session import Session
from kafkastack.controller.api.status import debug_log
from kafkastack.controller.deadlines import Deadlines
from kafkastack.controller.documents.log_filter import LogFilter
from kafkastack.controller.service import Service
from kafkastack.model.derived_status import initial
from kafkastack.model.records import ControllerSettings, Machine, Model
from kafkastack.store.journal import Journal, LogLine
from tests.fakes.clock import run_ahead
from tests.fakes.cloud import DistantCloud, FakeCloud
from tests.fakes.waiting import until_recorded


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0], ids=["back", "ahead"])
def test_a_clock_that_jumps_changes_no_deadline_of_a_dying_model(site: Site, jump: float):
    clock = [1_000_000.0]
    model = Model("uuid", "m", "fake", "there", 0.0, life="dying", destroy_deadline=1_000_060.0)
    deadlines = Deadlines(replace(site, now=lambda: clock[0]))
    before = deadlines.patience_with(model)
    clock[0] += jump
    assert 0 < deadlines.patience_with(model) <= before <= 60


def test_it_ends_at_once_when_asked_to(site: Site):
    async def scenario() -> None:
        service = Service(site, FakeCloud())
        running = asyncio.create_task(service.run())
        await asyncio.sleep(0)
        service.stop()
        await asyncio.wait_for(running, 10)  # it would look again after 30 s by itself

    asyncio.run(scenario())


def _session(service: Service, progress: Callable[[Any], Awaitable[None]]) -> Session:
    return Session(service, "c", "uuid-c", "m", progress, ControllerSettings())


def test_a_model_that_goes_while_its_state_is_told_ends_the_destroy(site: Site):
    """The change must not be lost between the telling and the waiting."""
    with site.store.transaction() as tx:
        tx.put("uuid", Model("uuid", "m", "fake", "there", 0.0))

    async def until_it_is_gone(_text: str) -> None:
        while site.store.find(Model, "uuid", "model"):
            await asyncio.sleep(0)

    async def scenario() -> None:
        service = Service(site, FakeCloud())
        running = asyncio.create_task(service.run())
        session = _session(service, until_it_is_gone)
        await asyncio.wait_for(destroy_model(session, False, 60.0, ""), 10)
        service.stop()
        await running

    asyncio.run(scenario())


def test_a_machine_whose_record_met_a_full_disk_is_reached_again(site: Site):
    """It is told as down: were it kept as reached, nobody would try again."""
    cloud = DistantCloud()
    with site.store.transaction() as tx:
        tx.put("uuid", Model("uuid", "m", "fake", "there", 0.0))
        waiting, pending = initial("machine-pending", 0.0), initial("agent-idle", 0.0)
        tx.put("uuid", Machine("0", "", 0.0, waiting, pending))

    def machine() -> Machine:
        return site.store.get(Machine, "uuid", "0")

    async def scenario() -> None:
        service = Service(site, cloud)
        with sqlite3.connect(site.store.folder / "state.db") as other:
            other.execute(_FULL)
        running = asyncio.create_task(service.run())
        await until_recorded(site.store, lambda: "disk is full" in machine().status.message)
        with sqlite3.connect(site.store.folder / "state.db") as other:
            other.execute("DROP TRIGGER full")
        await until_recorded(site.store, lambda: machine().status.message == "Running")
        service.stop()
        await running

    run_ahead(scenario())


_FULL = """
    CREATE TRIGGER full BEFORE INSERT ON records WHEN NEW.doc LIKE '%"started"%'
    BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
"""


def test_a_line_that_is_logged_while_another_is_told_is_told_next(site: Site):
    with site.store.transaction() as tx:
        tx.put("uuid", Model("uuid", "m", "fake", "there", 0.0))
    told: list[str] = []

    async def tell(row: list[Any]) -> None:
        told.append(row[-1])
        if len(told) == 1:
            site.journal.log("uuid", "unit-a-0", "INFO", "x", "second")

    async def scenario() -> None:
        site.journal.log("uuid", "unit-a-0", "INFO", "x", "first")
        following = asyncio.create_task(
            debug_log(
                _session(Service(site, FakeCloud()), tell),
                lines=0,
                follow=True,
                wanted=LogFilter(),
            )
        )
        async with asyncio.timeout(10):
            while len(told) < 2:
                await asyncio.sleep(0)
        following.cancel()

    asyncio.run(scenario())
    assert told == ["first", "second"]


@pytest.mark.parametrize(
    ("lines", "told"), [(3, [997, 998, 999]), (0, [*range(10, 1000)]), (2000, [*range(10, 1000)])]
)
def test_of_a_long_log_few_lines_are_in_memory_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, lines: int, told: list[int]
):
    with site.store.transaction() as tx:
        tx.put("uuid", Model("uuid", "m", "fake", "there", 0.0))
    for start in range(0, 1000, 10):
        entity = f"unit-{'a' if start else 'b'}-0"
        texts = [("INFO", str(number)) for number in range(start, start + 10)]
        site.journal.log_lines("uuid", entity, "x", texts)
    rows, most = list[int](), list[int]()

    def counting(read: Callable[..., list[LogLine]]) -> Callable[..., list[LogLine]]:
        def counted(*arguments: Any, **named: Any) -> list[LogLine]:
            found = read(*arguments, **named)
            most.append(len(found))
            return found

        return counted

    monkeypatch.setattr(Journal, "read_log", counting(Journal.read_log))
    monkeypatch.setattr(Journal, "read_log_back", counting(Journal.read_log_back))

    async def tell(row: list[Any]) -> None:
        rows.append(int(row[-1]))
        site.journal.log("uuid", "unit-a-0", "INFO", "x", "1000")  # it goes on meanwhile

    session = _session(Service(site, FakeCloud()), tell)
    asyncio.run(debug_log(session, lines, follow=False, wanted=LogFilter(include=["a"])))
    assert rows == told
    assert max(most) <= 200
