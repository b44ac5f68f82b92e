"""Hooks that fail, hang, shout or are killed: nothing is lost, and nothing waits for ever."""

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import Engine, is_alive
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

HANG = 'echo $$ > "$HOME/pid"; echo started > "$HOME/started"; exec sleep 1000'
number = iter(range(1000))


@pytest.fixture
def unit(shared: Engine, charms: Path) -> str:
    """A unit of its own for one test, idle."""
    name = f"app-n{next(number)}x"
    shared("deploy", str(write_charm(charms)), name)
    wait_until(lambda: is_idle(shared, f"{name}/0"), what=f"idle {name}")
    return f"{name}/0"


def is_idle(engine: Engine, unit: str) -> bool:
    return engine.units().get(unit, {}).get("juju-status", {}).get("current") == "idle"


def application(unit: str) -> str:
    return unit.partition("/")[0]


def provoke(engine: Engine, unit: str, text: str = "") -> None:
    """Make the unit run config-changed."""
    engine("config", application(unit), f"text={text or time.monotonic()}")


def until_in_error(engine: Engine, unit: str) -> dict[str, str]:
    def status() -> dict[str, str] | None:
        found = engine.units()[unit]["workload-status"]
        return found if found["current"] == "error" else None

    return wait_until(status, what=f"{unit} in error") or {}


def until_well(engine: Engine, unit: str) -> None:
    wait_until(
        lambda: (
            engine.units()[unit]["workload-status"]["current"] != "error" and is_idle(engine, unit)
        ),
        what=f"{unit} well",
    )


class TestAHookThatFails:
    def test_is_named_with_its_last_words(self, shared: Engine, unit: str):
        shared.do(unit, 'echo "Traceback: the disk is made of cheese" >&2; exit 1')
        provoke(shared, unit)
        status = until_in_error(shared, unit)
        assert status["message"] == 'hook failed: "config-changed"'
        assert "the disk is made of cheese" in shared("status")
        assert shared.units()[unit]["juju-status"]["current"] == "idle"

    def test_is_run_again_by_resolved(self, shared: Engine, unit: str):
        shared("model-config", "automatically-retry-hooks=false")
        shared.do(unit, "exit 1")
        provoke(shared, unit)
        until_in_error(shared, unit)
        before = shared.hooks(unit).count("config-changed")
        shared.do(unit, "true")
        shared("resolved", unit)
        until_well(shared, unit)
        assert shared.hooks(unit).count("config-changed") == before + 1
        shared("model-config", "--reset", "automatically-retry-hooks")

    def test_is_skipped_by_resolved_no_retry(self, shared: Engine, unit: str):
        shared("model-config", "automatically-retry-hooks=false")
        shared.do(unit, "case $JUJU_DISPATCH_PATH in *config-changed) exit 1;; esac")
        provoke(shared, unit)
        until_in_error(shared, unit)
        before = shared.hooks(unit)
        shared("resolved", "--no-retry", unit)
        until_well(shared, unit)
        assert shared.hooks(unit) == before
        shared("model-config", "--reset", "automatically-retry-hooks")

    def test_is_run_again_by_itself(self, shared: Engine, unit: str):
        shared.do(unit, 'if [ ! -e "$HOME/failed" ]; then touch "$HOME/failed"; exit 1; fi')
        provoke(shared, unit)
        until_in_error(shared, unit)
        until_well(shared, unit)

    def test_writes_nothing(self, shared: Engine, unit: str):
        shared.do(unit, "open-port 80; state-set a=1; status-set blocked told; exit 1")
        provoke(shared, unit)
        until_in_error(shared, unit)
        assert "open-ports" not in shared.units()[unit]
        shared.do(unit, 'open-port 81; test -z "$(state-get a)"')
        shared("resolved", unit)
        until_well(shared, unit)
        after = shared.units()[unit]
        assert after["open-ports"] == ["81/tcp"]
        assert after["workload-status"]["message"] == "told", "a status is true at once"

    def test_does_not_keep_a_model_from_being_removed(self, shared: Engine, unit: str):
        shared.do(unit, "exit 1")
        provoke(shared, unit)
        until_in_error(shared, unit)
        shared("remove-unit", unit, "--force", "--no-prompt")
        wait_until(lambda: unit not in shared.units())


class TestAHookThatHangs:
    def hang(self, engine: Engine, unit: str) -> int:
        engine.do(unit, HANG)
        provoke(engine, unit)
        file = engine.home(unit) / "pid"
        wait_until(lambda: file.exists() and file.read_text().strip(), what="a hook that hangs")
        return int(file.read_text())

    def test_is_shown_as_what_is_executing(self, shared: Engine, unit: str):
        self.hang(shared, unit)
        status = shared.units()[unit]["juju-status"]
        assert (status["current"], status["message"]) == (
            "executing",
            "running config-changed hook",
        )
        shared("remove-unit", unit, "--force", "--no-prompt")

    def test_is_ended_by_remove_unit_force(self, shared: Engine, unit: str):
        pid = self.hang(shared, unit)
        shared("remove-unit", unit, "--force", "--no-prompt")
        wait_until(lambda: unit not in shared.units() and not is_alive(pid))

    def test_is_ended_by_remove_application_force(self, shared: Engine, unit: str):
        pid = self.hang(shared, unit)
        shared("remove-application", application(unit), "--force", "--no-prompt")
        wait_until(lambda: unit not in shared.units() and not is_alive(pid))

    @pytest.mark.parametrize(
        "flags", [("--force",), ("--timeout", "1s")], ids=["by force", "when its time is over"]
    )
    def test_is_ended_with_its_model(self, shared: Engine, charms: Path, flags: tuple[str, ...]):
        shared("add-model", "doomed")
        try:
            shared("deploy", str(write_charm(charms)), "doomed")
            shared.wait_for_idle(count=1)
            pid = self.hang(shared, "doomed/0")
        finally:
            shared("switch", "m")
        shared("destroy-model", "doomed", *flags, "--no-prompt", timeout=20)
        assert not is_alive(pid)


class TestAHookThatIsLoud:
    def test_a_megabyte_does_not_keep_anybody_waiting(self, shared: Engine, unit: str):
        shared.do(unit, "yes loud | head -c 1000000; yes louder | head -c 1000000 >&2")
        provoke(shared, unit)
        until_well(shared, unit)
        assert shared.log().count("louder\n") > 1000

    def test_bytes_that_are_no_text_are_shown_somehow(self, shared: Engine, unit: str):
        shared.do(unit, r"printf 'before \377\376\000 after\n'")
        provoke(shared, unit, "binary")
        wait_until(lambda: "before" in shared.log())
        until_well(shared, unit)


class TestForeignText:
    """What a charm writes is shown, whatever it tries with the terminal of who reads it."""

    NASTY = r"\033]0;owned\007\033[2J\r\342\200\256x\nunit-b-0: 10:00:00 ERROR forged"

    @pytest.fixture
    def nasty(self, shared: Engine, unit: str) -> Iterator[str]:
        """A unit that has said and logged it, and whose hook has failed with it."""
        shared("model-config", "automatically-retry-hooks=false")
        say = f'text="$(printf "{self.NASTY}")"; status-set active "$text"; juju-log "$text"'
        shared.do(unit, f'{say}; echo "$text"; echo "$text" >&2; exit 1')
        provoke(shared, unit)
        until_in_error(shared, unit)
        yield unit
        shared("remove-application", application(unit), "--force", "--no-prompt")
        shared("model-config", "--reset", "automatically-retry-hooks")

    def test_is_shown_and_not_obeyed(self, shared: Engine, nasty: str):
        shorter = ("status --format oneline", "status --format summary", f"show-unit {nasty}")
        for line in (
            "status",
            "status --format yaml",
            "status --format json",
            "debug-log --limit 0",
            f"show-status-log {nasty}",
            f"hooks {nasty}",
            *shorter,
        ):
            said = shared(*line.split())
            assert line in shorter or "ERROR forged" in said, line
            assert not {"\x1b", "\x07", "\r", "\u202e"} & set(said), line
            assert not [row for row in said.splitlines() if row.startswith("unit-b-0")], line

    def test_of_an_action_is_kept_for_a_pipe_and_shown_on_a_terminal(
        self, shared: Engine, unit: str
    ):
        shared.do(unit, f'printf "{self.NASTY}"; action-log "$(printf "{self.NASTY}")"')
        answer = shared.ask("run", unit, "say", "word=x")
        assert "\x1b[2J" in answer.out
        assert "\x1b" not in answer.err and "\nunit-b-0" not in answer.err
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "rb"), os.fdopen(theirs, "w") as terminal:
            words = [shared.binary, "run", unit, "say", "word=x"]
            subprocess.run(words, env=shared.environment, stdout=terminal, check=True)
            shown = os.read(ours, 10_000)
        assert b"\\x1b[2J" in shown and b"\x1b" not in shown


def test_bytes_that_are_no_text_are_an_error_of_the_one_tool(shared: Engine, unit: str):
    shared.do(
        unit,
        r"""for tool in 'state-set k=' 'juju-log x' 'status-set active x' 'leader-set k='; do
            $tool"$(printf '\377')" 2>>"$HOME/said" && exit 3
        done
        printf '{"k": "\\ud800"}' | state-set --file - 2>>"$HOME/said" && exit 4
        state-set good=1""",
    )
    provoke(shared, unit)
    said = shared.home(unit) / "said"
    wait_until(lambda: said.exists() and said.read_text().count("is not text") == 5)
    until_well(shared, unit)
    assert shared("exec", "--unit", unit, "--", "state-get good") == "1\n\n"


def test_a_hook_ends_when_its_process_does_whoever_holds_its_output(shared: Engine, unit: str):
    shared.do(unit, 'setsid sleep 1000 & echo $! > "$HOME/child"')
    provoke(shared, unit)
    wait_until(lambda: (shared.home(unit) / "child").exists())
    wait_until(lambda: is_idle(shared, unit), 10, "idle while the child lives")
    child = int((shared.home(unit) / "child").read_text())
    assert is_alive(child), "a daemon of the charm outlives its hook"
    shared.do(unit, "true")
    shared("remove-application", application(unit), "--no-prompt")
    wait_until(lambda: unit not in shared.units())
    wait_until(lambda: not is_alive(child), what="the end of everything on the machine")


def test_a_hook_that_is_terminated_is_run_again(shared: Engine, unit: str):
    shared.do(unit, 'if [ ! -e "$HOME/pid" ]; then echo $$ > "$HOME/pid"; exec sleep 1000; fi')
    provoke(shared, unit)
    before = shared.hooks(unit).count("config-changed")
    wait_until(lambda: (shared.home(unit) / "pid").exists())
    os.kill(int((shared.home(unit) / "pid").read_text()), signal.SIGTERM)
    wait_until(lambda: shared.hooks(unit).count("config-changed") > before)
    until_well(shared, unit)
    assert '"config-changed" was ended by SIGTERM (signal 15): it is run again' in shared.log()


@pytest.mark.parametrize("name", ["KILL", "SEGV", "HUP"])
def test_a_hook_that_any_other_signal_ends_has_failed(shared: Engine, unit: str, name: str):
    shared("model-config", "automatically-retry-hooks=false")
    shared.do(unit, f"kill -s {name} $$")
    provoke(shared, unit)
    status = until_in_error(shared, unit)
    assert status["message"] == 'hook failed: "config-changed"'
    assert f"the process was ended by SIG{name} (signal" in shared("status")
    shared.do(unit, "true")
    shared("resolved", unit)
    until_well(shared, unit)
    shared("model-config", "--reset", "automatically-retry-hooks")


def test_a_hook_that_terminates_itself_for_ever_does_not_spin_and_can_be_removed(
    shared: Engine, unit: str
):
    shared.do(unit, "kill $$")
    provoke(shared, unit)

    def doing() -> str:
        status = shared.units()[unit]["juju-status"]
        assert status["current"] in ("idle", "executing")
        return status["message"]

    wait_until(lambda: "terminated, 2 times in a row" in doing(), what="two attempts")
    assert "it is run again in 4 s" in shared.log()
    shared("remove-unit", unit, "--force", "--no-prompt")
    wait_until(lambda: unit not in shared.units(), 10, "the end of the unit")


class TestActions:
    def run(self, engine: Engine, unit: str, *words: str, code: int = 0) -> tuple[dict, str]:
        answer = engine.ask("run", unit, *words, "--format", "json")
        assert answer.code == code, answer
        return json.loads(answer.out)[unit], answer.err

    def test_results_are_nested_and_log_and_timing_are_there(self, shared: Engine, unit: str):
        shared.do(unit, "action-set a.b=1 a.c=2; action-log working; echo out; echo err >&2")
        result, said = self.run(shared, unit, "say", "word=x")
        assert result["status"] == "completed"
        assert result["results"]["a"] == {"b": "1", "c": "2"}
        assert result["results"]["return-code"] == 0
        assert (result["results"]["stdout"], result["results"]["stderr"]) == ("out\n", "err\n")
        assert result["log"][0].endswith("working")
        assert set(result["timing"]) == {"enqueued", "started", "completed"}
        assert "Running operation" in said

    def test_action_fail_is_a_failed_task_and_exit_code_0(self, shared: Engine, unit: str):
        shared.do(unit, "action-set a=1; action-fail no luck")
        result, _ = self.run(shared, unit, "say", "word=x")
        assert (result["status"], result["message"]) == ("failed", "no luck")
        assert result["results"]["a"] == "1"

    def test_an_exit_code_is_told_and_the_unit_stays_well(self, shared: Engine, unit: str):
        shared.do(unit, "exit 7")
        result, said = self.run(shared, unit, "say", "word=x", code=1)
        assert result["status"] == "failed" and result["results"]["return-code"] == 7
        assert "task failed" in said
        assert shared.units()[unit]["workload-status"]["current"] != "error"

    @pytest.mark.parametrize(("name", "number"), [("KILL", 9), ("TERM", 15)])
    def test_one_that_a_signal_ends_has_failed_and_is_not_run_again(
        self, shared: Engine, unit: str, name: str, number: int
    ):
        shared.do(unit, f'echo run >> "$HOME/runs"; kill -s {name} $$')
        result, _ = self.run(shared, unit, "say", "word=x", code=1)
        assert result["status"] == "failed"
        assert result["message"] == f"ended by SIG{name} (signal {number})"
        assert result["results"]["return-code"] == 128 + number
        assert (shared.home(unit) / "runs").read_text() == "run\n"
        assert shared.units()[unit]["workload-status"]["current"] != "error"

    def test_waiting_ends_in_time(self, shared: Engine, unit: str):
        shared.do(unit, 'echo $$ > "$HOME/pid"; exec sleep 1000')
        said = shared.fails("run", unit, "say", "word=x", "--wait", "1s")
        assert f"timed out waiting for results from: unit {unit}" in said
        shared("remove-unit", unit, "--force", "--no-prompt")

    def test_a_command_of_exec_is_ended_when_its_time_is_over(self, shared: Engine, unit: str):
        said = shared.fails("exec", "--unit", unit, "--wait", "1s", "--", "sleep 1000")
        assert "timed out" in said
        wait_until(lambda: is_idle(shared, unit), 10, "idle again")

    def test_a_command_that_no_exec_takes_has_failed_and_is_not_tried_again(
        self, shared: Engine, unit: str
    ):
        answer = shared.ask("exec", "--unit", unit, "--", "echo", *(["x" * 1000] * 200))
        assert answer.code == 1 and "failed: " in answer.out
        assert shared("exec", "--unit", unit, "--", "echo", "well") == "well\n\n"

    def test_exec_runs_in_a_hook_context_and_its_changes_are_kept(self, shared: Engine, unit: str):
        out = shared("exec", "--unit", unit, "--", "open-port 99; config-get number; pwd")
        assert out.splitlines()[0] == "1" and out.splitlines()[1].endswith("/charm")
        assert shared.units()[unit]["open-ports"] == ["99/tcp"]

    def test_exec_runs_while_the_unit_is_in_error(self, shared: Engine, unit: str):
        shared.do(unit, "exit 1")
        provoke(shared, unit)
        until_in_error(shared, unit)
        assert shared("exec", "--unit", unit, "--", "echo here").startswith("here\n")


def test_removing_the_leader_hands_over(shared: Engine, unit: str):
    name = application(unit)
    shared("add-unit", name, "-n", "2")
    wait_until(lambda: all(is_idle(shared, f"{name}/{n}") for n in range(3)))
    assert shared.units()[unit].get("leader") is True
    shared("remove-unit", unit, "--no-prompt")
    wait_until(lambda: unit not in shared.units())
    wait_until(lambda: "leader-elected" in shared.hooks(f"{name}/1"))
    assert shared.units()[f"{name}/1"].get("leader") is True
    assert "leader-elected" not in shared.hooks(f"{name}/2")


def test_a_unit_that_shares_its_machine_leaves_no_files_behind(shared: Engine, unit: str):
    name = application(unit)
    machine = shared.units()[unit]["machine"]
    shared("add-unit", name, "--to", machine)
    wait_until(lambda: is_idle(shared, f"{name}/1"))
    agents = shared.home(unit).parent / "agents"
    shared("remove-unit", f"{name}/1", "--no-prompt")
    wait_until(lambda: f"{name}/1" not in shared.units())
    wait_until(lambda: not list(agents.glob("unit-*-1")), what="removal of its files")
    assert list(agents.glob("unit-*-0"))
