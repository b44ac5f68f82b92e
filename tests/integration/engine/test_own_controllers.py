"""Controllers are shown, set, left, come back to and ended; models have their constraints."""

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


def test_a_controller_is_shown_with_its_models(shared: Engine):
    shown = json.loads(shared("show-controller", "--format", "json"))["en"]
    assert {"cloud": "local", "region": "localhost"}.items() <= shown["details"].items()
    assert shown["details"]["agent-version"].startswith("3.6.")
    assert shown["current-model"] == "admin/m"
    assert shown["account"] == {"user": "admin", "access": "superuser"}
    assert set(shown["models"]["m"]) == {"model-uuid", "machine-count", "core-count", "unit-count"}
    assert shared("show-controller", "en").startswith("en:\n  details:\n")
    assert "controller nothing not found" in shared.fails("show-controller", "nothing")


def test_controllers_are_listed_to_the_letter(shared: Engine):
    lines = shared("controllers").splitlines()
    assert lines[0].split() == [
        *("Controller", "Model", "User", "Access", "Cloud/Region"),
        *("Models", "Nodes", "HA", "Version"),
    ]
    assert lines[1].split()[:5] == ["en*", "m", "admin", "superuser", "local/localhost"]


def test_a_controller_s_settings_are_shown_and_set(shared: Engine):
    assert shared("controller-config", "auditing-enabled") == "true\n"
    shared("controller-config", "auditing-enabled=false", "audit-log-max-size=1G")
    shown = json.loads(shared("controller-config", "--format", "json"))
    assert shown["auditing-enabled"] is False
    assert shown["controller-name"] == "en"
    assert ["audit-log-max-size", "1G"] in [
        line.split() for line in shared("controller-config").splitlines()
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("api-port=1", "controller config values cannot be updated: [api-port]"),
        ("nothing=1", "controller config values cannot be updated: [nothing]"),
        ("audit-log-max-backups=many", "audit-log-max-backups: expected int"),
        ("nothing", 'key "nothing" not found in "en" controller'),
        ("-c nothing", "controller nothing not found"),
    ],
)
def test_what_cannot_be_set_is_told(shared: Engine, words: str, said: str):
    assert said in shared.fails("controller-config", *words.split())


def test_whoami_tells_where_one_is(shared: Engine, bare: Engine):
    assert shared("whoami") == "Controller:  en\nModel:       m\nUser:        admin\n"
    shown = json.loads(shared("whoami", "--format", "json"))
    assert shown == {"controller": "en", "model": "m", "user": "admin"}
    assert bare.ask("whoami").err.startswith("There is no current controller.\n")


def test_models_show_their_uuids_on_request(shared: Engine):
    uuid = json.loads(shared("show-model", "m", "--format", "json"))["m"]["model-uuid"]
    assert uuid not in shared("models")
    lines = shared("models", "--uuid").splitlines()
    assert lines[2].split()[:3] == ["Model", "UUID", "Cloud/Region"]
    assert lines[3].split()[:3] == ["m*", uuid, "local/localhost"]


def test_juju_s_variables_name_controller_and_model(shared: Engine):
    shared.extra.update(JUJU_CONTROLLER="nothing")
    assert "controller nothing not found" in shared.fails("status")
    shared.extra.update(JUJU_CONTROLLER="en", JUJU_MODEL="nothing")
    assert "model en:admin/nothing not found" in shared.fails("status")
    assert shared.status("-m", "m")["model"]["name"] == "m"
    shared.extra.clear()


def test_on_a_terminal_the_name_of_what_ends_is_asked(shared: Engine, charms: Path):
    shared("add-model", "doomed", "--no-switch")
    shared("add-machine", "-m", "doomed")
    code, said = typed(shared, "no\n", "destroy-model", "doomed")
    assert code == 1 and "ERROR model destruction: aborted" in said
    assert 'WARNING! This command will destroy the "doomed" model' in said
    assert " - 1 machine will be destroyed" in said and ' - machine list: "0"' in said
    code, said = typed(shared, "doomed\n", "destroy-model", "doomed")
    assert code == 0 and "Model destroyed." in said
    code, said = typed(shared, "m\n", "destroy-controller", "en")
    assert code == 1 and "ERROR controller destruction: aborted" in said


def typed(engine: Engine, answer: str, *words: str) -> tuple[int, str]:
    """Run a command on a terminal where `answer` is typed; return its code and all it said."""
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    command = subprocess.run(
        [engine.binary, *words],
        env=engine.environment,
        stdin=theirs,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    return command.returncode, command.stdout + command.stderr


def test_switch_has_juju_s_forms(shared: Engine):
    shared("add-model", "other", "--no-switch")
    assert shared("switch") == "en:admin/m\n"
    assert shared.ask("switch", "other").err == "en:admin/m -> en:admin/other\n"
    assert shared.ask("switch", "-").err == "en:admin/other -> en:admin/m\n"
    assert shared.ask("switch", "en:admin/other").err == "en:admin/m -> en:admin/other\n"
    assert shared.ask("switch", "en:m").err == "en:admin/other -> en:admin/m\n"
    assert shared.ask("switch", "en:").err == "en:admin/m (no change)\n"
    assert '"nothing" is not the name of a model or controller' in shared.fails(
        "switch", "nothing"
    )
    shared("destroy-model", "other", "--no-prompt")


def test_a_controller_is_left_and_come_back_to(own: Engine):
    own("unregister", "en", "--no-prompt")
    assert "No selected controller" in own.fails("status")
    assert "type: kafkastack register en" in own.fails("bootstrap", "local", "en")
    assert 'Welcome, admin. You are now logged into "en".' in own.ask("register", "en").err
    assert own.status("-m", "m")["model"]["name"] == "m"
    assert 'controller "en" already exists' in own.fails("register", "en")
    for name in ("nothing", "../en"):
        assert "not found on this host" in own.fails("register", name)


def test_what_bootstrap_sets_reaches_the_models(bare: Engine, charms: Path):
    defaults = bare.root / "defaults.yaml"
    defaults.write_text("{development: true}")
    bare(
        *("bootstrap", "local", "en", "--config", "auditing-enabled=false"),
        *("--model-default", "test-mode=true", "--model-default", str(defaults)),
        *("--constraints", "mem=4G", "--constraints", "cores=2"),
    )
    bare("add-model", "m")
    assert bare("controller-config", "auditing-enabled") == "false\n"
    shown = json.loads(bare("model-config", "--format", "json"))
    assert shown["test-mode"] == shown["development"] == {"Value": True, "Source": "controller"}
    assert bare("model-constraints") == "cores=2 mem=4096M\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("--config audit-log-max-backups=x", 1, "expected int"),
        ("--model-default test-mode=x", 1, "test-mode: expected bool"),
        ("--constraints mem=x", 2, 'bad "mem" constraint'),
        ("--bootstrap-constraints mem=x", 2, 'bad "mem" constraint'),
        ("--credential nothing", 1, 'credential "nothing" for cloud "local" not found'),
    ],
)
def test_a_bootstrap_that_cannot_be_is_refused(bare: Engine, words: str, code: int, said: str):
    assert said in bare.fails("bootstrap", "local", "en", *words.split(), code=code)
    assert not bare.controller_folder().exists()


def test_constraints_reach_new_machines(shared: Engine, charms: Path):
    juju = shared.juju()
    juju.model_constraints({"mem": "2G", "cores": 2})
    assert juju.model_constraints() == {"cores": 2, "mem": 2048}
    shared("deploy", str(write_charm(charms)), "kafka", "--constraints", "mem=1G arch=amd64")
    assert shared("constraints", "kafka") == "arch=amd64 mem=1024M\n"
    machine = json.loads(shared("show-machine", "0", "--format", "json"))["machines"]["0"]
    assert machine["constraints"] == "arch=amd64 cores=2 mem=1024M"
    shared("set-constraints", "kafka", "zones=a,b")
    assert json.loads(shared("constraints", "kafka", "--format", "json")) == {"zones": ["a", "b"]}
    shared("set-model-constraints")
    assert shared("model-constraints") == "\n"
    for words in (("set-constraints", "kafka"), ("set-model-constraints",)):
        assert 'unknown constraint "core"' in shared.fails(*words, "core=1", code=2)
    assert 'application "nothing" not found' in shared.fails("constraints", "nothing")
    shared.wait_for_idle(count=1)


def test_a_controller_with_models_is_destroyed_on_request_only(own: Engine, charms: Path):
    own("deploy", str(write_charm(charms)))
    own("add-model", "n")
    own("deploy", str(write_charm(charms)))
    own.wait_for_idle(count=1)
    said = own.fails("destroy-controller", "en", "--no-prompt")
    assert 'cannot destroy controller "en"' in said
    assert "The controller has live models:\n\tadmin/m (alive)\n\tadmin/n (alive)" in said
    words = ("destroy-controller", "en", "--no-prompt", "--destroy-all-models")
    assert 'invalid duration "soon"' in own.fails(*words, "--model-timeout", "soon", code=2)
    assert "All models reclaimed" in own.ask(*words, "-t", "20s").err


def test_a_controller_that_does_not_answer_is_killed(own: Engine, charms: Path):
    own("deploy", str(write_charm(charms)))
    own.wait_for_idle(count=1)
    os.kill(own.controller_pid(), signal.SIGSTOP)
    answer = own.ask("kill-controller", "en", "--no-prompt")  # it is not waited for 5 minutes
    assert answer.code == 0, answer
    assert "Unable to end it in order: process" in answer.err
    assert 'Controller "en" and all that ran on it are gone' in answer.err
    wait_until(lambda: not own.processes(), what="the end of every process")
    assert not own.controller_folder().exists()
    assert "controller en not found" in own.fails("kill-controller", "en", "--no-prompt")


def test_a_controller_is_killed_in_order_if_it_answers(own: Engine):
    answer = own.ask("kill-controller", "en", "--no-prompt")
    assert "Unable to end it in order" not in answer.err, answer
    assert json.loads(own("controllers", "--format", "json"))["controllers"] == {}


def test_one_that_is_stopped_is_told_to_whoever_asks_and_then_goes_on(shared: Engine):
    pid = shared.controller_pid()
    lasts = shared.start("wait-for", "application", "nothing", "--summary")
    assert lasts.stderr and lasts.stderr.readline(), "it has begun"
    os.kill(pid, signal.SIGSTOP)
    try:
        asks, adds = shared.start("status"), shared.start("add-model", "late")
        for command in (asks, adds, lasts):
            assert command.stderr
            said = command.stderr.readline() + command.stderr.readline()
            assert f"controller en (process {pid}) has not answered for " in said
            assert " s: it is stopped\n" in said
            assert f"kill -CONT {pid}" in said
        adds.send_signal(signal.SIGINT)
        adds.communicate(timeout=20)
        assert adds.returncode == 130
    finally:
        os.kill(pid, signal.SIGCONT)
    out, err = asks.communicate(timeout=20)
    assert asks.returncode == 0 and "answered" not in err and out.startswith("Model ")
    lasts.send_signal(signal.SIGINT)
    lasts.communicate(timeout=20)
    assert lasts.returncode == 130
