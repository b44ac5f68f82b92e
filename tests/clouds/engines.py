"""The same engine on each cloud: what a test of charms is parametrised over."""

import os
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
OPENSTACK = "KAFKASTACK_TEST_OPENSTACK"  # an entry of clouds.yaml; its machines are paid for

_ANNOUNCED = {
    "container": "tests.machines.container:ContainerCloud",
    "ssh": "tests.machines.ssh:SSHCloud",
}


@contextmanager
def engine_on(cloud: str, extra: Mapping[str, str] | None = None) -> Iterator[Engine]:
    """Give an engine whose controllers know `cloud`, or skip with what to type for it."""
    if cloud == "local":
        with engine(extra) as made:
            yield made
        return
    if cloud == "openstack":
        with _engine_on_openstack(extra or {}) as made:
            yield made
        return
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="kfs-cloud-") as folder:
        announce(Path(folder), cloud, _ANNOUNCED[cloud])
        cache = {"KAFKASTACK_TEST_CACHE": str(cache_folder())}
        known = {"PYTHONPATH": f"{folder}:{ROOT}", **cache}
        with engine({**(extra or {}), **known}, cloud) as made:
            yield made


@contextmanager
def _engine_on_openstack(extra: Mapping[str, str]) -> Iterator[Engine]:
    """Give an engine on the OpenStack that is named, wherever its clouds.yaml is."""
    if not (entry := os.environ.get(OPENSTACK)):
        pytest.skip(f"an OpenStack is named by {OPENSTACK}=microstack, an entry of clouds.yaml")
    config = Path("~/.config/openstack/clouds.yaml").expanduser()
    with engine({"OS_CLIENT_CONFIG_FILE": str(config), **os_settings(), **extra}, entry) as made:
        yield made


def os_settings() -> dict[str, str]:
    """Return where this process itself is told that clouds.yaml is."""
    name = "OS_CLIENT_CONFIG_FILE"
    return {name: os.environ[name]} if name in os.environ else {}


def outside(engine: Engine) -> tuple[str, ...]:
    """Return the words before a client's command that let it reach the machines."""
    if engine.cloud != "container":
        return ()
    return ContainerCloud(engine.controller_folder(), engine.root).outside()
