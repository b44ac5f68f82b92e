"""A hook ends in one commit: what cannot be committed makes it a failed hook, whatever it is."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from kafkastack.agent.dispatcher import Outcome
from kafkastack.agent.hook_records import record_of
from kafkastack.agent.hook_results import HookResults
from kafkastack.agent.site import Place, Site
from kafkastack.errors import KafkastackError
from kafkastack.model.records import Hook, Unit, UnitState
from kafkastack.store.store import Transaction
from tests.fakes.world import MODEL, World

HOOK = Hook("config-changed", digest="x")
LOST = Outcome(-9, "", "the charm's last line\n", lost=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def results(world: World) -> HookResults:
    site = SimpleNamespace(store=world.store, journal=world.journal, now=lambda: world.clock)
    return HookResults(cast(Site, site), cast(Place, SimpleNamespace(unit="app/0")), MODEL)


@pytest.mark.parametrize(
    "error", [UnicodeEncodeError("utf-8", "x", 0, 1, "no"), KafkastackError("no")], ids=repr
)
def test_an_exception_while_changes_are_committed_is_a_failed_hook(world: World, error: Exception):
    run = world.run()
    run.says("state-set", "a=1")
    context = run.context

    def refuse(tx: Transaction) -> None:
        if tx is not context.reader:
            raise error

    context.change(refuse)
    record = record_of(context, Outcome(0), world.clock, 0.1)
    outcome = results(world).conclude(HOOK, 1, context, Outcome(0, "said"), record)
    state = world.store.get(UnitState, MODEL, "app/0")
    assert (outcome.returncode, outcome.stdout, state.charm_state) == (1, "said", {})
    assert state.failed and state.failed.hook == HOOK
    assert state.failed.traceback.startswith("committing requested changes failed: ")
    assert world.journal.read_hooks(MODEL, "app/0")[-1].returncode == 1


def lose(world: World, outcome: Outcome = LOST) -> UnitState:
    """Let a hook be terminated; return what its unit knows then."""
    assert outcome.terminated
    record = record_of(world.run().context, outcome, world.clock, 0.1)
    results(world).run_again(HOOK, outcome, record)
    return world.store.get(UnitState, MODEL, "app/0")


def test_a_hook_that_is_lost_with_its_interpreter_is_run_again(world: World):
    state = lose(world)
    assert (state.terminations, state.rerun_at, state.failed) == (1, world.clock + 2, None)
    agent = world.store.get(Unit, MODEL, "app/0").agent
    assert (agent.current, agent.message) == (
        "executing",
        "config-changed hook terminated: to be run again",
    )
    assert "with the charm's interpreter" in world.journal.read_log(MODEL)[-1].message


def test_a_hook_that_is_lost_again_has_failed_as_one_that_was_killed(world: World):
    lose(world)
    state = lose(world)
    assert state.failed and (state.failed.hook, state.failed.attempts) == (HOOK, 1)
    told = state.failed.traceback
    assert told.startswith("the charm's last line\nthe process was ended by SIGKILL (signal 9)")
    assert (state.running, state.terminations, state.rerun_at) == (None, 0, 0.0)
    assert world.journal.read_hooks(MODEL, "app/0")[-1].traceback == told
    assert "has failed: the process was ended" in world.journal.read_log(MODEL)[-1].message


def test_each_failure_of_a_hook_that_is_lost_again_is_another_attempt(world: World):
    states = [lose(world) for _ in range(6)]
    assert [state.failed.attempts if state.failed else 0 for state in states] == [0, 1, 1, 2, 2, 3]


def test_a_hook_that_is_told_to_end_is_run_again_however_often(world: World):
    states = [lose(world, Outcome(-15)) for _ in range(3)]
    assert [(state.terminations, state.failed) for state in states] == [
        (1, None),
        (2, None),
        (3, None),
    ]
