"""advance-time makes due what is due until then, in a model for tests and in no other."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    shared("add-model", "fast", "--config", "test-mode=true")
    shared("deploy", str(write_charm(charms, "status-set active")), "app")
    shared("wait-idle")
    return shared


def count(model: Engine, hook: str) -> int:
    return [line.split()[0] for line in model.hooks("app/0")].count(hook)


def test_update_status_comes_once_for_all_that_has_passed(model: Engine):
    before = count(model, "update-status")
    model("advance-time", "1h")
    model("wait-idle")
    assert count(model, "update-status") == before + 1
    model("advance-time", "10m")
    model("wait-idle")
    assert count(model, "update-status") == before + 2


def test_a_secret_is_rotated_and_expires(model: Engine):
    add = "secret-add --owner unit --label mine --rotate daily --expire 36h pass=word"
    model("exec", "--unit", "app/0", "--", add)
    model("advance-time", "23h")
    model("wait-idle")
    assert count(model, "secret-rotate") == 0
    model("advance-time", "1h")
    model("wait-idle")
    assert (count(model, "secret-rotate"), count(model, "secret-expired")) == (1, 0)
    model("advance-time", "12h")
    wait_until(lambda: count(model, "secret-expired") == 1)
    remove = 'secret-remove "$(secret-ids)"'
    model("exec", "--unit", "app/0", "--", remove)
    model("wait-idle")


def test_a_failed_hook_is_tried_again(model: Engine):
    model.do("app/0", "exit 1")
    model("config", "app", "text=fails")
    model("wait-for", "unit", "app/0", "--query", 'workload-status=="error"')
    tried = count(model, "config-changed")
    model.do("app/0", "true")
    model("advance-time", "5m")
    model("wait-for", "unit", "app/0", "--query", 'workload-status=="active"')
    assert count(model, "config-changed") == tried + 1


def test_status_shows_the_time_of_the_model(model: Engine):
    def advance() -> datetime:
        return datetime.fromisoformat(model("advance-time", "1s").strip()).replace(microsecond=0)

    before = advance()
    shown = json.loads(model("status", "--utc", "--format", "json"))["controller"]["timestamp"]
    after = advance()
    clock = datetime.strptime(shown, "%H:%M:%SZ").replace(tzinfo=UTC)  # of whatever day
    assert (clock - before) % timedelta(days=1) <= after - before


def test_a_destroyed_model_goes_as_soon_as_any_other(model: Engine, charms: Path):
    model("add-model", "going", "--config", "test-mode=true")
    model("deploy", str(write_charm(charms, "", "busy")), "app", "-m", "going")
    model("wait-idle", "-m", "going")
    model("advance-time", "100h", "-m", "going")
    model("destroy-model", "going", "--no-prompt")
    model("switch", "fast")


def test_the_time_of_another_model_passes_by_itself(model: Engine):
    said = model.fails("advance-time", "1h", "-m", "m")
    assert 'the time of model "m" is not put ahead: it is not in test-mode' in said
    assert "add-model NAME --config test-mode=true" in said
    model.fails("advance-time", "-m", "m", code=2)
    model.fails("advance-time", "soon", "-m", "m", code=2)
