"""What is asked too much or told too loud is refused, cut or blanked."""

import pytest

from kafkastack.model.charm_files import parse
from kafkastack.model.records import Application, Hook, Task, Unit
from tests.fakes.world import MODEL, World

ACTION = Task(4, 3, "app/0", "go", 0.0)
PASSWORD = "a-generated-password"


@pytest.mark.parametrize("key", ["A", "a_b", ".a", "a-", "a.", "ä", "a b"])
def test_keys_of_results_are_checked_as_juju_does(world: World, key: str):
    said = world.run(task=ACTION).refuses("action-set", "fine=1", f"{key}=1")
    assert said.startswith(f'key "{key}" must start and end with lowercase alphanumeric')


def test_a_result_is_not_deeper_than_any_record_or_answer_can_be(world: World):
    run = world.run(task=ACTION)
    run.says("action-set", f"{'a.' * 31}a=1")
    assert run.refuses("action-set", f"{'a.' * 60_000}a=1").endswith("has more than 32 names")


MANY = {
    "json": b"{" + b",".join(b'"k%d":"v"' % n for n in range(50_001)) + b"}",
    "yaml": b"".join(b"k%d: v\n" % n for n in range(50_001)),
    "the same key": b"k: v\n" * 50_001,
}


@pytest.mark.parametrize("tool", ["relation-set -r 1", "state-set", "leader-set", "secret-add"])
@pytest.mark.parametrize("text", MANY.values(), ids=MANY)
def test_more_settings_than_a_controller_reads_at_once_are_refused(
    world: World, tool: str, text: bytes
):
    world.files["/f"] = text
    said = world.run().refuses(*tool.split(), "--file", "/f")
    assert said == "there are more than 50000 settings"


def test_a_file_of_settings_is_measured_before_it_is_parsed(world: World):
    world.files["/f"] = b"k: v\n" * (17 * 1024 * 1024 // 5)
    said = world.run().refuses("state-set", "--file", "/f")
    assert said == "the settings have more than 16777216 characters"


@pytest.mark.parametrize("tool", ["relation-set -r 1", "state-set", "leader-set"])
def test_many_calls_fill_no_more_than_one(world: World, tool: str):
    run, words = world.run(), tool.split()
    world.files["/f"] = b"".join(b"k%d: v\n" % n for n in range(30_000))
    world.files["/g"] = b"".join(b"j%d: v\n" % n for n in range(30_000))
    run.says(*words, "--file", "/f")
    assert run.refuses(*words, "--file", "/g") == "there are more than 50000 settings"
    run.commit()


@pytest.mark.parametrize("key", ["stdout", "stderr", "stdout-encoding", "stderr-encoding"])
def test_keys_that_juju_writes_itself_are_reserved(world: World, key: str):
    said = world.run(task=ACTION).refuses("action-set", f"{key}=1")
    assert said == f'cannot set reserved action key "{key}"'


def test_of_refused_results_none_is_kept(world: World):
    run = world.run(task=ACTION)
    run.refuses("action-set", "fine=1", "NOT=1")
    assert run.context.results == {}


def test_who_waits_for_an_action_reads_its_log_while_it_runs(world: World):
    world.put(ACTION)
    run = world.run(task=ACTION)
    run.says("action-log", "--", "one")
    world.clock += 1
    run.says("action-log", "--", "two")
    log = world.store.get(Task, MODEL, ACTION.key).log
    assert log == ((world.clock - 1, "one"), (world.clock, "two"))


@pytest.mark.parametrize(
    ("multiple", "asked", "refusal"),
    [
        ("1-2", "data=1", ""),
        ("1-2", "data=2", "at most 2 instances supported, 3 specified"),
        ("0-", "data=99999999", "at most 100 instances supported, 100000000 specified"),
        ("0-", "data", ""),
    ],
)
def test_storage_has_a_limit(world: World, multiple: str, asked: str, refusal: str):
    text = f"name: app\nstorage: {{data: {{type: filesystem, multiple: {{range: '{multiple}'}}}}}}"
    run = world.run(meta=parse({"metadata.yaml": text}))
    done = run.call("storage-add", asked)
    assert done.stderr.decode() == (f'ERROR storage "data": {refusal}\n' if refusal else "")


class TestASecret:
    @pytest.fixture(autouse=True)
    def secret(self, world: World) -> None:
        run = world.run()
        run.says("secret-add", f"password={PASSWORD}")
        run.commit()

    def test_is_blanked_in_statuses(self, world: World):
        run = world.run()
        run.says("status-set", "blocked", f"cannot log in with {PASSWORD}")
        run.says("status-set", "--application=True", "blocked", PASSWORD)
        unit, application = (
            world.store.get(Unit, MODEL, "app/0"),
            world.store.get(Application, MODEL, "app"),
        )
        assert unit.workload.message == "cannot log in with ********"
        assert application.status
        assert application.status.message == "********"

    def test_is_blanked_in_logs_and_errors(self, world: World):
        run = world.run()
        run.says("juju-log", "-l", "ERROR", f"Traceback … {PASSWORD}")
        assert run.context.errors == "Traceback … ********\n"
        assert [line.message for line in world.journal.read_log(MODEL)] == ["Traceback … ********"]

    def test_is_blanked_in_what_an_action_says(self, world: World):
        run = world.run(task=ACTION)
        run.says("action-log", PASSWORD)
        assert run.context.messages == [(world.clock, "********")]

    def test_takes_no_ordinary_word_with_it(self, world: World):
        run = world.run()
        run.says("secret-add", "username=relation-7", "tls=disabled", "tls-ca=disabled")
        run.says("status-set", "blocked", "TLS is disabled for relation-7")
        assert world.store.get(Unit, MODEL, "app/0").workload.message == (
            "TLS is disabled for relation-7"
        )

    def test_is_in_no_record_of_a_call(self, world: World):
        run = world.run(task=ACTION)
        for line in (
            f"relation-set -r 1 a={PASSWORD}",
            f"action-set a={PASSWORD}",
            f"state-set a={PASSWORD}",
            f"leader-set a={PASSWORD}",
            f"action-fail {PASSWORD}",
            f"juju-log {PASSWORD}",
            f"status-set active {PASSWORD}",
            f"secret-add pass={PASSWORD} --description={PASSWORD}",
            f"secret-add --description {PASSWORD} pass={PASSWORD}",
        ):
            run.says(*line.split())
        run.refuses("relation-set", "-r", "1", PASSWORD)
        assert run.context.calls
        assert PASSWORD not in repr(run.context.calls)


def test_a_charm_that_shouts_does_not_fill_the_memory(world: World):
    run = world.run()
    for _ in range(20):
        run.says("juju-log", "-l", "ERROR", "x" * 100_000 + "end")
    assert run.context.errors.endswith("end\n")
    assert len(run.context.errors) < 100_000


def test_a_line_of_a_relation_hook_names_its_relation(world: World):
    run = world.run(hook=Hook("relation-joined", 1, "db", "server", "server/0"))
    run.says("juju-log", "hello")
    (line,) = world.journal.read_log(MODEL)
    assert (line.module, line.message) == ("unit.app/0.juju-log", "db:1: hello")
