"""Storage of a pool that outlives its unit: detached, kept with its files, attached again."""

import json
from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest

from tests.conformance.conftest import CHARM, Backend
from tests.fakes.waiting import wait_until

_WITH_THE_MACHINE = ("rootfs", "tmpfs", "loop")


@pytest.fixture(scope="module")
def juju(backend: Backend, letter: Path) -> Iterator[jubilant.Juju]:
    """A model with keeper/0, whose storage data/0 can be detached."""
    with jubilant.temp_model() as juju:
        pools = json.loads(juju.cli("storage-pools", "--format", "json"))
        pool = next(n for n, it in pools.items() if it["provider"] not in _WITH_THE_MACHINE)
        resources, storage = {"letter": str(letter)}, {"data": f"{pool},1G"}
        juju.deploy(CHARM, "keeper", resources=resources, storage=storage)
        juju.wait(jubilant.all_active, delay=0.1, successes=1)
        yield juju


def until_status(juju: jubilant.Juju, name: str, current: str) -> None:
    def is_so() -> bool:
        found = juju.status().storage.storage.get(name)
        return found is not None and found.status.current == current

    wait_until(is_so, what=f"{name} {current}")


def location(juju: jubilant.Juju, name: str, unit: str) -> str:
    attachments = juju.status().storage.storage[name].attachments
    return attachments.units[unit].location if attachments else ""


def test_it_is_shown_as_persistent(juju: jubilant.Juju):
    status = juju.status().storage
    assert status.storage["data/0"].persistent
    (filesystem,) = status.filesystems.values()
    assert (filesystem.storage, filesystem.size) == ("data/0", 1024)
    assert location(juju, "data/0", "keeper/0")


def test_its_files_go_from_one_unit_to_the_next(juju: jubilant.Juju):
    juju.exec(f"echo kept > {location(juju, 'data/0', 'keeper/0')}/note", unit="keeper/0")
    juju.remove_unit("keeper/0")
    until_status(juju, "data/0", "detached")
    juju.add_unit("keeper", attach_storage="data/0")
    until_status(juju, "data/0", "attached")
    juju.wait(jubilant.all_active, delay=0.1, successes=1)
    path = location(juju, "data/0", "keeper/1")
    assert juju.exec(f"cat {path}/note", unit="keeper/1").stdout == "kept\n"
    hooks = juju.exec("cat ~/events", unit="keeper/1").stdout
    assert json.loads(hooks.splitlines()[0])["hook"] == "data-storage-attached"


def test_it_goes_with_its_unit_when_that_is_asked_for(juju: jubilant.Juju):
    juju.remove_unit("keeper/1", destroy_storage=True)
    wait_until(lambda: not juju.status().storage.storage, what="the end of the storage")
