"""Engines for the tests of this folder: one of its own, or one shared by a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import Engine, engine


@pytest.fixture
def own() -> Iterator[Engine]:
    """An engine for one test, with a controller and a model."""
    with engine() as made:
        made.bootstrap()
        yield made


@pytest.fixture
def bare() -> Iterator[Engine]:
    """An engine for one test, nothing bootstrapped."""
    with engine() as made:
        yield made


@pytest.fixture(scope="module")
def shared() -> Iterator[Engine]:
    """An engine for the tests of a module, with a controller and a model."""
    with engine() as made:
        made.bootstrap()
        yield made


@pytest.fixture(scope="module")
def charms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for charms."""
    return tmp_path_factory.mktemp("charms")
