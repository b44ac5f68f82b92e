"""The controller's loop: what it starts, forces and survives, on a cloud without machines."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkastack.agent.site import Site
from kafkastack.controller.service import Service
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
