"""The charm imported as its dispatch imports it, in a folder of its own, with a systemctl."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ops import testing

from tests.charms.modules import on_path

CHARM = Path(__file__).parents[3] / "charms" / "kafka-test-app"
SYSTEMCTL = """\
#!/bin/sh
echo "$*" >> "{folder}/calls"
case "$1" in
    restart) touch "{folder}/active" ;;
    disable) rm -f "{folder}/active" ;;
    is-active) test -e "{folder}/active" ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """What the charm left on its machine, and what it asked of systemctl."""

    root: Path
    state: Path

    @property
    def calls(self) -> list[str]:
        log = self.state / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if not line.startswith("is-active")]

    @property
    def runs(self) -> bool:
        return (self.state / "active").exists()

    @property
    def settings(self) -> dict:
        return json.loads((self.folder / "settings.json").read_text())

    @property
    def folder(self) -> Path:
        return self.root / "client"

    def die(self) -> None:
        (self.state / "active").unlink()

    def publish(self, count: int) -> None:
        """Do as a client that had this many messages acknowledged."""
        (self.folder / "progress").write_text(f"{self.settings['run']} {count}")


@pytest.fixture(autouse=True)
def charm_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with on_path(CHARM, monkeypatch):
        yield CHARM


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    for name in ("charm", "state", "bin", "tmp"):
        (tmp_path / name).mkdir()
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(SYSTEMCTL.format(folder=tmp_path / "state"))
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return Machine(tmp_path / "charm", tmp_path / "state")


@pytest.fixture
def context(machine: Machine) -> testing.Context:
    from charm import KafkaTestAppCharm

    meta, config, actions = (
        yaml.safe_load((CHARM / f"{name}.yaml").read_text())
        for name in ("metadata", "config", "actions")
    )
    return testing.Context(
        KafkaTestAppCharm, meta=meta, config=config, actions=actions, charm_root=machine.root
    )
