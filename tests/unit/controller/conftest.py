"""Site of a controller without machines."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kafkastack.agent.site import Site
from kafkastack.store.charm_shelf import CharmShelf
from kafkastack.store.journal import Journal
from kafkastack.store.store import Store


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    async def fetch(model: str, application: str, resource: str, tell: object) -> Path:
        raise AssertionError("nothing is fetched here")

    with closing(Store(tmp_path / "state.db")) as store:
        journal, shelf = Journal(store.database), CharmShelf(tmp_path / "charms")
        yield Site(store, journal, shelf, tmp_path, tmp_path, fetch)
