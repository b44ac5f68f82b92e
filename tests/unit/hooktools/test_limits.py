"""Limits of the tools: asking too much or telling too loud is refused, cut or blanked."""

import asyncio

import pytest

from kafkastack.hooktools.server import call_tool
from kafkastack.hooktools.tools import Call
from kafkastack.model.bounds import ACTION_LOG_CHARACTERS, HOOK_CHARACTERS, MESSAGE, VERSION
from kafkastack.model.charm_files import parse
from kafkastack.model.records import Application, Hook, Task, Unit
from kafkastack.store.store import Place
from tests.fakes.world import MODEL, Run, World

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


def test_a_text_of_settings_is_measured_before_it_is_parsed(world: World):
    text = b"k: v\n" * (17 * 1024 * 1024 // 5)
    said = world.run().refuses("state-set", "--file", "-", stdin=text)
    assert said == "the settings have more than 16777216 characters"


LARGE = {
    "json": b"{" + b",".join(b'"k%d":"v"' % n for n in range(20_000)) + b"}",
    "yaml": b"".join(b"k%d: v\n" % n for n in range(20_000)),
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("tool", ["relation-set -r 1", "state-set", "secret-add"])
def test_others_go_on_while_many_settings_are_read(world: World, tool: str, text: bytes):
    run = world.run()
    assert turns_of_others(run, *tool.split(), "--file", "-", stdin=text) > 3


@pytest.mark.parametrize("form", ["smart", "yaml"])
@pytest.mark.parametrize("line", ["relation-get -r 1 - app/0", "state-get", "leader-get"])
def test_others_go_on_while_many_settings_are_written(world: World, line: str, form: str):
    run, tool = world.run(), line.split()[0].replace("get", "set")
    where = ["-r", "1"] if "relation" in tool else []
    run.says(tool, *where, "--file", "-", stdin=LARGE["json"])
    assert turns_of_others(run, *line.split(), f"--format={form}") > 3


def turns_of_others(run: Run, name: str, *words: str, stdin: bytes = b"") -> int:
    """Return how often another task had its turn while a tool was answered."""

    async def scenario() -> int:
        call = Call([*words], "/", stdin)
        answering, turns = asyncio.create_task(call_tool(run.context, name, call)), 0
        while not answering.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    return asyncio.run(scenario())


@pytest.mark.parametrize("tool", ["relation-set -r 1", "state-set", "leader-set", "secret-add"])
def test_what_a_hook_writes_again_and_again_is_bounded(world: World, tool: str):
    run, words = world.run(), [*tool.split(), f"key={'x' * 100_000}"]
    run.context.buffered = HOOK_CHARACTERS - 250_000
    run.says(*words)
    run.says(*words)
    said = run.refuses(*words)
    assert said == "what this hook writes has 67,158,873 characters altogether: at most 67,108,864"
    run.commit()


def test_of_the_calls_of_a_hook_the_newest_are_remembered(world: World):
    run = world.run()
    for number in range(1010):
        run.says("state-get", f"key{number}")
    assert len(run.context.calls) == 1000
    assert run.context.calls[-1][:2] == ("state-get", "key1009")


@pytest.mark.parametrize("tool", ["relation-set -r 1", "state-set", "leader-set"])
def test_many_calls_fill_no_more_than_one(world: World, tool: str):
    run, words = world.run(), tool.split()
    world.files["/f"] = b"".join(b"k%d: v\n" % n for n in range(30_000))
    world.files["/g"] = b"".join(b"j%d: v\n" % n for n in range(30_000))
    run.says(*words, "--file", "/f")
    assert run.refuses(*words, "--file", "/g") == "there are more than 50000 settings"
    run.commit()


def test_of_files_for_a_secret_no_more_is_read_than_a_secret_holds(world: World):
    world.files["/big"] = b"x" * (600 << 10)
    words = [f"key{number}#file=/big" for number in range(200)]
    said = world.run().refuses("secret-add", *words)
    assert said == "the content of a secret has 1,228,808 bytes: at most 1,048,576"
    assert world.read == ["/big"] * 2


@pytest.mark.parametrize(
    ("line", "most"),
    [
        ("secret-add key#file=/f", 1 << 20),
        ("secret-add --file /f", 16 << 20),
        ("state-set --file /f", 16 << 20),
    ],
)
def test_a_file_is_read_no_further_than_its_tool_can_use_it(world: World, line: str, most: int):
    world.files["/f"] = b"x" * (most + 1)
    assert world.run().refuses(*line.split()) == f"/f is larger than {most} bytes"


PORTS = [str(number) for number in range(1000, 2000)]


def test_a_unit_has_as_many_ports_as_its_record_can_carry(world: World):
    run = world.run()
    run.says("open-port", *PORTS)
    assert run.refuses("open-port", "80") == "ports of app/0: 1001 are too many, at most 1000"
    run.says("close-port", *PORTS[500:])
    run.says("open-port", "80-90", *PORTS[500:999])
    run.commit()


@pytest.mark.parametrize("tool", ["open-port", "close-port"])
@pytest.mark.parametrize("words", [[*PORTS, "80"], ["80"] * 100_000], ids=["many", "the same"])
def test_more_ports_than_a_unit_may_have_are_refused_unread(
    world: World, tool: str, words: list[str]
):
    said = world.run().refuses(tool, *words)
    assert said == f"ports of one call: {len(words)} are too many, at most 1000"


def test_ports_of_endpoints_are_as_many_as_are_kept(world: World):
    run = world.run()
    run.says("open-port", *PORTS[:500], "--endpoints", "db,metrics,db")
    said = run.refuses("open-port", *PORTS[:501], "--endpoints", "db,metrics")
    assert said == "ports of app/0: 1002 are too many, at most 1000"


LOUD = "x" * 100_000
CUT = "x" * (MESSAGE - 1) + "…"


def test_a_status_and_a_version_are_cut_where_nobody_reads_on(world: World):
    run = world.run()
    run.says("status-set", "blocked", LOUD)
    run.says("status-set", "--application", "blocked", LOUD, LOUD)
    run.says("application-version-set", LOUD)
    application = world.store.get(Application, MODEL, "app")
    assert world.store.get(Unit, MODEL, "app/0").workload.message == CUT
    assert application.status and application.status.message == CUT
    assert application.version == world.store.get(Unit, MODEL, "app/0").version
    assert application.version == "x" * (VERSION - 1) + "…"


def test_why_an_action_failed_is_cut_where_nobody_reads_on(world: World):
    run = world.run(task=ACTION)
    run.says("action-fail", *([LOUD] * 100))
    assert run.context.failure == CUT


def test_an_action_has_as_many_results_as_its_record_can_carry(world: World):
    run = world.run(task=ACTION)
    run.says("action-set", *(f"a{number}=x" for number in range(1000)))
    said = run.refuses("action-set", "b=x")
    assert said == "results of the action: 1001 are too many, at most 1000"
    run.says("action-set", "a1=y")


def test_results_of_an_action_are_no_larger_than_its_record_can_carry(world: World):
    run = world.run(task=ACTION)
    for number in range(8):
        run.says("action-set", f"a{number}={'x' * 130_000}")
    said = run.refuses("action-set", f"b={LOUD}")
    assert said == (
        "the results of the action have 1,140,017 characters: at most 1,048,576: "
        "put them into a file of the unit, and where it is into the results"
    )
    assert "b" not in run.context.results
    run.says("action-set", "a0=small", f"b={LOUD}")


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
    log = world.journal.read_action_log(MODEL, ACTION.key)
    assert log == run.context.messages == [(world.clock - 1, "one"), (world.clock, "two")]


def test_a_line_of_an_action_is_written_once_and_no_record_with_it(world: World):
    world.put(ACTION)
    written = list[Place]()
    world.store.committed.append(lambda _before, _now, places: written.extend(places))
    run = world.run(task=ACTION)
    for number in range(10):
        run.says("action-log", str(number))
    assert written == []
    assert world.journal.read_action_log(MODEL, ACTION.key, 8) == run.context.messages[8:]


@pytest.mark.parametrize("size", [1, 60_000, 130_000])
def test_the_log_of_an_action_says_where_it_ends(world: World, size: int):
    world.put(ACTION)
    run = world.run(task=ACTION)
    run.context.characters = ACTION_LOG_CHARACTERS - 200_000
    for _ in range(2000):
        run.says("action-log", "x" * size)
    messages = [text for _, text in run.context.messages]
    assert messages[-1] == "… the log of an action holds no more than this"
    assert sum(len(text) + 100 for text in messages) <= 201_000
    assert world.journal.read_action_log(MODEL, ACTION.key) == run.context.messages


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
