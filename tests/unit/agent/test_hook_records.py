"""Records of hooks: small, telling what each hook was about, and without secrets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkastack.agent.dispatcher import Outcome
from kafkastack.agent.hook_records import record_of
from kafkastack.model.records import Hook, Secret, SecretRevision, Task
from tests.fakes.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_it_is_small_whatever_the_charm_does(world: World):
    context = world.run().context
    context.calls += [("is-leader", "", 0.1, 0)] * 5000
    record = record_of(context, Outcome(1, stderr="x" * 100_000 + "\nlast"), 1.0, 0.5)
    assert len(record.calls) == 1000
    assert len(record.traceback) == 8000 and record.traceback.endswith("\nlast")


def test_it_holds_no_secret(world: World):
    world.put(
        Secret("abc", "app/0", 0.0, 0.0), SecretRevision("abc", 1, {"pass": "s3cr3t-word"}, 0.0)
    )
    run = world.run()
    run.says("secret-set", "abc", "pass=s3cr3t-other")
    run.says("relation-set", "-r", "1", "user=s3cr3t-word")
    record = record_of(run.context, Outcome(2, stderr="no: s3cr3t-word"), 1.0, 0.5)
    assert [call[:2] for call in record.calls] == [
        ("secret-set", "abc pass"),
        ("relation-set", "-r user"),
    ]
    assert "s3cr3t" not in repr(record)


@pytest.mark.parametrize(
    ("hook", "subject"),
    [
        (Hook("config-changed", digest="d"), ""),
        (Hook("relation-created", 1, "db", "server"), "db:1 server"),
        (Hook("relation-joined", 1, "db", "server", "server/0"), "db:1 server/0"),
        (Hook("storage-attached", storage="data/3"), "data/3"),
        (Hook("secret-changed", secret="abc", version=2), "secret:abc"),
    ],
)
def test_it_tells_what_a_hook_was_about(world: World, hook: Hook, subject: str):
    record = record_of(world.run(hook=hook).context, Outcome(0), 1.0, 0.5)
    assert (record.kind, record.subject, record.traceback) == ("hook", subject, "")


def test_it_tells_an_action_from_commands(world: World):
    for action, kind in (("go", "action"), ("juju-exec", "exec")):
        context = world.run(task=Task(7, 6, "app/0", action, 0.0)).context
        record = record_of(context, Outcome(0), 1.0, 0.5)
        assert (record.hook, record.kind, record.subject) == (action, kind, "task 7")
