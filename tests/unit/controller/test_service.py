"""The controller's loop: what it starts, forces and survives, on a cloud without machines."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kafkastack.agent.site import Site
from kafkastack.controller.service import Service
from kafkastack.model.records import Model
from kafkastack.store.charm_shelf import CharmShelf
from kafkastack.store.journal import Journal
from kafkastack.store.store import Store
from tests.fakes.cloud import FakeCloud


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    async def fetch(model: str, application: str, resource: str, tell: object) -> Path:
        raise AssertionError("nothing is fetched here")

    store = Store(tmp_path / "state.db")
    journal, shelf = Journal(store.database), CharmShelf(tmp_path / "charms")
    yield Site(store, journal, shelf, tmp_path, tmp_path, fetch)
    store.close()


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0], ids=["back", "ahead"])
def test_a_clock_that_jumps_changes_no_deadline_of_a_dying_model(site: Site, jump: float):
    clock = [1_000_000.0]
    model = Model("uuid", "m", "fake", "there", 0.0, life="dying", destroy_deadline=1_000_060.0)
    service = Service(replace(site, now=lambda: clock[0]), FakeCloud())
    before = service._patience_with(model)
    clock[0] += jump
    assert 59 < before <= 60
    assert before - 1 < service._patience_with(model) <= before


def test_it_ends_at_once_when_asked_to(site: Site):
    async def scenario() -> float:
        service = Service(site, FakeCloud())
        running = asyncio.create_task(service.run())
        await asyncio.sleep(0)
        started = time.monotonic()
        service.stop()
        await asyncio.wait_for(running, 10)
        return time.monotonic() - started

    assert asyncio.run(scenario()) < 1
