"""Stopped machines: nothing runs on them, everybody is told, and all of it comes back."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

SERVICE = """\
if [ "$JUJU_DISPATCH_PATH" = hooks/install ]; then
    printf '[Service]\\nExecStart=/bin/sh -c "echo >> %s; exec sleep 1000"\\n[Install]\\n' \
        "$HOME/starts" > "$HOME/sleeper.service"
    printf 'WantedBy=multi-user.target\\n' >> "$HOME/sleeper.service"
    systemctl enable --now "$HOME/sleeper.service"
    status-set active
fi
"""
_ASK = "from kafkastack.cli.session import Target; print(Target('en', 'm').call('{}'))"


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    """Units one/0 and two/0 on a machine each, with a service that one/0 has enabled."""
    shared("deploy", str(write_charm(charms, SERVICE)), "one")
    shared("deploy", str(write_charm(charms, name="quiet")), "two")
    shared.wait_for_idle(count=2)
    return shared


def ask(engine: Engine, verb: str) -> str:
    """Ask the controller for what no verb of the command line is called after."""
    words = [sys.executable, "-c", _ASK.format(verb)]
    return subprocess.run(
        words, env=engine.environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def starts(engine: Engine) -> int:
    return len((engine.home("one/0") / "starts").read_text().splitlines())


def sleepers(engine: Engine) -> list[int]:
    return [pid for pid, words in engine.processes() if words == ["sleep", "1000"]]


def test_a_stopped_machine_runs_nothing_and_everybody_is_told(model: Engine):
    assert starts(model) == 1 and len(sleepers(model)) == 1
    before = model.hooks("one/0")

    assert ask(model, "stop-machines") == "['0', '1']"

    assert sleepers(model) == []
    machine = model.status()["machines"]["0"]
    assert machine["machine-status"]["current"] == "stopped"
    assert machine["juju-status"]["current"] == "down"
    unit = model.units()["one/0"]
    assert unit["juju-status"]["current"] == "lost"
    model("config", "one", "text=while-stopped")
    assert "is stopped" in model.fails("wait-idle", "--timeout", "10s")
    assert model.hooks("one/0") == before


def test_a_new_controller_leaves_a_stopped_machine_as_it_is(model: Engine):
    model.kill_controller()
    assert model.status()["machines"]["0"]["machine-status"]["current"] == "stopped"
    assert sleepers(model) == []


def test_a_started_machine_is_as_before_and_its_units_are_told(model: Engine):
    address = model.status()["machines"]["0"]["ip-addresses"]
    before = model.hooks("one/0")

    assert ask(model, "start-machines") == "['0', '1']"

    wait_until(lambda: starts(model) == 2, what="the enabled service's second start")
    model.wait_for_idle(count=2)
    machine = model.status()["machines"]["0"]
    assert (machine["machine-status"]["current"], machine["ip-addresses"]) == ("running", address)
    told = model.hooks("one/0")[len(before) :]
    assert told[0] == "start" and "config-changed" in told
    assert ask(model, "start-machines") == "[]"


def test_what_is_removed_from_a_stopped_machine_leaves_in_order(model: Engine):
    ask(model, "stop-machines")
    model.do("one/0", "juju-log last-$JUJU_DISPATCH_PATH")
    model("remove-application", "one", "--no-prompt")
    wait_until(lambda: "one/0" not in model.units())
    assert "last-hooks/stop" in model.log() and sleepers(model) == []
    model("destroy-model", "m", "--no-prompt", timeout=30)
