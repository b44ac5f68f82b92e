"""Settings of a model, which take effect, and those for models to come, which reach them."""

import json
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


@pytest.fixture(scope="module")
def unit(shared: Engine, charms: Path) -> str:
    body = 'juju-log -l DEBUG "a small word"; juju-log -l ERROR "a large word"; env > "$HOME/env"'
    shared("deploy", str(write_charm(charms, body)))
    shared.wait_for_idle(count=1)
    return "plain/0"


def provoke(engine: Engine, unit: str) -> None:
    """Let config-changed run once more."""
    number = len(engine.hooks(unit)) + 1
    engine("config", "plain", f"number={number}")
    wait_until(lambda: len(engine.hooks(unit)) >= number, what="config-changed")
    engine.wait_for_idle(count=1)


def test_a_key_is_set_shown_and_reset(shared: Engine):
    shared("model-config", "test-mode=true", "resource-tags=a=b")
    assert shared("model-config", "test-mode") == "true\n"
    shown = json.loads(shared("model-config", "--format", "json"))
    assert shown["test-mode"] == {"Value": True, "Source": "model"}
    assert shown["resource-tags"] == {"Value": "a=b", "Source": "model"}
    assert shown["update-status-hook-interval"] == {"Value": "5m", "Source": "default"}
    shared("model-config", "--reset", "test-mode,resource-tags")
    assert shared("model-config", "test-mode") == "false\n"


def test_the_list_is_the_table_of_juju(shared: Engine):
    lines = [line.split() for line in shared("model-config").splitlines()]
    assert lines[0] == ["Attribute", "From", "Value"]
    assert ["agent-version", "model"] in [line[:2] for line in lines]
    assert ["net-bond-reconfigure-delay", "default", "17"] in lines
    assert ["http-proxy", "default", '""'] in lines


def test_what_is_shown_as_yaml_can_be_read_again(shared: Engine):
    path = shared.root / "model.yaml"
    path.write_text(shared("model-config", "--format", "yaml"))
    assert '"agent-version" cannot be changed' in shared.fails("model-config", "--file", str(path))
    shared("model-config", "--file", str(path), "--ignore-read-only-fields")
    shown = json.loads(shared("model-config", "--format", "json"))
    assert shown["mode"] == {"Value": "requires-prompts", "Source": "model"}
    path.write_text("{logging-config: '<root>=WARNING', development: true}")
    shared("model-config", "--file", str(path), "development=false")
    assert shared("model-config", "logging-config") == "<root>=WARNING\n"
    assert shared("model-config", "development") == "false\n"


def test_jubilant_reads_and_writes_it(shared: Engine):
    juju = shared.juju()
    juju.model_config({"automatically-retry-hooks": False, "num-provision-workers": 3})
    assert juju.model_config()["automatically-retry-hooks"] is False
    assert juju.model_config()["num-provision-workers"] == 3
    juju.model_config(reset=["automatically-retry-hooks", "num-provision-workers"])
    assert juju.model_config()["automatically-retry-hooks"] is True


def test_logging_config_decides_which_lines_are_kept(shared: Engine, unit: str):
    shared("model-config", "--reset", "logging-config")
    provoke(shared, unit)
    assert "a small word" not in shared.log()
    assert "a large word" in shared.log()
    shared("model-config", "logging-config=<root>=INFO;unit=DEBUG")
    provoke(shared, unit)
    assert "a small word" in shared.log()


def test_a_charm_is_told_of_the_proxies(shared: Engine, unit: str):
    shared("model-config", "juju-http-proxy=http://a:1", "https-proxy=http://b:2")
    provoke(shared, unit)
    told = (shared.home(unit) / "env").read_text().splitlines()
    assert "JUJU_CHARM_HTTP_PROXY=http://a:1" in told
    assert "JUJU_CHARM_HTTPS_PROXY=" in told
    assert {"HTTPS_PROXY=http://b:2", "https_proxy=http://b:2"} <= set(told)
    shared("model-config", "--reset", "juju-http-proxy,https-proxy")


def test_what_is_set_for_new_models_reaches_them(shared: Engine):
    shared("model-defaults", "--cloud", "local", "--region", "localhost", "development=true")
    assert 'region "moon" not found' in shared.fails("model-defaults", "--region", "moon")
    shown = json.loads(shared("model-defaults", "--format", "json"))
    assert shown["development"] == {"default": False, "controller": True}
    assert shown["mode"] == {"default": "requires-prompts"}
    assert ["development", "false", "true"] in [
        line.split() for line in shared("model-defaults").splitlines()
    ]
    path = shared.root / "heir.yaml"
    path.write_text("{net-bond-reconfigure-delay: 5}")
    shared("add-model", "--no-switch", "heir", "--config", str(path), "--config", "test-mode=true")
    heir = json.loads(shared("model-config", "-m", "heir", "--format", "json"))
    assert heir["development"] == {"Value": True, "Source": "controller"}
    assert heir["test-mode"] == {"Value": True, "Source": "model"}
    assert heir["net-bond-reconfigure-delay"]["Value"] == 5
    shared("model-config", "-m", "heir", "development=false")
    shared("model-config", "-m", "heir", "--reset", "development")
    assert shared("model-config", "-m", "heir", "development") == "true\n"
    shared("model-defaults", "--reset", "development")
    shown = json.loads(shared("model-defaults", "--format", "json"))
    assert shown["development"] == {"default": False}


def test_the_default_base_is_that_of_what_is_deployed_without_one(shared: Engine, charms: Path):
    shared("model-config", "default-base=ubuntu@22.04")
    shared("deploy", str(write_charm(charms, name="based")))
    shared("model-config", "--reset", "default-base")
    base = shared.status()["applications"]["based"]["base"]
    assert base == {"name": "ubuntu", "channel": "22.04"}
