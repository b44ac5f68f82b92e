"""wait-idle ends when nothing is left to do anywhere, and not between two hooks of a chain."""

from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

# Hands what it is told on to the next: from its config, else from the one before.
HAND_ON = """\
hand_on() {
    for id in $(relation-ids server); do relation-set -r "$id" value="$1"; done
    echo "$1" > "$HOME/value"
}
case "$JUJU_DISPATCH_PATH" in
*install) status-set active ;;
*config-changed) hand_on "$(config-get text)" ;;
*client-relation-changed) hand_on "$(relation-get value)" ;;
esac
"""
LENGTH = 4


@pytest.fixture(scope="module")
def chain(shared: Engine, charms: Path) -> Engine:
    """Applications a0 … a3, each of which tells the next."""
    charm = write_charm(charms, HAND_ON)
    for number in range(LENGTH):
        shared("deploy", str(charm), f"a{number}")
    for number in range(LENGTH - 1):
        shared("integrate", f"a{number}:server", f"a{number + 1}:client")
    shared("wait-idle")
    return shared


def test_it_waits_from_a_deployment_to_the_last_hook(chain: Engine):
    assert {u["juju-status"]["current"] for u in chain.units().values()} == {"idle"}
    assert "client-relation-changed a2/0" in chain.hooks("a3/0")


@pytest.mark.parametrize("named", [(), ("a3",), ("a0", "a1")])
def test_it_does_not_end_between_two_hooks_of_a_chain(chain: Engine, named: tuple[str, ...]):
    for round_ in range(6):
        value = f"{round_}-{'-'.join(named)}"
        chain("config", "a0", f"text={value}")
        chain("wait-idle", *named)
        assert (chain.home("a3/0") / "value").read_text() == f"{value}\n"


def test_a_hook_that_runs_and_a_removal_are_waited_for(chain: Engine, charms: Path):
    chain("deploy", str(write_charm(charms, HAND_ON)), "going")
    chain("wait-idle", "going")
    gate = chain.home("going/0") / "gate"
    chain.do("going/0", f"until [ -e {gate} ]; do sleep 0.02; done")
    chain("remove-application", "going", "--no-prompt")
    late = chain.ask("wait-idle", "--timeout", "0.4s")
    assert late.code == 5
    assert late.err.splitlines()[-2:] == [
        'ERROR timed out waiting for model "m" to be idle',
        "going/0 is being removed; look at: kafkastack status",
    ]
    waiting = chain.start("wait-idle")
    gate.touch()
    assert waiting.wait(30) == 0
    waiting.communicate()
    assert list(chain.status()["machines"]) == [str(n) for n in range(LENGTH)]


def test_a_task_is_waited_for(chain: Engine):
    chain("run", "a0/0", "say", "word=x", "--background")
    chain("exec", "--machine", "1", "--background", "--", "sleep 0.3")
    chain("wait-idle")
    tasks = chain("operations")
    assert "pending" not in tasks and "running" not in tasks
    assert tasks.count("completed") >= 2


def test_a_failed_hook_is_an_error_with_the_reason(chain: Engine):
    chain("model-config", "automatically-retry-hooks=false")
    chain.do("a1/0", "echo no port >&2; exit 1")
    chain("config", "a1", "text=fails")
    said = chain.fails("wait-idle")
    assert 'ERROR a1/0 hook failed: "config-changed": no port' in said
    chain("wait-idle", "a0")  # what is another's does not concern it
    chain.do("a1/0", "true")
    chain("resolved", "a1/0")
    chain("wait-idle")


def test_a_blocked_unit_is_an_error_in_the_end_unless_it_may_be(chain: Engine):
    chain("exec", "--unit", "a2/0", "--", "status-set blocked 'no disk'")
    assert "ERROR a2/0 is blocked: no disk" in chain.fails("wait-idle")
    chain("wait-idle", "--allow-blocked")
    chain("wait-idle", "a0")
    chain("exec", "--unit", "a2/0", "--", "status-set active")
    wait_until(lambda: chain.ask("wait-idle").code == 0)


def test_an_application_that_is_not_there_is_said(chain: Engine):
    assert 'application "nothing" not found' in chain.fails("wait-idle", "nothing")


def test_it_waits_for_the_models_that_relations_reach(chain: Engine, charms: Path):
    chain("offer", "a3:server")
    chain("add-model", "other")
    chain("consume", "m.a3")
    chain("deploy", str(write_charm(charms, HAND_ON)), "far")
    chain("integrate", "far:client", "a3")
    for model in ("other", "m", "other", "m"):
        chain("config", "-m", "m", "a0", f"text=to {model}")
        chain("wait-idle", "-m", model)
        assert (chain.home("far/0") / "value").read_text() == f"to {model}\n"
