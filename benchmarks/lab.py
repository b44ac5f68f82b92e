"""A kafkastack of its own for a benchmark: nothing of it runs before, nothing is left after."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import measure

from kafkastack.cli.connection import call

BINARY = str(Path(sys.executable).with_name("kafkastack"))
PYTHON = sys.executable
TOPIC = "test-topic"
_POLL = 0.05
_TIMEOUT = 300.0


class Lab:
    """The command line below a folder of its own."""

    def __init__(self, root: Path, extra: dict[str, str]) -> None:
        # A user's Python keeps what it has compiled.
        dropped = ("XDG_", "PYTHONDONTWRITEBYTECODE")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        cache = os.environ.get("KAFKASTACK_CACHE") or str(Path("~/.cache/kafkastack").expanduser())
        self.root = root
        self.environment = {
            **kept,
            "XDG_DATA_HOME": str(root / "data"),
            "XDG_RUNTIME_DIR": str(root / "run"),
            "KAFKASTACK_CACHE": cache,
            **extra,
        }
        (root / "run").mkdir(mode=0o700)

    @property
    def database(self) -> Path:
        """Where the controller keeps what happened."""
        return self.root / "data/kafkastack/controllers/bench/state.db"

    def __call__(self, *words: str) -> str:
        """Run a command of kafkastack; return its stdout."""
        return measure.run((BINARY, *words), self.environment)

    def begin(self) -> None:
        """Bootstrap a controller, and add a model."""
        self("bootstrap", "local", "bench")
        self("add-model", "demo")

    def wait_for(self, application: str) -> None:
        """Wait until an application is active, as a user does."""
        self("wait-for", "application", application)

    def status(self, model: str = "demo") -> dict:
        """Return what `status --format json` says, asked without starting a command.

        The wait is the bench's own: it shall neither be coarse nor take the CPU it measures.
        """
        with patch.dict(os.environ, self.environment):
            return call("bench", "status", {"selectors": [], "utc_offset": 0}, model=model)

    def wait(self, done: Callable[[dict], bool]) -> dict:
        """Poll status until it is as wanted."""
        until = time.monotonic() + _TIMEOUT
        while not done(status := self.status()):
            if time.monotonic() > until:
                raise TimeoutError(json.dumps(status["applications"], indent=1))
            time.sleep(_POLL)
        return status

    def servers(self) -> dict[str, int]:
        """Return the JVM of each machine, found by its argument file."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    line = (folder / "cmdline").read_bytes().decode()
                    if "/java\0" in line and f"{self.root}/" in line and "java.args" in line:
                        machine = line.partition("/machines/")[2].partition("/")[0]
                        found[machine.rpartition("-")[2]] = int(folder.name)
        return found

    def deploy_kafka(self) -> None:
        """Deploy ZooKeeper, Kafka and data-integrator, integrated; wait for nothing."""
        self("deploy", "zookeeper")
        self("deploy", "kafka", "--channel", "3/stable")
        roles = "extra-user-roles=producer,consumer"
        self("deploy", "data-integrator", "--config", f"topic-name={TOPIC}", "--config", roles)
        self("integrate", "kafka", "zookeeper")
        self("integrate", "data-integrator", "kafka")

    def deploy_journey(self) -> None:
        """Deploy what the tutorial has in the end; wait for nothing."""
        self.deploy_kafka()
        app = ("role=producer", "topic_name=test_kafka_app_topic", "num_messages=20")
        self("deploy", "kafka-test-app", *options(*app))
        self("deploy", "self-signed-certificates", "--config", "ca-common-name=Bench CA")
        self("integrate", "kafka-test-app", "kafka")
        for client in ("zookeeper", "kafka:certificates", "kafka-test-app"):
            self("integrate", client, "self-signed-certificates")

    def credentials(self) -> dict[str, str]:
        """Return what data-integrator's action says of its user."""
        answer = self("run", "data-integrator/leader", "get-credentials", "--format", "json")
        return json.loads(answer)["data-integrator/0"]["results"]["kafka"]

    def client(self, is_encrypted: bool = False) -> dict[str, Any]:
        """Return how data-integrator's user gets in."""
        told = self.credentials()
        return {
            "bootstrap.servers": told["endpoints"],
            "security.protocol": "SASL_SSL" if is_encrypted else "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": told["username"],
            "sasl.password": told["password"],
            # A CA that changes does so under a client that reads it once.
            **({"enable.ssl.certificate.verification": False} if is_encrypted else {}),
        }


def options(*words: str) -> list[str]:
    """Return options of a charm as `deploy` takes them."""
    return [word for option in words for word in ("--config", option)]


def active(*names: str) -> Callable[[dict], bool]:
    """Return a test that holds when these applications are active."""

    def test(status: dict) -> bool:
        applications = status["applications"]
        return all(applications[n]["application-status"]["current"] == "active" for n in names)

    return test


def _units(status: dict) -> list[dict]:
    return [u for a in status["applications"].values() for u in a.get("units", {}).values()]


def all_active(status: dict) -> bool:
    """Report whether every unit is active."""
    return all(unit["workload-status"]["current"] == "active" for unit in _units(status))


def settled(status: dict) -> bool:
    """Report whether every unit is active and every agent idle."""
    idle = all(unit["juju-status"]["current"] == "idle" for unit in _units(status))
    return bool(_units(status)) and idle and all_active(status)


@contextmanager
def lab(**extra: str) -> Iterator[Lab]:
    """Yield a kafkastack, and remove all of it in the end."""
    root = Path(tempfile.mkdtemp(prefix="ksb-"))
    own = Lab(root, extra)
    try:
        yield own
    finally:
        if own.database.exists():
            own("destroy-controller", "bench", "--destroy-all-models", "--no-prompt")
        shutil.rmtree(root)
