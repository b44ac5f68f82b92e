"""The charm imported as its dispatch imports it, and forgotten after the test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ops import testing

CHARM = Path(__file__).parents[3] / "charms" / "data-integrator"


@pytest.fixture
def charm_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_vendored(name)}
    before = set(sys.modules)
    for folder in ("lib", "src"):
        monkeypatch.syspath_prepend(str(CHARM / folder))
    yield CHARM
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(CHARM)) or _is_vendored(name):
            del sys.modules[name]
    sys.modules.update(others)


def _is_vendored(name: str) -> bool:
    return name.split(".")[0] == "charms"


@pytest.fixture
def context(charm_path: Path) -> testing.Context:
    from charm import DataIntegratorCharm

    return testing.Context(DataIntegratorCharm)
