"""Models on each cloud: a charm of shell, and our own charms driven by jubilant."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jubilant
import pytest

from tests.clouds.engines import engine_on, outside
from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

CLIENT = Path(__file__).with_name("client.py")
CONTAINER = pytest.param("container", marks=pytest.mark.root)
HEAVY_LOCAL = pytest.param("local", marks=pytest.mark.slow)  # the tutorial is walked on it, too
HEAVY_CONTAINER = pytest.param("container", marks=[pytest.mark.root, pytest.mark.slow])
OPENSTACK = pytest.param("openstack", marks=pytest.mark.slow)
PATIENCE = 180  # seconds; JVMs start one after the other on two cores


@pytest.fixture(scope="module", params=["local", CONTAINER])
def plain(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A unit of a shell charm on machine 0."""
    with engine_on(request.param) as made:
        made.bootstrap()
        made("deploy", str(write_charm(tmp_path_factory.mktemp("charms"))))
        made.wait_for_idle(count=1)
        yield made


def said(engine: Engine, script: str, unit: str = "plain/0") -> list[str]:
    """Return the words that a script says on a unit."""
    return engine("exec", "--unit", unit, "--", script).split()


@dataclass
class World:
    """A model on a cloud, and a client of its Kafka beside its machines."""

    engine: Engine
    juju: jubilant.Juju

    def settle(self, *apps: str) -> jubilant.Status:
        """Wait until every unit of these applications (of none: of all) is active and idle."""
        return self.juju.wait(
            lambda status: (
                jubilant.all_active(status, *apps) and jubilant.all_agents_idle(status, *apps)
            ),
            error=jubilant.any_error,
            delay=0.5,
            successes=2,
            timeout=PATIENCE,
        )

    def credentials(self) -> dict[str, Any]:
        """Return what data-integrator was given."""
        found = self.juju.run("data-integrator/leader", "get-credentials").results["kafka"]
        return {
            "bootstrap.servers": found["endpoints"],
            "security.protocol": "SASL_SSL" if found["tls"] == "enabled" else "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": found["username"],
            "sasl.password": found["password"],
            **({"ssl.ca.pem": found["tls-ca"]} if "tls-ca" in found else {}),
        }

    def play(
        self,
        topic: str = "test-topic",
        *,
        create: int = 0,
        produce: int = 0,
        consume: int = 0,
        **changed: str,
    ) -> dict[str, Any]:
        """Be a client with data-integrator's credentials, some of them changed."""
        settings = json.dumps({**self.credentials(), **changed})
        words = (topic, str(create), str(produce), str(consume))
        done = subprocess.run(
            [*outside(self.engine), sys.executable, str(CLIENT), *words],
            input=settings,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module", params=[HEAVY_LOCAL, HEAVY_CONTAINER, OPENSTACK])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """ZooKeeper, Kafka and a client's credentials; the tests go on with it one after the other."""
    with engine_on(request.param) as made:
        made.bootstrap()
        juju = made.juju()
        config = {"topic-name": "test-topic", "extra-user-roles": "producer,consumer"}
        juju.deploy("zookeeper")
        juju.deploy("kafka", channel="3/stable")
        juju.deploy("data-integrator", config=config)
        juju.integrate("kafka", "zookeeper")
        juju.integrate("data-integrator", "kafka")
        juju.cli("expose", "kafka")
        played = World(made, juju)
        played.settle()
        yield played
