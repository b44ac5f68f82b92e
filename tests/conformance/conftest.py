"""Two applications of the conformance charm, related, driven by jubilant as it is.

KAFKASTACK_CONFORMANCE_JUJU=/path/to/juju plays all of it on a real Juju's current controller.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jubilant
import pytest

from tests.clouds.engines import engine_on
from tests.fakes.engine import Engine
from tests.fakes.waiting import wait_until

_FOLDER = Path(__file__).with_name("charm")
# A real Juju takes no folder: the .charm that `charmcraft pack` leaves there.
CHARM = next(_FOLDER.glob("*.charm"), _FOLDER)
REAL_JUJU = os.environ.get("KAFKASTACK_CONFORMANCE_JUJU", "")


@dataclass(frozen=True)
class Backend:
    """Whose command line is asked, and where its machines are; `engine` None: a real Juju."""

    binary: str
    cloud: str
    engine: Engine | None

    def juju(self, model: str | None = None) -> jubilant.Juju:
        return jubilant.Juju(model=model, cli_binary=self.binary)


@dataclass
class World:
    """alpha (two units) gives, beta (one unit) takes."""

    backend: Backend
    juju: jubilant.Juju

    def see(self, unit: str, what: str) -> Any:
        return json.loads(self.juju.run(unit, "see", {"what": what}).results["seen"])

    def use(self, unit: str, what: str, value: str = "") -> Any:
        task = self.juju.run(unit, "use", {"what": what, "value": value})
        return json.loads(task.results["result"])

    def events(self, unit: str) -> list[dict[str, Any]]:
        """Return what the charm has noted of its events."""
        if self.backend.engine:
            text = (self.backend.engine.home(unit) / "events").read_text()
        else:
            text = self.juju.exec("cat ~/events", unit=unit).stdout
        return [json.loads(line) for line in text.splitlines()]

    def hooks(self, unit: str) -> list[str]:
        return [line["hook"] for line in self.events(unit)]

    def until_event(self, unit: str, hook: str, count: int = 1) -> dict[str, Any]:
        """Wait until a hook has run so many times; return the last."""
        wait_until(lambda: self.hooks(unit).count(hook) >= count, what=f"{hook} of {unit}")
        self.settle()
        return [event for event in self.events(unit) if event["hook"] == hook][-1]

    def settle(self) -> jubilant.Status:
        """Wait until every agent is idle and has nothing more to do."""
        return self.juju.wait(
            lambda status: jubilant.all_active(status) and jubilant.all_agents_idle(status),
            error=jubilant.any_error,
            delay=0.1,
            successes=2,
        )


BACKENDS = [
    pytest.param(("local", "1"), id="warm"),
    pytest.param(("local", "0"), id="cold", marks=pytest.mark.slow),
    pytest.param(("container", "1"), id="container", marks=[pytest.mark.root, pytest.mark.slow]),
]
if REAL_JUJU:
    BACKENDS = [pytest.param(("juju", ""), id="juju")]


@pytest.fixture(scope="session", params=BACKENDS)
def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    """A controller, and `juju` on PATH that is its command line."""
    cloud, warm = request.param
    if REAL_JUJU:
        with _first_on_path(Path(REAL_JUJU).parent):
            yield Backend(REAL_JUJU, cloud, None)
        return
    with engine_on(cloud, {"KAFKASTACK_WARM_INTERPRETERS": warm}) as made:
        made.bootstrap(model="")
        folder = tmp_path_factory.mktemp("bin")
        (folder / "juju").symlink_to(made.juju().cli_binary)
        with _first_on_path(folder):
            yield Backend(str(folder / "juju"), cloud, made)


@contextmanager
def _first_on_path(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        yield


@pytest.fixture(scope="session")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The charm's resource."""
    path = tmp_path_factory.mktemp("resources") / "any name.txt"
    path.write_text("dear unit")
    return path


@pytest.fixture(scope="session")
def world(backend: Backend, letter: Path) -> Iterator[World]:
    """The model that all tests play in, one after the other."""
    juju = backend.juju()
    juju.add_model("m")
    for name, units in (("alpha", 2), ("beta", 1)):
        resources = {"letter": str(letter)}
        juju.deploy(CHARM, name, num_units=units, resources=resources, storage={"data": "1"})
    played = World(backend, juju)
    played.settle()
    juju.integrate("alpha:giver", "beta:taker")
    wait_until(lambda: "taker-relation-joined" in " ".join(played.hooks("beta/0")))
    played.settle()
    yield played
    juju.destroy_model("m", destroy_storage=True, force=True)


def without_time(line: str) -> str:
    """Return a line of an action's log without its time, "2026-11-23 00:57:11 +0000 UTC"."""
    return line.split(" ", 4)[4]
