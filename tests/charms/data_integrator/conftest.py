"""The charm imported as its dispatch imports it, and forgotten after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ops import testing

from tests.charms.modules import on_path

CHARM = Path(__file__).parents[3] / "charms" / "data-integrator"


@pytest.fixture
def charm_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with on_path(CHARM, monkeypatch):
        yield CHARM


@pytest.fixture
def context(charm_path: Path) -> testing.Context:
    from charm import DataIntegratorCharm

    return testing.Context(DataIntegratorCharm)
