"""The same engine on each cloud: what a test of charms is parametrised over."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clouds.announced import announce
from tests.fakes.engine import Engine, engine
from tests.machines.container import ContainerCloud
from tests.machines.image import cache_folder, why_not

ROOT = Path(__file__).parents[2]


@contextmanager
def engine_on(cloud: str, extra: Mapping[str, str] | None = None) -> Iterator[Engine]:
    """Give an engine whose controllers know `cloud`, or skip with what to type for it."""
    if cloud == "local":
        with engine(extra) as made:
            yield made
        return
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="kfs-cloud-") as folder:
        announce(Path(folder), cloud, "tests.machines.container:ContainerCloud")
        cache = {"KAFKASTACK_TEST_CACHE": str(cache_folder())}
        known = {"PYTHONPATH": f"{folder}:{ROOT}", **cache}
        with engine({**(extra or {}), **known}, cloud) as made:
            yield made


def outside(engine: Engine) -> tuple[str, ...]:
    """Return the words before a client's command that let it reach the machines."""
    if engine.cloud == "local":
        return ()
    return ContainerCloud(engine.controller_folder(), engine.root).outside()
