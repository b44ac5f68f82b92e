"""The charm imported as its dispatch imports it, and forgotten after the test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ops import testing

CHARM = Path(__file__).parents[3] / "charms" / "data-integrator"


@pytest.fixture
def charm_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    for folder in ("lib", "src"):
        monkeypatch.syspath_prepend(str(CHARM / folder))
    yield CHARM
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(CHARM)) or name.split(".")[0] == "charms":
            del sys.modules[name]


@pytest.fixture
def context(charm_path: Path) -> testing.Context:
    from charm import DataIntegratorCharm

    return testing.Context(DataIntegratorCharm)
