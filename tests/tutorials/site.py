"""A model with a real Kafka 4, as a person would ask for it and look at it."""

import json
import subprocess
import sys
from typing import Any

from confluent_kafka.admin import AdminClient, NewTopic

from tests.fakes.waiting import wait_until
from tests.tutorials.home import Home

TOPIC = "test-topic"


class Site:
    """One model of a home."""

    def __init__(self, home: Home, model: str) -> None:
        self.home, self.model = home, model
        home.run("add-model", model)

    def __call__(self, *words: str) -> str:
        return self.home.run(words[0], "-m", self.model, *words[1:])

    def status(self) -> dict[str, Any]:
        return json.loads(self("status", "--format", "json"))

    def units(self, app: str) -> dict[str, dict[str, Any]]:
        return self.status()["applications"][app].get("units", {})

    def says(self, unit: str) -> str:
        """Return the status of a unit, its name first."""
        found = self.units(unit.partition("/")[0]).get(unit, {}).get("workload-status", {})
        return f"{found.get('current')} {found.get('message', '')}".strip()

    def settle(self, app: str, count: int) -> None:
        """Wait until an application has as many units, all of them active and idle."""
        wait_until(lambda: self._is_settled(app, count), 240, f"{count} units of {app}")

    def _is_settled(self, app: str, count: int) -> bool:
        units = self.units(app).values()
        states = {(u["workload-status"]["current"], u["juju-status"]["current"]) for u in units}
        return len(units) == count and states == {("active", "idle")}

    def act(self, *words: str) -> dict[str, Any]:
        """Run an action; return its results."""
        command = [sys.executable, "-m", "kafkastack", "run", "-m", self.model]
        out = subprocess.check_output(
            [*command, *words, "--format", "json"],
            env=self.home.environment,
            stderr=subprocess.DEVNULL,
        )
        return next(iter(json.loads(out).values()))["results"]

    def client(self) -> dict[str, Any]:
        """Return the settings of the related client."""
        told = self.act("data-integrator/leader", "get-credentials")["kafka"]
        return {
            "bootstrap.servers": told["endpoints"],
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": told["username"],
            "sasl.password": told["password"],
        }

    def java(self, unit: str) -> int:
        """Return the pid of a unit's server."""
        said = self("ssh", unit, "pgrep -u $(id -u) java")
        return int(said.split()[-1])

    def voters(self, unit: str) -> list[int]:
        """Return who votes, as a program says that a person would run."""
        voters = json.loads(self._quorum(unit)["CurrentVoters"])
        return sorted(one["id"] for one in voters)

    def leader(self, unit: str) -> int:
        """Return the number of the active controller."""
        return int(self._quorum(unit)["LeaderId"])

    def _quorum(self, unit: str) -> dict[str, str]:
        return wait_until(lambda: self._ask_quorum(unit), 240, "an answer of the controllers")

    def _ask_quorum(self, unit: str) -> dict[str, str]:
        """Return what a controller says, nothing where the program waits in vain for another."""
        address = self.units(unit.partition("/")[0])[unit]["public-address"]
        words = "charmed-kafka.metadata-quorum --command-config $CONF/kraft-client.properties"
        place = f"--bootstrap-controller {address}:9098"
        said = self("ssh", unit, f"{words} {place} describe --status || true")
        found = (line.partition(":") for line in said.splitlines())
        told = {key: value.strip() for key, _, value in found}
        return told if "CurrentVoters" in told else {}


def make_topic(settings: dict[str, Any], replicas: int) -> None:
    topic = NewTopic(TOPIC, 3, replicas, config={"min.insync.replicas": str(max(1, replicas - 1))})
    admin = AdminClient(settings)  # who is not kept ends what it was asked
    admin.create_topics([topic])[TOPIC].result(30)
