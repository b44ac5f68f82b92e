"""A hook sees its own writes at once; the model sees all of them, or none, when it ends."""

import json

import pytest
from msgspec.structs import replace

from kafkastack.agent.view import observe_relations
from kafkastack.errors import KafkastackError
from kafkastack.model.records import (
    Application,
    Databag,
    Hook,
    Relation,
    Secret,
    Storage,
    Unit,
    UnitState,
)
from tests.fakes.world import MODEL, World

WRITES = [
    ("relation-set -r 1 a=1 address=", "relation-get -r 1 - app/0", "a: '1'\n"),
    ("relation-set -r 1 --app a=1", "relation-get -r 1 --app - app", "a: '1'\n"),
    ("relation-set -r 0 --app a=1", "relation-get -r 0 --app a app", "1\n"),
    ("state-set a=1 b=2", "state-get a", "1\n"),
    ("open-port 80 8000-8010/udp icmp", "opened-ports", "80/tcp\n8000-8010/udp\nicmp\n"),
    (
        "open-port --endpoints db,metrics 80",
        "opened-ports --endpoints",
        "80/tcp (db,metrics)\n",
    ),
]


@pytest.mark.parametrize(("write", "read", "seen"), WRITES, ids=[write for write, _, _ in WRITES])
def test_a_hook_sees_its_own_writes_and_nobody_else_does(
    world: World, write: str, read: str, seen: str
):
    run = world.run()
    before = world.run().call(*read.split())
    run.says(*write.split())
    assert run.says(*read.split()) == seen
    assert world.run().call(*read.split()) == before
    run.commit()
    assert world.run().says(*read.split()) == seen


def test_deletions_and_closed_ports(world: World):
    run = world.run()
    run.says("open-port", "80", "81")
    run.says("close-port", "80/tcp")
    run.says("state-set", "a=1", "b=2")
    run.says("state-delete", "a")
    run.says("relation-set", "-r", "1", "address=")
    assert run.says("opened-ports") == "81/tcp\n"
    assert json.loads(run.says("state-get", "--format=json")) == {"b": "2"}
    assert json.loads(run.says("relation-get", "--format=json", "-r", "1", "-", "app/0")) == {}


def test_a_port_is_closed_for_one_endpoint_or_for_all(world: World):
    run = world.run()
    run.says("open-port", "--endpoints", "db,metrics", "80")
    run.says("close-port", "--endpoints", "db", "80")
    assert run.says("opened-ports", "--endpoints") == "80/tcp (metrics)\n"
    run.says("close-port", "80")
    assert run.says("opened-ports") == ""


def test_the_same_port_twice_or_of_another_protocol_is_no_conflict(world: World):
    run = world.run()
    for port in ("80", "80/tcp", "80/udp", "icmp"):
        run.says("open-port", port)
    assert run.says("opened-ports") == "80/tcp\n80/udp\nicmp\n"
    assert "conflict" in run.refuses("open-port", "79-81")


def test_a_map_on_stdin_is_merged_and_its_values_are_strings(world: World):
    run = world.run()
    run.says("relation-set", "-r", "1", "--file", "-", stdin=b'{"n": "1", "address": ""}')
    run.says("relation-set", "-r", "1", "--file", "-", stdin=b"flag: true\nnumber: 5\n")
    got = json.loads(run.says("relation-get", "--format=json", "-r", "1", "-", "app/0"))
    assert got == {"n": "1", "flag": "true", "number": "5"}


def test_versions_count_real_changes_only(world: World):
    run = world.run()
    run.says("relation-set", "-r", "1", "address=of app/0")
    run.commit()
    assert world.store.get(Databag, MODEL, "1/app/0").version == 1
    for value in ("a", "b"):
        run.says("relation-set", "-r", "1", f"address={value}")
    run.commit()
    assert world.store.get(Databag, MODEL, "1/app/0").data == {"address": "b"}
    assert world.store.get(Databag, MODEL, "1/app/0").version > 1


def test_the_status_and_the_version_are_true_at_once(world: World):
    run = world.run()
    run.says("status-set", "--application=True", "blocked", "--", "no db")
    run.says("status-set", "--application=False", "waiting", "--", "for db")
    run.says("application-version-set", "--", "3.9.2")
    application = world.store.get(Application, MODEL, "app")
    unit = world.store.get(Unit, MODEL, "app/0")
    assert application.status and application.status.message == "no db"
    assert (unit.workload.current, unit.workload.message, unit.version) == (
        "waiting",
        "for db",
        "3.9.2",
    )


def test_leader_settings_are_true_at_once(world: World):
    world.run().says("leader-set", "a=1")
    assert world.run("app/1").says("leader-get", "a") == "1\n"
    assert world.store.get(Application, MODEL, "app").leader_written == 1
    world.run().says("leader-set", "a=1")
    assert world.store.get(Application, MODEL, "app").leader_written == 1


def test_a_status_that_stays_the_same_keeps_its_time(world: World):
    world.run().says("status-set", "active")
    first = world.store.get(Unit, MODEL, "app/0").workload
    world.clock += 60
    world.run().says("status-set", "active")
    assert world.store.get(Unit, MODEL, "app/0").workload == first


EVERYTHING = (
    "relation-set -r 1 a=1",
    "relation-set -r 1 --app b=2",
    "state-set c=3",
    "open-port 80",
    "storage-add data=2",
    "secret-add --label mine password=value-of-it",
    "leader-set d=4",
)


def test_a_failed_hook_leaves_nothing(world: World):
    before = {kind: world.store.all(kind, MODEL) for kind in (Databag, Storage, Secret, Unit)}
    run = world.run()
    for line in EVERYTHING:
        run.says(*line.split())
    assert {kind: world.store.all(kind, MODEL) for kind in before} == before


def test_a_commit_that_cannot_be_finished_leaves_nothing(world: World):
    run = world.run()
    for line in EVERYTHING:
        run.says(*line.split())

    def refuse(_: object) -> None:
        raise KafkastackError("no")

    run.context._changes.append(refuse)  # pyright: ignore[reportPrivateUsage]
    before = world.store.all(Databag, MODEL)
    with pytest.raises(KafkastackError):
        run.commit()
    assert world.store.all(Databag, MODEL) == before
    assert not world.store.all(Secret, MODEL)


def test_all_writes_of_a_hook_are_one_commit(world: World):
    commits: list[int] = []
    run = world.run()
    for line in EVERYTHING:
        run.says(*line.split())
    with world.store.watch() as changed:
        world.store._database.set_trace_callback(lambda s: commits.append(s == "COMMIT"))
        run.commit()
        assert changed.is_set()
    assert sum(commits) <= 1
    assert world.store.find(Databag, MODEL, "1/app")
    assert world.store.get(UnitState, MODEL, "app/0").charm_state == {"c": "3"}
    assert len([s for s in world.store.all(Storage, MODEL) if s.unit == "app/0"]) == 3


def test_a_write_to_a_relation_that_went_meanwhile_is_dropped_alone(world: World):
    run = world.run()
    run.says("relation-set", "-r", "1", "a=1")
    run.says("state-set", "c=3")
    with world.store.transaction() as tx:
        tx.delete(MODEL, tx.get(Relation, MODEL, "1"))
        tx.delete(MODEL, tx.get(Databag, MODEL, "1/app/0"))
    run.commit()
    assert world.store.find(Databag, MODEL, "1/app/0") is None
    assert world.store.get(UnitState, MODEL, "app/0").charm_state == {"c": "3"}


def test_what_others_wrote_meanwhile_is_kept(world: World):
    run = world.run()
    run.says("leader-set", "a=1")
    with world.store.transaction() as tx:
        record = tx.get(Application, MODEL, "app")
        tx.put(MODEL, replace(record, config={"size": 9}))
    run.commit()
    record = world.store.get(Application, MODEL, "app")
    assert (record.config, record.leader_settings) == ({"size": 9}, {"a": "1"})


def test_leadership_lost_in_a_hook_is_still_held_by_it(world: World):
    run = world.run()
    with world.store.transaction() as tx:
        tx.put(MODEL, replace(tx.get(Application, MODEL, "app"), leader="app/1"))
    assert run.says("is-leader") == "True\n"
    run.says("relation-set", "-r", "1", "--app", "a=1")


class TestMembers:
    def listed(self, world: World, hook: Hook, unit: str = "app/0") -> list[str]:
        return json.loads(world.run(unit, hook).says("relation-list", "--format=json", "-r", "1"))

    def forget(self, world: World) -> None:
        state = world.store.get(UnitState, MODEL, "app/0")
        world.put(replace(state, relations={}))

    def test_created_comes_before_any_member(self, world: World):
        self.forget(world)
        assert self.listed(world, Hook("relation-created", 1, "db", "server")) == []

    def test_the_unit_that_joins_is_a_member(self, world: World):
        self.forget(world)
        joined = Hook("relation-joined", 1, "db", "server", "server/0")
        assert self.listed(world, joined) == ["server/0"]

    def test_the_unit_that_departs_is_none(self, world: World):
        departed = Hook("relation-departed", 1, "db", "server", "server/0", "server/0")
        assert self.listed(world, departed) == []

    def test_broken_comes_after_every_member(self, world: World):
        self.forget(world)
        assert self.listed(world, Hook("relation-broken", 1, "db", "server")) == []

    def test_a_member_that_is_dying_is_one_until_it_departs(self, world: World):
        unit = world.store.get(Unit, MODEL, "server/0")
        world.put(replace(unit, life="dying"))
        assert self.listed(world, Hook("config-changed")) == ["server/0"]


def test_the_bag_of_a_departed_unit_stays_readable(world: World):
    world.put(Databag(1, "server/0", {"a": "last words"}, 2, in_scope=False))
    departed = Hook("relation-departed", 1, "db", "server", "server/0", "server/0")
    assert world.run(hook=departed).says("relation-get", "a") == "last words\n"


def test_storage_is_added_when_the_hook_ends_well(world: World):
    run = world.run()
    run.says("storage-add", "data=2")
    assert run.says("storage-list") == "data/3\n", "it has no place yet"
    run.commit()
    added = {s.id for s in world.store.all(Storage, MODEL)} - {"data/3"}
    assert added == {"data/7", "data/8"}


def test_a_leader_is_to_be_told_of_what_it_has_written_for_its_peers(world: World):
    run = world.run()
    run.says("relation-set", "-r", "0", "--app", "topic=a")
    run.says("relation-set", "-r", "1", "--app", "topic=b")
    run.commit()
    for name in ("app/0", "app/1"):
        told = world.store.get(UnitState, MODEL, name).relations
        assert told["0"].applications == told["1"].applications == {}
        unit = world.store.get(Unit, MODEL, name)
        peers, db = observe_relations(world.store, MODEL, unit)
        assert peers.applications == {"app": 1}, "a hook is to come"
        assert db.applications == {"server": 1}, "of the other side's data only"
