"""Every method of jubilant does what its documentation says, through the real command line."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest

from tests.conformance.conftest import CHARM, Backend, without_time


@pytest.fixture(scope="module")
def juju(backend: Backend, letter: Path) -> Iterator[jubilant.Juju]:
    """A model with one unit of "app", made as jubilant's tutorial makes it: `juju` is on PATH."""
    with jubilant.temp_model() as juju:
        juju.deploy(
            CHARM,
            "app",
            config={"number": 3, "loud": True},
            resources={"letter": str(letter)},
            storage={"data": "1"},
        )
        juju.wait(is_settled, delay=0.1, successes=2)
        yield juju


def is_settled(status: jubilant.Status) -> bool:
    return jubilant.all_active(status) and jubilant.all_agents_idle(status)


def test_every_method_is_called_by_a_test():
    methods = {n for n, _ in inspect.getmembers(jubilant.Juju, inspect.isfunction)}
    public = {name for name in methods if not name.startswith("_")}
    called = {
        node.func.attr
        for path in Path(__file__).parent.glob("test_jubilant*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert public - called == set()


def test_status_has_all_that_its_helpers_ask_for(juju: jubilant.Juju):
    status = juju.status()
    app, unit = status.apps["app"], status.get_units("app")["app/0"]
    assert jubilant.all_active(status) and jubilant.all_active(status, "app")
    assert jubilant.all_agents_idle(status, "app") and not jubilant.any_error(status)
    assert not jubilant.all_active(status, "app", "nothing")
    for is_so in (
        jubilant.all_blocked,
        jubilant.all_error,
        jubilant.all_maintenance,
        jubilant.all_waiting,
        jubilant.any_blocked,
        jubilant.any_maintenance,
        jubilant.any_waiting,
    ):
        assert not is_so(status, "app"), is_so
    assert jubilant.any_active(status, "app", "nothing")
    assert app.is_active and app.app_status.message == "led" and app.charm_name == "conformance"
    assert unit.leader and unit.is_active and unit.juju_status.current == "idle"
    assert unit.machine == "0" and status.machines["0"].juju_status.current == "started"
    assert status.model.name == (juju.model or "") and status.model.type == "iaas"
    assert status.storage.storage["data/0"].kind == "filesystem"
    assert status == juju.status(), "the same but for the time"
    assert "app/0" in str(status)


def test_waiting_ends_with_an_error_or_in_time(juju: jubilant.Juju):
    with pytest.raises(jubilant.WaitError):
        juju.wait(lambda _: False, error=jubilant.all_active, delay=0.1)
    with pytest.raises(TimeoutError):
        juju.wait(lambda _: False, delay=0.1, timeout=0.3)


def test_config_has_its_types(juju: jubilant.Juju):
    values = juju.config("app")
    assert values["number"] == 3 and values["loud"] is True and values["share"] == 0.5
    assert "text" not in values, "an option without a value is left out"
    juju.config("app", {"text": "a=b, c", "number": -1})
    assert juju.config("app")["text"] == "a=b, c" and juju.config("app")["number"] == -1
    juju.config("app", reset=["text", "number"])
    assert "text" not in juju.config("app") and juju.config("app")["number"] == 7
    juju.config("app", {"loud": False}, reset="share")
    assert juju.config("app")["loud"] is False
    assert juju.config("app", app_config=True)["trust"] is False


def test_an_action_runs(juju: jubilant.Juju):
    task = juju.run("app/leader", "nested", {"depth": 5, "map": {"k": "v"}})
    assert task.success and task.status == "completed" and task.return_code == 0
    assert task.results["a"] == {"b": {"c": "5"}}
    assert [without_time(line) for line in task.log] == ["about to answer"]
    assert int(task.id) > 0


def test_an_action_fails(juju: jubilant.Juju):
    with pytest.raises(jubilant.TaskError) as failed:
        juju.run("app/0", "fail")
    assert failed.value.task.status == "failed" and failed.value.task.message == "as asked"
    assert failed.value.task.results == {"got": "this far"}
    with pytest.raises(jubilant.TaskError) as raised:
        juju.run("app/0", "raise")
    assert raised.value.task.return_code == 1
    assert "an action that raises" in raised.value.task.stderr


@pytest.mark.parametrize(
    ("unit", "action", "params"),
    [
        ("app/0", "nothing", None),
        ("app/77", "fail", None),
        ("app/0", "see", None),
        ("app/0", "see", {"what": 7}),
    ],
)
def test_what_no_unit_can_run_is_an_error_of_value(
    juju: jubilant.Juju, unit: str, action: str, params: dict[str, int] | None
):
    with pytest.raises(ValueError, match="error running action"):
        juju.run(unit, action, params)


def test_commands_run_on_units_and_machines(juju: jubilant.Juju):
    assert juju.exec("echo hello", unit="app/0").stdout == "hello\n"
    assert juju.exec("echo", "a", "b", unit="app/leader").stdout == "a b\n"
    assert juju.exec("config-get number", unit="app/0").stdout == "7\n", "a hook's context"
    assert juju.exec("echo on", machine=0).stdout == "on\n"
    with pytest.raises(jubilant.TaskError) as failed:
        juju.exec("echo before; echo wrong >&2; exit 3", unit="app/0")
    task = failed.value.task
    assert (task.return_code, task.stdout, task.stderr) == (3, "before\n", "wrong\n")
    with pytest.raises(ValueError, match="error running command"):
        juju.exec("true", unit="app/77")
    with pytest.raises(TimeoutError):
        juju.exec("sleep 60", unit="app/0", wait=0.5)
    with pytest.raises(TimeoutError):
        juju.exec("sleep 60", machine=0, wait=0.5)


def test_relations_are_made_and_removed(juju: jubilant.Juju, letter: Path):
    juju.deploy(CHARM, "taker", resources={"letter": str(letter)}, storage={"data": "1"})
    juju.integrate("app:giver", "taker:taker")
    status = juju.wait(
        lambda status: jubilant.all_active(status) and jubilant.all_agents_idle(status),
        delay=0.1,
        successes=2,
    )
    assert [r.related_app for r in status.apps["app"].relations["giver"]] == ["taker"]
    seen = juju.show_unit("taker/0")
    (info,) = [r for r in seen.relation_info if r.endpoint == "taker"]
    assert info.related_endpoint == "giver" and info.local_unit.in_scope
    assert info.related_units.keys() == {"app/0"}
    juju.remove_relation("app:giver", "taker:taker")
    juju.wait(lambda status: "giver" not in status.apps["app"].relations, delay=0.1)
    juju.remove_application("taker", destroy_storage=True)
    juju.wait(lambda status: "taker" not in status.apps, delay=0.1)


def test_units_and_machines_come_and_go(juju: jubilant.Juju):
    juju.add_unit("app", num_units=2)
    juju.wait(lambda status: len(status.apps["app"].units) == 3, delay=0.1)
    juju.wait(jubilant.all_agents_idle, delay=0.1, successes=2)
    juju.remove_unit("app/1", "app/2", destroy_storage=True)
    juju.wait(lambda status: list(status.apps["app"].units) == ["app/0"], delay=0.1)
    juju.add_machine()
    status = juju.wait(
        lambda status: (
            [m.juju_status.current for m in status.machines.values()] == ["started", "started"]
        ),
        delay=0.1,
    )
    added = max(status.machines, key=int)
    assert status.apps["app"].units["app/0"].machine != added
    juju.cli("remove-machine", added, "--no-prompt", "--force")
    juju.wait(lambda status: added not in status.machines, delay=0.1)


def test_a_unit_tells_what_it_is(juju: jubilant.Juju):
    unit = juju.show_unit("app/0")
    assert unit.leader and unit.machine == "0" and unit.public_address
    (peers,) = [r for r in unit.relation_info if r.endpoint == "friends"]
    assert peers.local_unit.in_scope


def test_the_log_is_text(juju: jubilant.Juju):
    juju.exec("for n in 1 2 3 4; do juju-log word-$n; done", unit="app/0")
    everything = juju.debug_log()
    assert re.search(
        r"^unit-app-0: \d\d:\d\d:\d\d INFO unit\.app/0\.juju-log word-1$", everything, re.MULTILINE
    )
    assert len(juju.debug_log(limit=3).splitlines()) == 3


def test_a_shell_command_runs_on_a_machine(juju: jubilant.Juju):
    assert juju.ssh("app/0", "echo", "hello") == "hello\n"
    assert juju.ssh("app/leader", "echo hello; pwd", host_key_checks=False).startswith("hello\n")
    assert juju.ssh(0, "echo hello") == "hello\n"
    with pytest.raises(jubilant.CLIError) as failed:
        juju.ssh("app/0", "echo before; exit 3")
    assert (failed.value.returncode, failed.value.stdout) == (3, "before\n")


def test_a_model_can_be_configured_and_shown(juju: jubilant.Juju):
    juju.model_config({"update-status-hook-interval": "7m"})
    assert juju.model_config()["update-status-hook-interval"] == "7m"
    juju.model_config(reset="update-status-hook-interval")
    assert juju.model_config()["update-status-hook-interval"] == "5m"
    shown = juju.show_model()
    assert shown.short_name == (juju.model or "").rpartition(":")[2]
    assert shown.name == f"admin/{shown.short_name}" and shown.status.current == "available"


def test_models_come_and_go(backend: Backend):
    juju = backend.juju()
    juju.add_model("jubilant-two", config={"update-status-hook-interval": "9m"})
    assert juju.model == "jubilant-two" and juju.status().apps == {}
    assert juju.model_config()["update-status-hook-interval"] == "9m"
    juju.destroy_model("jubilant-two", destroy_storage=True, force=True, timeout=30)
    with pytest.raises(jubilant.CLIError):
        juju.status()


def test_the_version_is_one_of_juju_3(juju: jubilant.Juju):
    assert juju.version().major == 3


def test_any_command_can_be_given(juju: jubilant.Juju):
    assert "app/0" in juju.cli("status")
    assert juju.cli("config", "app", "number").strip() == "7"
    with pytest.raises(jubilant.CLIError) as error:
        juju.cli("config", "nothing")
    assert 'application "nothing" not found' in error.value.stderr


def test_a_controller_is_bootstrapped(backend: Backend):
    if backend.engine is None:
        pytest.skip("a real Juju's controllers are its owner's")
    juju = backend.juju()
    defaults = {"update-status-hook-interval": "8m"}
    juju.bootstrap(backend.cloud, "second", model_defaults=defaults)
    juju.add_model("there", controller="second")
    assert juju.model == "second:there"
    assert juju.model_config()["update-status-hook-interval"] == "8m"
    juju.cli(
        "destroy-controller",
        "second",
        "--destroy-all-models",
        "--force",
        "--no-prompt",
        include_model=False,
    )


def test_the_status_of_a_model_without_anything(backend: Backend):
    juju = jubilant.Juju()  # as jubilant's tutorial begins
    juju.add_model("jubilant-empty")
    status = juju.status()
    assert status.apps == {} and status.machines == {} and status.controller.timestamp
    assert juju.cli("status", "--format", "json").count("\n") == 1
    jubilant.Juju(model="jubilant-empty").destroy_model("jubilant-empty", force=True)


@pytest.mark.parametrize("helper", ["all_active", "any_error", "all_agents_idle"])
def test_nothing_of_a_name_that_is_not_there_is_anything(juju: jubilant.Juju, helper: str):
    assert not getattr(jubilant, helper)(juju.status(), "nothing")
