"""Whatever happens to a model, in whatever order: it settles, in Juju's order, and ends.

A history is what a person does and what the hooks come to, in between; then all goes well.
"""

from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from kafkastack.model.records import (
    ENDED,
    Application,
    Databag,
    Hook,
    Machine,
    Relation,
    Storage,
    Task,
    Unit,
    UnitState,
)
from tests.fakes.happenings import CHANGES, NAMES
from tests.fakes.simulation import MODEL, Outcome, Simulation

OUTCOMES: tuple[Outcome, ...] = ("good", "good", "good", "good", "fails", "killed")
CHANGE = some.tuples(some.sampled_from(CHANGES), some.integers(0, 400))
STEPS = some.lists(
    some.tuples(
        some.integers(0, 3), some.sampled_from(OUTCOMES), some.sampled_from(("", "x", "y"))
    ),
    max_size=12,
)
HISTORY = some.tuples(some.booleans(), some.lists(some.tuples(CHANGE, STEPS), max_size=14))
often = settings(max_examples=150, derandomize=True)


def played(history) -> Simulation:
    """Play a history of two related applications, from their beginning or once settled."""
    is_settled, changes = history
    sim = Simulation()
    for name in NAMES[:2]:
        sim.deploy(name)
    for name in ("a", "a", "b"):
        sim.add_unit(name)
    sim.relate("a", "b")
    if is_settled:
        sim.run_down()
    for (change, pick), steps in changes:
        change(sim, pick)
        for number, outcome, writes in steps:
            if sim.units:
                sim.step(sim.units[number % len(sim.units)], outcome, writes)
    return sim


def heal(sim: Simulation) -> None:
    """Let all go well from now on."""
    for unit in sim.units:
        if sim.state(unit.name).failed:
            sim.change_record(sim.reader.get(Unit, MODEL, unit.name), resolved="retry")
    sim.run_down()


@often
@given(HISTORY)
def test_every_model_settles_and_every_charm_has_been_told_what_is_so(history):
    sim = played(history)
    heal(sim)
    assert all(record.life == "alive" for record in (*sim.units, *sim.applications))
    assert all(task.status in ENDED for task in sim.reader.all(Task, MODEL))
    for application in sim.applications:
        mine = [unit.name for unit in sim.units if unit.application == application.name]
        assert application.leader in mine or not mine
    for unit in sim.units:
        _check_told(sim, unit)


def _check_told(sim: Simulation, unit: Unit) -> None:
    state = sim.state(unit.name)
    leads = any(application.leader == unit.name for application in sim.applications)
    assert (state.installed, state.started, state.leader) == (True, True, leads)
    application = sim.reader.get(Application, MODEL, unit.application)
    assert (state.charm, state.told_charm) == (application.charm, application.charm)
    assert state.reboots_told == sim.reader.get(Machine, MODEL, unit.machine).boots
    held = {s.id for s in sim.reader.all(Storage, MODEL) if s.unit == unit.name}
    assert set(state.storage) == held
    for relation in sim.relations:
        if not relation.endpoint_of(unit.application):
            continue
        if relation.suspended:
            assert str(relation.id) not in state.relations
            continue
        told = state.relations[str(relation.id)]
        assert told.members == _versions(sim, relation, unit), relation
        assert not told.changed_pending


def _versions(sim: Simulation, relation: Relation, unit: Unit) -> dict[str, int]:
    """Return what a unit must know of the other side: who is there, and what they last wrote."""
    other = relation.counterpart_of(unit.application)
    return {
        bag.owner: bag.version
        for bag in sim.reader.all(Databag, MODEL)
        if bag.relation == relation.id
        and bag.owner
        in {u.name for u in sim.units if other and u.application == other.application}
        and bag.owner != unit.name
    }


@often
@given(HISTORY)
def test_the_hooks_of_every_unit_come_in_jujus_order(history):
    sim = played(history)
    heal(sim)
    for name, hooks in sim.ran.items():
        kinds = [hook.kind for hook in hooks]
        _check_life(kinds)
        for number in {hook.relation for hook in hooks if hook.relation >= 0}:
            _check_relation(name, [hook for hook in hooks if hook.relation == number])


def _check_life(kinds: list[str]) -> None:
    before = kinds[: kinds.index("install")] if "install" in kinds else kinds
    assert set(before) <= {"storage-attached", "storage-detaching"}, "nothing before install"
    assert kinds.count("install") <= 1
    if "start" in kinds:
        first = kinds.index("start")
        assert "config-changed" in kinds[:first], "config-changed comes before start"
        early = {"relation-joined", "relation-changed", "update-status"} & set(kinds[:first])
        assert not early or "stop" in kinds[:first], early
    if "stop" in kinds:
        after = kinds[kinds.index("stop") :]
        assert set(after) <= {"stop", "storage-detaching", "remove"}
        assert kinds.count("stop") == 1 and "remove" not in kinds[: kinds.index("stop")]
    assert "remove" not in kinds[:-1], "nothing comes after remove"


def _check_relation(unit: str, hooks: list[Hook]) -> None:
    present, pending, is_broken = set[str](), "", True
    for hook in hooks:
        if is_broken:
            assert hook.kind == "relation-created", (unit, hook)
        is_broken = hook.kind == "relation-broken"
        if pending:
            assert (hook.kind, hook.remote_unit) == ("relation-changed", pending)
            pending = ""
        if hook.kind == "relation-joined":
            assert hook.remote_unit not in present
            pending = hook.remote_unit
            present.add(hook.remote_unit)
        elif hook.kind == "relation-changed" and hook.remote_unit:
            assert hook.remote_unit in present and hook.remote_unit != unit
        elif hook.kind == "relation-departed":
            present.remove(hook.remote_unit)
            assert hook.departing_unit in (unit, hook.remote_unit)
        elif is_broken:
            assert not present and hook.endpoint != "peer"


@often
@given(HISTORY)
def test_every_destroyed_model_ends(history):
    sim = played(history)
    assert sim.model
    sim.change_record(sim.model, life="dying")
    heal(sim)
    _check_empty(sim)


@often
@given(HISTORY)
def test_a_forced_end_needs_no_hook(history):
    sim = played(history)
    assert sim.model
    ran = sum(map(len, sim.ran.values()))
    sim.change_record(sim.model, life="dying", forced=True)
    _check_empty(sim)
    assert sum(map(len, sim.ran.values())) == ran


def _check_empty(sim: Simulation) -> None:
    assert (sim.units, sim.applications, sim.relations) == ([], [], [])
    assert sim.reader.all(UnitState, MODEL) == []


@often
@given(HISTORY, some.sampled_from(NAMES))
def test_a_new_leader_follows_one_that_is_removed(history, name: str):
    sim = played(history)
    heal(sim)
    for application in sim.applications:
        others = [u.name for u in sim.units if u.application == application.name]
        if application.name != name or len(others) < 2:
            continue
        old = sim.reader.get(Unit, MODEL, application.leader)
        sim.change_record(replace(old), life="dying", forced=True)
        sim.run_down()
        assert sim.leaders[-1] != old.name and sim.leaders[-1] in others
