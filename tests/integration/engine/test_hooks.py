"""hooks tells what a unit has run, with its calls and why it failed, and never a value."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    body = "status-set active s3cr3t; is-leader > /dev/null"
    shared("deploy", str(write_charm(charms, body)), "app")
    shared("deploy", str(write_charm(charms, "status-set active", "other")), "other")
    shared("integrate", "app:server", "other:client")
    shared.wait_for_idle(count=2, workload="active")
    return shared


def hooks(model: Engine, *words: str) -> list[dict[str, Any]]:
    return json.loads(model("hooks", "--format", "json", *words))


def test_the_hooks_of_a_unit_are_told_in_their_order_with_what_they_told_of(model: Engine):
    told = hooks(model, "app/0")
    assert [row["name"] for row in told] == [line.split()[0] for line in model.hooks("app/0")]
    changed = next(row for row in told if row["name"] == "server-relation-joined")
    assert changed["subject"].startswith("server:")
    assert changed["subject"].endswith(" other/0")
    assert (changed["return-code"], changed["kind"]) == (0, "hook")
    assert "calls" not in changed


def test_calls_are_told_without_what_they_wrote(model: Engine):
    (last,) = hooks(model, "app/leader", "-n", "1", "--calls")
    assert [call["tool"] for call in last["calls"]] == ["status-set", "is-leader"]
    assert "s3cr3t" not in model("hooks", "app", "--calls")


def test_actions_and_commands_are_told_too(model: Engine):
    model("run", "app/0", "say", "word=x")
    model("exec", "--unit", "app/0", "--", "true")
    told = [(row["kind"], row["name"]) for row in hooks(model, "app/0", "-n", "2")]
    assert told == [("action", "say"), ("exec", "juju-exec")]


def test_the_units_of_an_application_are_told_together(model: Engine):
    assert {row["unit"] for row in hooks(model, "app")} == {"app/0"}
    assert 'unit "app/9" not found' in model.fails("hooks", "app/9")
    assert 'application "nothing" not found' in model.fails("hooks", "nothing")


def test_a_hook_that_runs_is_told_and_one_that_failed_says_why(model: Engine):
    gate = model.home("app/0") / "gate"
    model.do("app/0", f"until [ -e {gate} ]; do sleep 0.02; done; echo boom >&2; exit 3")
    model("config", "app", "text=1")
    wait_until(lambda: "running" in model("hooks", "app/0").splitlines()[-1])
    gate.touch()
    wait_until(lambda: hooks(model, "app/0")[-1].get("return-code") == 3)
    assert model("hooks", "app/0").splitlines()[-1].endswith("exit 3: boom")
    assert hooks(model, "app/0")[-1]["traceback"] == "boom"
    assert "All it has run: kafkastack hooks app/0" in model("status")
    said = model.fails("wait-for", "unit", "app/0", "--timeout", "0.1s", code=5)
    assert said.endswith("it is error; look at: kafkastack hooks app/0\n")
    model.do("app/0", "true")
    model("resolved", "app/0")
    wait_until(lambda: hooks(model, "app/0")[-1].get("return-code") == 0)


def test_a_charm_that_sets_no_status_is_unknown_and_its_end_is_told(model: Engine, charms: Path):
    model("deploy", str(write_charm(charms, "", "silent")), "silent")
    model("wait-for", "unit", "silent/0", "--query", 'workload-status=="unknown"')
    assert model.units()["silent/0"]["workload-status"].get("message", "") == ""
    model.do("silent/0", "until [ -e $HOME/gate ]; do sleep 0.02; done")
    gate = model.home("silent/0") / "gate"
    model("remove-application", "silent", "--no-prompt")
    stopping = {"current": "maintenance", "message": "stopping charm software"}
    wait_until(lambda: stopping.items() <= model.units()["silent/0"]["workload-status"].items())
    gate.touch()
    wait_until(lambda: "silent" not in model.status()["applications"])
    last = [row["name"] for row in hooks(model, "silent/0", "-n", "2")]
    assert last == ["stop", "remove"], "what has gone is remembered"
