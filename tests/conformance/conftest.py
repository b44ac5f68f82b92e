"""Two applications of the conformance charm, related, driven by jubilant as it is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jubilant
import pytest

from tests.clouds.engines import engine_on
from tests.fakes.engine import Engine
from tests.fakes.waiting import wait_until

CHARM = Path(__file__).with_name("charm")


@dataclass
class World:
    """alpha (two units) gives, beta (one unit) takes."""

    engine: Engine
    juju: jubilant.Juju

    def see(self, unit: str, what: str) -> Any:
        return json.loads(self.juju.run(unit, "see", {"what": what}).results["seen"])

    def use(self, unit: str, what: str, value: str = "") -> Any:
        task = self.juju.run(unit, "use", {"what": what, "value": value})
        return json.loads(task.results["result"])

    def events(self, unit: str) -> list[dict[str, Any]]:
        """Return what the charm has noted of its events."""
        lines = (self.engine.home(unit) / "events").read_text().splitlines()
        return [json.loads(line) for line in lines]

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


WORLDS = [
    pytest.param(("local", "1"), id="warm"),
    pytest.param(("local", "0"), id="cold", marks=pytest.mark.slow),
    pytest.param(("container", "1"), id="container", marks=pytest.mark.root),
]


@pytest.fixture(scope="session", params=WORLDS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The model that all tests play in, one after the other."""
    letter = tmp_path_factory.mktemp("resources") / "any name.txt"
    letter.write_text("dear unit")
    cloud, warm = request.param
    with engine_on(cloud, {"KAFKASTACK_WARM_INTERPRETERS": warm}) as made:
        made.bootstrap()
        juju = made.juju()
        for name, units in (("alpha", 2), ("beta", 1)):
            resources = {"letter": str(letter)}
            juju.deploy(CHARM, name, num_units=units, resources=resources, storage={"data": "1"})
        played = World(made, juju)
        played.settle()
        juju.integrate("alpha:giver", "beta:taker")
        wait_until(lambda: "taker-relation-joined" in " ".join(played.hooks("beta/0")))
        played.settle()
        yield played


def without_time(line: str) -> str:
    """Return a line of an action's log without its time, "2026-11-23 00:57:11 +0000 UTC"."""
    return line.split(" ", 4)[4]
