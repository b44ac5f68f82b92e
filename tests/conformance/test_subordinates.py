"""Subordinates: a unit comes with each principal unit, sees only that one, and goes with it."""

from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest

from tests.conformance.conftest import CHARM, Backend
from tests.fakes.waiting import wait_until

_FOLDER = Path(__file__).with_name("subordinate")
SUBORDINATE = next(_FOLDER.glob("*.charm"), _FOLDER)


@pytest.fixture(scope="module")
def juju(backend: Backend, letter: Path) -> Iterator[jubilant.Juju]:
    """A model with host/0 and host/1, and the subordinate application not related yet."""
    played = backend.juju()
    played.add_model("beside")
    played.deploy(CHARM, "host", num_units=2, resources={"letter": str(letter)})
    played.deploy(SUBORDINATE, "companion")
    played.wait(lambda status: jubilant.all_active(status, "host"), delay=0.1)
    yield played
    played.destroy_model("beside", destroy_storage=True, force=True)


def companions(juju: jubilant.Juju) -> dict[str, str]:
    """Return the active subordinate units, each with its principal."""
    units = juju.status().apps["host"].units
    return {
        name: principal
        for principal, unit in units.items()
        for name, inner in unit.subordinates.items()
        if inner.workload_status.current == "active" and inner.juju_status.current == "idle"
    }


def notes(juju: jubilant.Juju, unit: str, principal: str) -> list[str]:
    path = f"~/{unit.replace('/', '-')}"
    return juju.exec(f"cat {path}", unit=principal).stdout.splitlines()


def test_it_is_deployed_without_units(juju: jubilant.Juju):
    assert juju.status().apps["companion"].units == {}
    with pytest.raises(jubilant.CLIError, match="is a subordinate"):
        juju.add_unit("companion")


def test_a_unit_comes_with_each_principal_unit_on_its_machine(juju: jubilant.Juju):
    juju.integrate("companion:host", "host:giver")
    both = ["host/0", "host/1"]
    wait_until(lambda: sorted(companions(juju).values()) == both, what="a unit beside each")
    status = juju.status()
    assert status.apps["companion"].subordinate_to == ["host"]
    assert sorted(status.get_units("companion")) == ["companion/0", "companion/1"]
    assert len(status.machines) == 2
    shown = juju.cli("status").splitlines()
    row = next(number for number, line in enumerate(shown) if line.startswith("host/0"))
    assert shown[row + 1].startswith("  companion/"), "beneath its principal"


def test_each_sees_only_its_own_principal(juju: jubilant.Juju):
    for unit, principal in companions(juju).items():
        lines = notes(juju, unit, principal)
        names = [line.split()[0] for line in lines]
        assert names[:2] == ["install", "host-relation-created"]
        assert f"host-relation-joined {principal} {principal}" in lines
        assert all(line.split()[1] == principal for line in lines)
        ids = juju.exec("relation-ids giver", unit=principal).stdout.split()
        assert juju.exec(f"relation-list -r {ids[0]}", unit=principal).stdout.split() == [unit]


def test_it_comes_and_goes_with_a_principal_unit(juju: jubilant.Juju):
    juju.add_unit("host")
    wait_until(lambda: "host/2" in companions(juju).values(), what="the third companion")
    juju.remove_unit("host/2")
    juju.wait(lambda status: "host/2" not in status.apps["host"].units, delay=0.1)
    assert sorted(companions(juju).values()) == ["host/0", "host/1"]


def test_it_is_not_removed_alone(juju: jubilant.Juju):
    with pytest.raises(jubilant.CLIError) as refused:
        juju.remove_unit(next(iter(companions(juju))))
    assert "is a subordinate, to remove use remove-relation" in refused.value.stderr


def test_it_goes_with_its_relation_and_the_principal_stays(juju: jubilant.Juju):
    juju.remove_relation("companion", "host")
    wait_until(lambda: not juju.status().get_units("companion"), what="their end")
    assert juju.status().apps["host"].units.keys() == {"host/0", "host/1"}
    principal = juju.status().apps["host"].units["host/0"]
    assert principal.machine and principal.workload_status.current == "active"
    juju.integrate("companion", "host:giver")
    wait_until(lambda: len(companions(juju)) == 2, what="the next two")
