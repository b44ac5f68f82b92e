"""Charms of every age: ops from 1.5 to 3, in relations with each other, and of hooks alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engine import Engine, engine

pytestmark = pytest.mark.slow
VERSIONS = ("1.5.5", "2.0.0", "2.9.0", "2.23.6", "3.9.0")
METADATA = """\
name: {name}
summary: A charm of its time.
description: A charm of its time.
peers: {{peer: {{interface: peer}}}}
provides: {{out: {{interface: any}}}}
requires: {{in: {{interface: any}}}}
storage: {{data: {{type: filesystem}}}}
resources: {{letter: {{type: file, filename: letter.txt}}}}
"""
CHARM = """\
import json
import logging

from ops.charm import CharmBase, RelationJoinedEvent
from ops.framework import StoredState
from ops.main import main
from ops.model import ActiveStatus, ModelError, WaitingStatus


class Aged(CharmBase):
    stored = StoredState()

    def __init__(self, *args):
        super().__init__(*args)
        self.stored.set_default(hooks=[], deferred=0)
        for name, source in self.on.events().items():
            if not name.endswith("_action") and not name.startswith("collect_"):
                self.framework.observe(source, self._note)
        self.framework.observe(self.on.see_action, self._see)
        self.framework.observe(self.on.break_action, self._break)

    def _note(self, event):
        name = event.handle.kind.replace("_", "-")  # a deferred one keeps its name
        self.stored.hooks.append(name)
        if name == "start" and not self.stored.deferred:
            self.stored.deferred += 1
            event.defer()
        if isinstance(event, RelationJoinedEvent):
            event.relation.data[self.unit]["card"] = "from " + self.unit.name
            if self.unit.is_leader():
                event.relation.data[self.app]["gift"] = "from " + self.app.name
                self.app.status = ActiveStatus("led")
        self.unit.set_workload_version(self.config["text"])
        self.unit.status = ActiveStatus("ready") if name == "start" else WaitingStatus("soon")
        if self.config["misbehave"] == name:
            raise RuntimeError("told to")
        if "start" in self.stored.hooks:
            self.unit.status = ActiveStatus("ready")
        logging.getLogger(__name__).warning("%s was here", self.unit.name)

    def _see(self, event):
        (incoming,) = self.model.relations["in"]
        remote = next(iter(incoming.units))
        network = self.model.get_binding(incoming).network
        (storage,) = self.model.storages["data"]
        try:
            incoming.data[incoming.app]["no"] = "way"
            refused = ""
        except Exception as error:
            refused = type(error).__name__
        path = self.model.resources.fetch("letter")
        event.log("seen")
        event.set_results({"seen": json.dumps({
            "config": dict(self.config),
            "unit": self.unit.name,
            "leader": self.unit.is_leader(),
            "card": incoming.data[remote]["card"],
            "remote": remote.name,
            "gift": incoming.data[incoming.app]["gift"],
            "peers": sorted(u.name for u in self.model.relations["peer"][0].units),
            "address": str(network.bind_address) == incoming.data[self.unit]["ingress-address"],
            "storage": storage.location.is_dir(),
            "letter": [path.name, path.read_text()],
            "planned": self.app.planned_units(),
            "hooks": [name for name in self.stored.hooks if name in event.params["of"]],
            "model": [self.model.name, len(self.model.uuid)],
            "status": self.unit.status.name,
        }), "refused": refused})

    def _break(self, event):
        event.set_results({"far": "so"})
        event.fail("as asked")


if __name__ == "__main__":
    main(Aged)
"""
ACTIONS = "see: {params: {of: {type: array}}}\nbreak: {}\n"
CONFIG = 'options: {text: {type: string, default: "1"}, misbehave: {type: string, default: ""}}\n'


def write(folder: Path, name: str, files: dict[str, str]) -> Path:
    """Write a charm; what is below hooks/ can be executed."""
    charm = folder / name
    for file, text in {"metadata.yaml": METADATA.format(name=name), **files}.items():
        path = charm / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if file.startswith("hooks/") else 0o644)
    return charm


def named(version: str) -> str:
    return "ops" + version.replace(".", "")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A ring of applications, each of which gives to the next."""
    folder = tmp_path_factory.mktemp("charms")
    (folder / "letter.txt").write_text("dear unit")
    with engine() as made:
        made.bootstrap()
        for version in VERSIONS:
            files = {
                "requirements.txt": f"ops=={version}\n",
                "src/charm.py": CHARM,
                "actions.yaml": ACTIONS,
                "config.yaml": CONFIG,
            }
            charm = write(folder, named(version), files)
            made("deploy", str(charm), "-n", "2", "--resource", f"letter={folder}/letter.txt")
        for giver, taker in zip(VERSIONS, (*VERSIONS[1:], VERSIONS[0]), strict=True):
            made("integrate", f"{named(giver)}:out", f"{named(taker)}:in")
        made("wait-idle", "--timeout", "5m", timeout=300)
        yield made


def see(model: Engine, unit: str) -> dict[str, Any]:
    words = ("run", unit, "see", "of=[install, start, leader-elected]", "--format", "json")
    (task,) = json.loads(model(*words)).values()
    assert task["results"]["refused"] == "RelationDataAccessError"
    return json.loads(task["results"]["seen"])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_charm_of_each_version_sees_the_same(model: Engine, version: str):
    name = named(version)
    giver = named(VERSIONS[VERSIONS.index(version) - 1])
    seen = see(model, f"{name}/0")
    remote = seen.pop("remote")
    assert remote in (f"{giver}/0", f"{giver}/1")
    assert seen == {
        "config": {"text": "1", "misbehave": ""},
        "unit": f"{name}/0",
        "leader": True,
        "card": f"from {remote}",
        "gift": f"from {giver}",
        "peers": [f"{name}/1"],
        "address": True,
        "storage": True,
        "letter": ["letter.txt", "dear unit"],
        "planned": 2,
        "hooks": ["install", "leader-elected", "start", "start"],
        "model": ["m", 36],
        "status": "active",
    }
    application = model.status()["applications"][name]
    assert application["application-status"]["message"] == "led"
    assert application["version"] == "1"


@pytest.mark.parametrize("version", VERSIONS)
def test_errors_and_failures_are_told_alike(model: Engine, version: str):
    name = named(version)
    failed = model.ask("run", f"{name}/1", "break", "--format", "json")
    (task,) = json.loads(failed.out).values()
    assert (task["status"], task["message"], task["results"]["far"]) == (
        "failed",
        "as asked",
        "so",
    )
    model("config", name, "misbehave=config-changed")
    said = model.fails("wait-idle", name)
    assert 'hook failed: "config-changed": RuntimeError: told to' in said
    model("config", name, "misbehave=")
    model("resolved", "--all")
    model("wait-idle", "--timeout", "2m")
    assert f"unit.{name}/0.juju-log {name}/0 was here" in model.log()


HOOK = """\
#!/bin/sh
set -eu
name=$(basename "$0")
echo "$name" >> "$HOME/hooks"
case $name in
leader-elected) leader-set mode=old since="$(unit-get private-address)" ;;
leader-settings-changed) leader-get mode > "$HOME/told" ;;
start) status-set active "$(leader-get mode || true)" ;;
esac
"""


def test_a_charm_of_hooks_alone_runs_those_it_has(model: Engine, tmp_path: Path):
    hooks = ("install", "leader-elected", "leader-settings-changed", "start", "stop")
    charm = write(tmp_path, "plain", {f"hooks/{name}": HOOK for name in hooks})
    model("deploy", str(charm), "-n", "2", "--resource", f"letter={charm}/metadata.yaml")
    model("wait-idle", "plain")
    assert model.hooks("plain/0") == ["install", "leader-elected", "start"]
    address = model.units()["plain/0"]["public-address"]
    got = model("exec", "--unit", "plain/1", "--", "leader-get; unit-get public-address")
    assert f"mode: old\nsince: {address}\n" in got
    assert (model.home("plain/1") / "told").exists()
    refused = model.ask("exec", "--unit", "plain/1", "--", "leader-set a=b")
    assert "cannot write leadership settings: not the leader" in refused.out + refused.err
