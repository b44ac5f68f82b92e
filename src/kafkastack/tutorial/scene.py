"""Scene that checkpoints and files are about, asked by the command line: mostly model `demo`."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from kafkastack.errors import EXIT_CODES, KafkastackError

CONTROLLER = "overlord"
MODEL = "demo"
ANSWER_SECONDS = 120.0


class Scene(Struct, frozen=True):
    """The work folder of a tutorial, and the program that answers for its model."""

    folder: Path
    program: tuple[str, ...] = (sys.executable, "-m", "kafkastack")
    answer_seconds: float = ANSWER_SECONDS

    def ask(self, *words: str) -> str:
        """Run a command of kafkastack and return its output; an error of its own kind else."""
        try:
            result = subprocess.run(
                [*self.program, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=self.answer_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise KafkastackError(f"kafkastack {words[0]} gives no answer") from error
        if result.returncode:
            kind = EXIT_CODES.get(result.returncode, KafkastackError)
            raise kind(find_error(result.stderr))
        return result.stdout

    def ask_json(self, *words: str) -> Any:
        """Return what a command answers to --format json."""
        return json.loads(self.ask(*words, "--format", "json"))

    def ask_model(self, verb: str, *words: str) -> Any:
        """Return what a command about the tutorial's model answers, as JSON."""
        return json.loads(self.ask(verb, *self._of_model, "--format", "json", *words))

    def status(self) -> dict[str, Any]:
        """Return the status of the model."""
        return self.ask_model("status")

    def act(self, unit: str, action: str) -> dict[str, Any]:
        """Return the results of an action."""
        task = self._task("run", unit, action)
        if task["status"] != "completed":
            reason = task.get("message", task["status"])
            raise KafkastackError(f"action {action} of {unit}: {reason}")
        return task["results"]

    def execute(self, unit: str, command: str) -> str:
        """Return what a shell command prints where a unit lives."""
        task = self._task("exec", "--unit", unit, "--", command)
        return task["results"].get("stdout", "")

    def enter(self, unit: str, command: str) -> str:
        """Return what a command prints in the shell of a unit, where its programs are known."""
        return self.ask("ssh", *self._of_model, unit, command)

    def _task(self, verb: str, *words: str) -> dict[str, Any]:
        """Return the one task of a command; as in Juju there may be none, and no error."""
        said = self.ask(verb, *self._of_model, "--format", "json", *words)
        if not said:
            raise KafkastackError(f"kafkastack {verb} {' '.join(words)}: nothing was scheduled")
        return next(iter(json.loads(said).values()))

    def units(self, application: str) -> dict[str, Any]:
        """Return the units of an application, as status tells them."""
        found: dict[str, Any] = self.status()["applications"].get(application, {})
        return found.get("units", {})

    @property
    def _of_model(self) -> Sequence[str]:
        return ("--model", f"{CONTROLLER}:{MODEL}")


def newest_secret(scene: Scene) -> str:
    """Return the id of the secret that a person has made last."""
    told: dict[str, dict[str, Any]] = scene.ask_model("secrets", "--owner", "model-")
    if not told:
        raise KafkastackError("the model has no secret of a person")
    return f"secret:{[*told][-1]}"


def content_of(scene: Scene, secret: str) -> dict[str, str]:
    """Return the content of a secret by its label."""
    told = scene.ask_model("show-secret", "--reveal", secret)
    return next(iter(told.values()))["content"]["Data"]


def find_error(stderr: str) -> str:
    """Return what is told after the progress of a command: its error."""
    return stderr.rpartition("ERROR ")[2].strip()


def kafka_credentials(scene: Scene) -> Mapping[str, str]:
    """Return what get-credentials of data-integrator shows for Kafka."""
    return scene.act("data-integrator/leader", "get-credentials")["kafka"]


def ca_certificate(scene: Scene) -> str:
    """Return the certificate of the authority, as PEM."""
    results = scene.act("self-signed-certificates/leader", "get-ca-certificate")
    return str(results["ca-certificate"]).strip() + "\n"
