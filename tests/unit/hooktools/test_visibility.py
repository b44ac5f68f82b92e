"""A unit sees the relations it has entered and not left, whatever the model has."""

import json

import pytest
from msgspec.structs import replace

from kafkastack.model.records import Hook, Relation, RelationState, UnitState
from tests.fakes.world import MODEL, World

CREATED = Hook("relation-created", 1, "db", "server")
BROKEN = Hook("relation-broken", 1, "db", "server")


def enter(world: World, *relations: str) -> None:
    """Make app/0 a unit that has been told of these relations and no others."""
    state = world.store.get(UnitState, MODEL, "app/0")
    kept = {key: state.relations.get(key, RelationState()) for key in relations}
    world.put(replace(state, relations=kept))


def ids(world: World, hook: Hook) -> list[str]:
    run = world.run(hook=hook)
    return json.loads(run.says("relation-ids", "db", "--format=json"))


def test_install_sees_no_relation(world: World):
    enter(world)
    run = world.run(hook=Hook("install"))
    assert run.says("relation-ids", "cluster") == ""
    assert "relation not found" in run.refuses("relation-get", "-r", "cluster:0", "-", "app/0")
    assert "relation not found" in run.refuses("relation-set", "-r", "cluster:0", "a=1")


def test_created_sees_its_own(world: World):
    enter(world, "0")
    assert ids(world, CREATED) == ["db:1"]


def test_broken_still_sees_it_and_later_hooks_do_not(world: World):
    assert ids(world, BROKEN) == ["db:1"]
    enter(world, "0")
    assert ids(world, Hook("config-changed")) == []


def test_ids_are_in_the_order_of_their_making(world: World):
    relation = world.store.get(Relation, MODEL, "1")
    world.put(*(replace(relation, id=number) for number in (10, 9)))
    enter(world, "0", "1", "9", "10")
    assert ids(world, Hook("config-changed")) == ["db:1", "db:9", "db:10"]


def test_the_goal_state_knows_all_of_them(world: World):
    enter(world)
    goal = json.loads(world.run(hook=Hook("install")).says("goal-state", "--format=json"))
    assert set(goal["relations"]) == {"db"}


@pytest.mark.parametrize("reference", ["db:1", "1"])
def test_a_command_of_a_watcher_sees_what_its_unit_has_entered(world: World, reference: str):
    run = world.run(relation=1, remote_unit="server/0")
    assert run.says("relation-ids") == "db:1\n"
    assert run.says("relation-get", "address") == "of server/0\n"
    assert run.says("relation-get", "-r", reference, "address", "server/0") == "of server/0\n"


def test_a_relation_with_another_model_names_that_model(world: World) -> None:
    relation = world.store.get(Relation, MODEL, "1")
    world.put(replace(relation, far="the-other-uuid/9", remote="server"))
    assert world.run().says("relation-model-get", "-r", "db:1") == "uuid: the-other-uuid\n"
    assert world.run().says("relation-model-get", "-r", "0") == f"uuid: {MODEL}\n"
