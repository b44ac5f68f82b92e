"""wait-for ends when what it waits for is so, and says what it came by."""

import signal
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    shared("deploy", str(write_charm(charms)), "app", "-n", "2")
    shared.wait_for_idle(count=2)
    return shared


def test_each_kind_is_waited_for(model: Engine):
    model("exec", "--application", "app", "--", "status-set active")
    for words in (
        ("application", "app"),
        ("unit", "app/0"),
        ("machine", "0"),
        ("model", "m"),
        ("application", "app", "--query", "len(units)==2 && forEach(units, u => u.machine!='')"),
    ):
        model("wait-for", *words, "--timeout", "20s")


def test_what_is_not_there_yet_is_waited_for(model: Engine, charms: Path):
    waiting = model.start("wait-for", "application", "late")
    model("deploy", str(write_charm(charms, "status-set active", "busy")), "late")
    _, said = waiting.communicate(timeout=30)
    assert waiting.returncode == 0
    assert said.splitlines()[0] in (
        'application "late" is not there yet',
        'application "late" is waiting',
    )


def test_a_goal_that_is_not_reached_in_time_is_an_error_with_how_it_is(model: Engine):
    query = 'workload-status=="blocked"'
    answer = model.ask("wait-for", "unit", "app/1", "--query", query, "--timeout", "0.5s")
    assert (answer.code, answer.err.splitlines()[-2:]) == (
        5,
        [
            'ERROR timed out waiting for "app/1" to reach goal state',
            "it is active; look at: kafkastack status",
        ],
    )


def test_what_is_removed_meanwhile_is_dead_or_an_error(model: Engine, charms: Path):
    model("deploy", str(write_charm(charms, "status-set active", "busy")), "going")
    model("wait-for", "application", "going")
    dead = model.start("wait-for", "application", "going", "--query", 'life=="dead"')
    blocked = model.start("wait-for", "application", "going", "--query", 'status=="blocked"')
    wait_until(lambda: dead.poll() is None and blocked.poll() is None)
    model("wait-for", "application", "going", "--query", "len(units)==1")
    model("remove-application", "going", "--no-prompt")
    dead.communicate(timeout=30)
    assert dead.returncode == 0
    _, said = blocked.communicate(timeout=30)
    assert said.splitlines()[-2] == (
        'ERROR application "going" was removed before it reached its goal state'
    )


def test_a_query_that_cannot_be_read_and_a_strange_kind_are_refused(model: Engine):
    assert "cannot parse query" in model.fails(
        "wait-for", "unit", "app/0", "--query", "status==", code=2
    )
    assert 'cannot wait for "relation"' in model.fails("wait-for", "relation", "a:b", code=2)


def test_it_can_be_interrupted(model: Engine):
    waiting = model.start("wait-for", "unit", "app/0", "--query", 'workload-status=="error"')
    wait_until(lambda: model.ask("wait-for", "unit", "app/0").code == 0)
    waiting.send_signal(signal.SIGINT)
    waiting.communicate(timeout=20)
    assert waiting.returncode == 130
