"""The order of hooks is Juju's, and every history settles."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kafkastack.agent.operations import (
    InstallCharm,
    Join,
    Leave,
    LetGo,
    PlaceStorage,
    Retire,
    RunHook,
    RunTask,
    SkipHook,
    Wait,
)
from kafkastack.agent.outcome import (
    after_charm,
    after_hook,
    after_termination,
    retry_seconds,
)
from kafkastack.agent.relation_steps import told_of
from kafkastack.agent.resolver import next_operation
from kafkastack.agent.view import RelationView, UnitView
from kafkastack.model.records import (
    Endpoint,
    FailedHook,
    Hook,
    RelationState,
    Storage,
    Task,
    UnitState,
)

PEER = Endpoint("kafka", "cluster", "cluster", "peer")
ZOOKEEPER = Endpoint("zookeeper", "zookeeper", "zookeeper", "provider")
KAFKA = Endpoint("kafka", "zookeeper", "zookeeper", "requirer")
NEVER = 1e12


def view(**changes: object) -> UnitView:
    base = UnitView(
        unit="kafka/0",
        life="alive",
        forced=False,
        charm="kafka-1",
        config_hash="c1",
        is_leader=True,
        relations=(),
        storage=(),
        tasks=(),
        secret_hooks=(),
        resolved="",
        automatic_retry=True,
        update_status_seconds=NEVER,
        has_subordinates=False,
        now=0.0,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def relation(number: int = 1, *, dying: bool = False, **members: int) -> RelationView:
    named = {name.replace("_", "/"): version for name, version in members.items()}
    return RelationView(number, KAFKA, ZOOKEEPER, dying, named)


def step(state: UnitState, seen: UnitView) -> tuple[str, UnitState]:
    """Do what the resolver asks for and return its name and the state after it."""
    operation = next_operation(state, seen)
    match operation:
        case InstallCharm(charm):
            return "install charm", after_charm(state, charm)
        case Join(number) | Leave(number):
            told = replace(told_of(state, number), joined=True)
            relations = {k: v for k, v in state.relations.items() if k != str(number)}
            if isinstance(operation, Join):
                relations[str(number)] = told
            return type(operation).__name__.lower(), replace(state, relations=relations)
        case RunHook(hook):
            unit = hook.remote_unit
            return f"{hook.name} {unit}".strip(), after_hook(state, hook, seen.now)
        case _:
            return type(operation).__name__.lower(), state


def walk(state: UnitState, seen: UnitView, limit: int = 200) -> tuple[list[str], UnitState]:
    steps: list[str] = []
    for _ in range(limit):
        name, state = step(state, seen)
        if name in ("wait", "retire"):
            return ([*steps, "retire"] if name == "retire" else steps), state
        steps.append(name)
    raise AssertionError(f"does not settle: {steps[-10:]}")


def settled(seen: UnitView) -> UnitState:
    return walk(UnitState("kafka/0"), seen)[1]


def test_a_first_start_runs_the_hooks_in_jujus_order():
    storage = Storage("data/0", "data", "kafka/0", location="/data")
    peer = RelationView(0, PEER, PEER, False)

    steps, _ = walk(UnitState("kafka/0"), view(storage=(storage,), relations=(peer,)))

    assert steps == [
        "install charm",
        "data-storage-attached",
        "install",
        "join",
        "cluster-relation-created",
        "leader-elected",
        "config-changed",
        "start",
    ]


def test_storage_gets_its_place_before_install():
    storage = Storage("data/0", "data", "kafka/0")
    state = replace(UnitState("kafka/0"), charm="kafka-1")

    assert next_operation(state, view(storage=(storage,))) == PlaceStorage()


def test_storage_that_is_added_later_gets_its_place_before_anything_else():
    before = settled(view())
    storage = Storage("data/1", "data", "kafka/0")

    changed = view(storage=(storage,), config_hash="c2")

    assert next_operation(before, changed) == PlaceStorage()


def test_a_follower_gets_leader_settings_changed():
    steps, _ = walk(UnitState("kafka/0"), view(is_leader=False))

    assert "leader-settings-changed" in steps
    assert "leader-elected" not in steps


def test_what_the_leader_sets_is_told_to_followers_by_leader_settings_changed():
    leader = settled(view(leader_written=1))
    follower = settled(view(is_leader=False, leader_written=1))

    assert walk(leader, view(leader_written=3))[0] == []
    steps, after = walk(follower, view(is_leader=False, leader_written=3))
    assert steps == ["leader-settings-changed"]
    assert walk(after, view(leader_written=3))[0] == ["leader-elected"]


def test_a_new_relation_is_created_then_each_member_joined_and_changed():
    before = settled(view())

    steps, _ = walk(before, view(relations=(relation(zookeeper_0=1, zookeeper_1=1),)))

    assert steps == [
        "join",
        "zookeeper-relation-created",
        "zookeeper-relation-joined zookeeper/0",
        "zookeeper-relation-changed zookeeper/0",
        "zookeeper-relation-joined zookeeper/1",
        "zookeeper-relation-changed zookeeper/1",
    ]


def test_several_writes_of_a_member_are_told_by_one_changed():
    before = settled(view(relations=(relation(zookeeper_0=1),)))

    steps, _ = walk(before, view(relations=(relation(zookeeper_0=7),)))

    assert steps == ["zookeeper-relation-changed zookeeper/0"]


def test_application_data_that_was_never_written_gives_no_hook():
    silent = replace(relation(), applications={"zookeeper": 0})
    written = replace(relation(), applications={"zookeeper": 3})

    before = settled(view(relations=(silent,)))
    steps, _ = walk(before, view(relations=(written,)))

    assert steps == ["zookeeper-relation-changed"]


def test_a_leader_is_told_of_what_it_has_written_for_its_peers_and_once():
    before = settled(view(relations=(RelationView(0, PEER, PEER, False, {}, {"kafka": 1}),)))
    written = view(relations=(RelationView(0, PEER, PEER, False, {}, {"kafka": 2}),))

    steps, after = walk(before, written)

    assert steps == ["cluster-relation-changed"]
    assert walk(after, written)[0] == []


def test_a_leader_is_told_of_its_own_writes_after_all_that_others_wait_for():
    before = settled(view(relations=(RelationView(0, PEER, PEER, False, {}, {"kafka": 1}),)))
    peers = RelationView(0, PEER, PEER, False, {"kafka/1": 1}, {"kafka": 2})
    seen = view(relations=(peers, relation(1, zookeeper_0=1)))

    steps, _ = walk(before, seen)

    assert steps == [
        "join",
        "zookeeper-relation-created",
        "cluster-relation-joined kafka/1",
        "cluster-relation-changed kafka/1",
        "zookeeper-relation-joined zookeeper/0",
        "zookeeper-relation-changed zookeeper/0",
        "cluster-relation-changed",
    ]
    follower, _ = walk(before, replace(seen, is_leader=False))
    assert follower[:4] == [
        "join",
        "zookeeper-relation-created",
        "leader-settings-changed",
        "cluster-relation-changed",
    ]


def test_what_a_leader_writes_while_it_is_told_of_its_peers_data_is_told_by_another_hook():
    before = settled(view(relations=(RelationView(0, PEER, PEER, False, {}, {"kafka": 1}),)))
    hook = Hook("relation-changed", 0, "cluster", "kafka", version=1)
    written = view(relations=(RelationView(0, PEER, PEER, False, {}, {"kafka": 2}),))

    steps, _ = walk(after_hook(before, hook, 0.0), written)

    assert steps == ["cluster-relation-changed"]


def test_a_removed_relation_departs_every_member_then_breaks():
    members = {"zookeeper_0": 1, "zookeeper_1": 1}
    before = settled(view(relations=(relation(**members),)))
    dying = view(relations=(relation(dying=True, **members),))

    steps, after = walk(before, dying)

    assert steps == [
        "zookeeper-relation-departed zookeeper/0",
        "zookeeper-relation-departed zookeeper/1",
        "zookeeper-relation-broken",
    ]
    assert after.relations == {}


def test_the_departing_unit_is_the_one_that_goes():
    members = relation(zookeeper_0=1)
    before = settled(view(relations=(members,)))

    gone = next_operation(before, view(relations=(relation(),)))
    removed = next_operation(before, view(relations=(relation(dying=True, zookeeper_0=1),)))
    own = next_operation(before, view(relations=(members,), life="dying"))

    assert isinstance(gone, RunHook) and gone.hook.departing_unit == "zookeeper/0"
    assert isinstance(removed, RunHook) and removed.hook.departing_unit == "zookeeper/0"
    assert isinstance(own, RunHook) and own.hook.departing_unit == "kafka/0"


def test_a_dying_unit_breaks_its_relations_then_stops_detaches_and_is_removed():
    storage = Storage("data/0", "data", "kafka/0", location="/data")
    peer = RelationView(0, PEER, PEER, False, {"kafka/1": 1})
    seen = view(storage=(storage,), relations=(peer, relation(1, zookeeper_0=1)))

    steps, _ = walk(settled(seen), replace(seen, life="dying"))

    assert steps == [
        "cluster-relation-departed kafka/1",
        "leave",
        "zookeeper-relation-departed zookeeper/0",
        "zookeeper-relation-broken",
        "stop",
        "data-storage-detaching",
        "remove",
        "retire",
    ]


def test_a_unit_that_was_never_installed_goes_without_a_hook():
    assert next_operation(UnitState("kafka/0"), view(life="dying")) == Retire()


def test_a_failed_hook_blocks_everything_but_commands():
    failed = FailedHook(Hook("config-changed", digest="c2"), 1, retry_at=60.0)
    state = replace(settled(view()), failed=failed)
    action = Task(1, 1, "kafka/0", "get-listeners", 0.0)
    commands = Task(2, 1, "kafka/0", "juju-exec", 0.0)

    assert next_operation(state, view(config_hash="c2", tasks=(action,))) == Wait(60.0)
    assert next_operation(state, view(tasks=(action, commands))) == RunTask(2)


def test_a_failed_hook_is_retried_in_time_at_once_or_skipped_as_told():
    hook = Hook("config-changed", digest="c2")
    state = replace(settled(view()), failed=FailedHook(hook, 1, retry_at=60.0))

    assert next_operation(state, view(now=61.0)) == RunHook(hook, 2)
    assert next_operation(state, view(resolved="retry")) == RunHook(hook, 2)
    assert next_operation(state, view(resolved="skip")) == SkipHook(hook)
    assert next_operation(state, view(now=61.0, automatic_retry=False)) == Wait(float("inf"))


def test_a_hook_that_fails_again_is_retried_half_as_often_down_to_each_five_minutes():
    assert [retry_seconds(attempt) for attempt in (1, 2, 3, 6, 7, 8, 5000)] == [
        *(5.0, 10.0, 20.0, 160.0),
        *(300.0, 300.0, 300.0),
    ]


def test_a_clock_that_was_put_back_keeps_no_hook_waiting():
    hook = Hook("config-changed", digest="c2")
    state = replace(settled(view(now=90_000.0)), failed=FailedHook(hook, 1, retry_at=90_005.0))

    assert next_operation(state, view(now=90_000.0)) == Wait(90_005.0)
    assert next_operation(state, view(now=3_600.0)) == RunHook(hook, 2)

    well = replace(state, failed=None, last_update_status=90_000.0)
    later = view(now=3_600.0, update_status_seconds=300.0)
    assert next_operation(well, later) == RunHook(Hook("update-status"))


def test_a_hook_that_ran_when_the_agent_was_killed_is_run_again():
    hook = Hook("start")
    state = replace(UnitState("kafka/0"), charm="kafka-1", installed=True, running=hook)

    assert next_operation(state, view()) == RunHook(hook)


def test_a_hook_that_is_terminated_again_and_again_is_run_again_later_each_time():
    hook, now, waits = Hook("start"), 1000.0, list[float]()
    state = replace(UnitState("kafka/0"), charm="kafka-1", installed=True, running=hook)
    for _ in range(10):
        state = after_termination(state, now)
        waits.append(state.rerun_at - now)
        assert next_operation(state, view(now=now)) == Wait(state.rerun_at)
        now = state.rerun_at
        assert next_operation(state, view(now=now)) == RunHook(hook)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert after_hook(state, hook, now).rerun_at == 0.0, "one that succeeds is over it"


def test_a_clock_put_back_does_not_keep_a_terminated_hook_for_ever():
    state = after_termination(replace(UnitState("kafka/0"), running=Hook("start")), 90_000.0)
    assert next_operation(state, view(now=3_600.0)) == RunHook(Hook("start"))


def test_a_unit_that_is_forced_out_does_not_wait_for_a_terminated_hook():
    state = after_termination(replace(UnitState("kafka/0"), running=Hook("start")), 1000.0)
    assert next_operation(state, view(now=1000.0, life="dying", forced=True)) == Retire()


def test_a_new_charm_is_installed_and_told_by_upgrade_charm_before_config_changed():
    before = settled(view())

    steps, after = walk(before, view(charm="kafka-2"))

    assert steps == ["install charm", "upgrade-charm", "config-changed"]
    assert walk(after, view(charm="kafka-2", modified=1))[0] == ["upgrade-charm", "config-changed"]


def test_a_charm_that_is_forced_upon_a_failed_hook_is_told_by_that_hook_alone():
    failed = FailedHook(Hook("update-status"), 1, retry_at=60.0)
    before = replace(settled(view()), failed=failed)

    steps, _ = walk(before, view(charm="kafka-2", force_charm=True, resolved="retry"))

    assert steps == ["install charm", "update-status"]


def test_update_status_comes_at_its_interval_and_not_before():
    before = settled(view(update_status_seconds=300.0))

    early = next_operation(before, view(update_status_seconds=300.0, now=200.0))
    late = next_operation(before, view(update_status_seconds=300.0, now=361.0))

    assert isinstance(early, Wait) and 240.0 <= early.until <= 360.0
    assert late == RunHook(Hook("update-status"))


MEMBERS = st.dictionaries(
    st.sampled_from(["zookeeper/0", "zookeeper/1", "zookeeper/2"]), st.integers(1, 3)
)
VIEWS = st.builds(
    lambda members, dying, app, leader, config, life: view(
        relations=(RelationView(1, KAFKA, ZOOKEEPER, dying, members, {"zookeeper": app}),),
        is_leader=leader,
        config_hash=config,
        life=life,
    ),
    MEMBERS,
    st.booleans(),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from(["c1", "c2"]),
    st.sampled_from(["alive", "alive", "alive", "dying"]),
)


def in_time(views: list[UnitView]) -> list[UnitView]:
    """Let nothing that is dying live again."""
    life, dying, result = "alive", False, list[UnitView]()
    for seen in views:
        life = "dying" if "dying" in (life, seen.life) else "alive"
        dying = dying or seen.relations[0].dying
        relations = (replace(seen.relations[0], dying=dying),)
        result.append(replace(seen, life=life, relations=relations))
    return result


@given(st.lists(VIEWS, min_size=1, max_size=7), st.lists(st.integers(0, 6), min_size=7))
@settings(max_examples=300)
def test_every_history_settles_and_tells_exactly_what_is_true(views, counts):
    *history, last = in_time(views)
    state = UnitState("kafka/0")
    for seen, steps in zip(history, counts, strict=False):
        for _ in range(steps):
            _, state = step(state, seen)

    _, state = walk(state, last)

    told = state.relations.get("1", RelationState())
    if last.life == "alive" and not last.relations[0].dying:
        assert told.members == last.relations[0].members
        assert state.config_hash == last.config_hash
        assert state.leader == last.is_leader
        assert not told.changed_pending
    else:
        assert told.members == {}


def hooks_of(views: list[UnitView]) -> Iterator[Hook]:
    """Yield the hooks that a unit runs while it sees `views`, a few steps of each."""
    state = UnitState("kafka/0")
    for seen in views:
        for _ in range(20):
            operation = next_operation(state, seen)
            if isinstance(operation, RunHook):
                yield operation.hook
            _, state = step(state, seen)
            if isinstance(operation, Wait | Retire):
                break


@given(st.lists(VIEWS, min_size=1, max_size=8))
@settings(max_examples=300)
def test_joined_is_followed_by_changed_and_departed_only_follows_joined(views):
    present, pending = set[str](), ""
    for hook in hooks_of(in_time(views)):
        if pending and hook.kind.startswith("relation-") and hook.remote_unit:
            assert (hook.kind, hook.remote_unit) == ("relation-changed", pending)
            pending = ""
        if hook.kind == "relation-joined":
            assert hook.remote_unit not in present
            present.add(hook.remote_unit)
            pending = hook.remote_unit
        if hook.kind == "relation-departed":
            assert hook.remote_unit in present
            present.remove(hook.remote_unit)
        if hook.kind == "relation-broken":
            assert not present


def test_after_a_reboot_start_comes_first_and_then_config_changed():
    before = settled(view())

    steps, after = walk(before, view(boots=1))

    assert steps == ["start", "config-changed"]
    assert walk(after, view(boots=1))[0] == []


def test_nothing_begins_while_the_machine_restarts():
    seen = view(rebooting=True, config_hash="c2")
    assert next_operation(settled(view()), seen) == Wait(float("inf"))


def test_storage_that_is_detached_is_told_and_then_let_go():
    storage = Storage("data/0", "data", "kafka/0", location="/data")
    before = settled(view(storage=(storage,)))
    leaving = view(storage=(replace(storage, attachment="dying"),))

    name, told = step(before, leaving)

    assert (name, next_operation(told, leaving)) == ("data-storage-detaching", LetGo("data/0"))


def test_storage_that_nobody_has_been_told_of_is_let_go_at_once():
    storage = Storage("data/0", "data", "kafka/0", life="dying")

    assert next_operation(settled(view()), view(storage=(storage,))) == LetGo("data/0")


def test_of_all_that_can_wait_for_a_unit_each_has_its_turn_in_jujus_order():
    peers = RelationView(0, PEER, PEER, False, {"kafka/1": 1})
    before = settled(view(relations=(peers,), is_leader=False))
    secret = Hook("secret-changed", secret="s", secret_label="l")
    storage = Storage("data/0", "data", "kafka/0", location="/data")
    changed = view(
        relations=(peers, relation(zookeeper_0=1)),
        secret_hooks=(secret,),
        tasks=(Task(1, 1, "kafka/0", "say", 0.0),),
        storage=(storage,),
        charm="kafka-2",
        update_status_seconds=1.0,
        now=1000.0,
    )

    steps = list[str]()
    state, seen = before, changed
    while (name := step(state, seen)[0]) != "wait":
        steps.append(name)
        done = {"secret-changed": {"secret_hooks": ()}, "runtask": {"tasks": ()}}
        state = step(state, seen)[1]
        seen = replace(seen, **done.get(name, {}))
        if name == "update-status":
            seen = replace(seen, update_status_seconds=NEVER)

    assert steps == [
        "install charm",
        "join",
        "zookeeper-relation-created",
        "leader-elected",
        "secret-changed",
        "runtask",
        "data-storage-attached",
        "upgrade-charm",
        "config-changed",
        "zookeeper-relation-joined zookeeper/0",
        "zookeeper-relation-changed zookeeper/0",
        "update-status",
    ]


def test_in_a_relation_who_goes_comes_before_data_and_data_before_who_comes():
    two = {"zookeeper_0": 1, "zookeeper_1": 1}
    before = settled(view(relations=(relation(**two),)))
    news = replace(relation(zookeeper_1=2, zookeeper_2=1), applications={"zookeeper": 1})

    steps, _ = walk(before, view(relations=(news,)))

    assert steps == [
        "zookeeper-relation-departed zookeeper/0",
        "zookeeper-relation-changed",
        "zookeeper-relation-joined zookeeper/2",
        "zookeeper-relation-changed zookeeper/2",
        "zookeeper-relation-changed zookeeper/1",
    ]


def test_a_dying_unit_is_told_neither_of_new_relations_nor_of_leadership_nor_of_secrets():
    before = settled(view(is_leader=False))
    secret = Hook("secret-changed", secret="s")

    steps, _ = walk(before, view(life="dying", relations=(relation(),), secret_hooks=(secret,)))

    assert steps == ["stop", "remove", "retire"]
