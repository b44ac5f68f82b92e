"""Operations on units and machines: listed, looked at, waited for and cancelled."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

ACTIONS = """\
say:
  description: |
    Say a word.
    As often as you like.
  params:
    word: {type: string, description: What to say.}
    times: {type: integer, default: 1}
    where: {type: object, properties: {room: {type: string}}}
  required: [word]
  additionalProperties: false
nothing:
"""
SAY = """\
if [ -n "${JUJU_ACTION_NAME:-}" ]; then
  action-log "I say $(action-get word)"
  action-set heard="$(action-get word)" place.room="$(action-get where.room)"
fi
"""


@pytest.fixture(scope="module")
def two(shared: Engine, charms: Path) -> Iterator[Engine]:
    """Two units of a charm that talks."""
    charm = write_charm(charms, SAY, "talker", {"actions.yaml": ACTIONS})
    shared("deploy", str(charm), "-n", "2")
    shared.wait_for_idle(count=2)
    yield shared


def test_the_actions_of_an_application(two: Engine):
    assert two("actions", "talker") == (
        "Action   Description\nnothing  No description\nsay      Say a word.\n"
    )
    assert json.loads(two("actions", "talker", "--format", "json"))["nothing"] == "No description"
    schema = json.loads(two("actions", "talker", "--schema", "--format", "json"))["say"]
    assert schema["required"] == ["word"] and schema["title"] == "say"
    assert "compatible" in two.fails(
        "actions", "talker", "--schema", "--format", "tabular", code=2
    )
    shown = two("show-action", "talker", "say")
    assert shown.startswith("Say a word.") and "\nArguments\n" in shown
    assert "word:\n  type: string\n" in shown
    assert two("show-action", "talker", "nothing") == "No description\n"
    assert 'action "x" not defined' in two.fails("show-action", "talker", "x")


def test_an_action_runs_on_several_units(two: Engine):
    words = ("run", "talker/0", "talker/1", "say", "word=hello", "where.room=hall")
    answer = two.ask(*words)
    lines = answer.err.splitlines()
    assert re.fullmatch(r"Running operation \d+ with 2 tasks", lines[0])
    assert re.fullmatch(r"  - task \d+ on unit-talker-0", lines[1])
    assert sum(bool(re.fullmatch(r"Waiting for task \d+\.\.\.", line)) for line in lines) == 2
    assert sum(bool(re.fullmatch(r"\d\d:\d\d:\d\d I say hello", line)) for line in lines) == 2
    assert answer.out.startswith("talker/0:\n  id: ") and "    heard: hello\n" in answer.out
    one = json.loads(two("run", "talker/leader", *words[3:], "--format", "json"))
    assert one["talker/0"]["results"]["place"] == {"room": "hall"}
    assert "I say hello" in one["talker/0"]["log"][0]
    assert one["talker/0"]["timing"].keys() == {"completed", "enqueued", "started"}


REFUSED = [
    # what is not scheduled is said, and as in Juju that is all
    ("talker/9 say word=x", 'unit "talker/9" not found'),
    ("talker/0 shout", 'action "shout" not defined'),
    ("talker/0 say", '"word" property is missing and required'),
    ("talker/0 say word=1", "must be of type string"),
    ("talker/0 say word=x loud=true", 'additional property "loud" is not allowed'),
    ("talker/0 say word=x times=many", "must be of type integer"),
]


@pytest.mark.parametrize(("line", "text"), REFUSED)
def test_what_cannot_be_scheduled(two: Engine, line: str, text: str):
    answer = two.ask("run", *line.split())
    assert (answer.code, answer.out) == (0, "")
    assert re.match(r"Operation \d+ failed to schedule any tasks:\n", answer.err)
    assert text in answer.err


def test_what_can_be_scheduled_is(two: Engine):
    answer = two.ask("run", "talker/9", "talker/0", "say", "word=1", "--string-args")
    assert answer.code == 0 and 'heard: "1"' in answer.out
    assert 'failed to schedule 1 task:\nunit "talker/9" not found' in answer.err


def test_background_tasks_are_found_again(two: Engine):
    said = two.ask("run", "talker/1", "say", "word=later", "--background").err
    found = re.match(r"Scheduled operation (\d+) with task (\d+)\n", said)
    assert found, said
    operation, task = found.groups()
    assert f"'kafkastack show-operation {operation}'" in said
    assert f"'kafkastack show-task {task}'" in said

    shown = two("show-task", task, "--wait", "30s")
    assert shown.startswith("heard: later\n")
    document = json.loads(two("show-operation", operation, "--format", "json", "--watch"))
    assert document["summary"] == "say run on unit-talker-1"
    assert document["status"] == "completed"
    assert document["action"]["name"] == "say"
    assert document["tasks"][task]["host"] == "talker/1"
    assert not two.fails("show-task", "999").startswith("Traceback")
    two.fails("show-operation", "999")
    two.fails("show-task", task, "--watch", "--wait", "1s", code=2)


def test_operations_are_filtered(two: Engine):
    two("run", "talker/0", "nothing")
    two("exec", "--unit", "talker/1", "--", "true")

    def listed(*words: str) -> list[str]:
        found = json.loads(two("operations", "--format", "json", *words))
        return [operation["summary"].partition(" ")[0] for operation in found.values()]

    assert {"say", "nothing", "juju-exec"} <= set(listed())
    assert set(listed("--actions", "nothing")) == {"nothing"}
    assert "nothing" not in listed("--units", "talker/1")
    assert listed("--apps", "other") == []
    assert len(listed("--limit", "1", "--offset", "1")) == 1
    assert listed("--status", "failed") == []
    table = two("operations", "--actions", "nothing")
    assert table.splitlines()[0].split() == [
        "ID",
        "Status",
        "Started",
        "Finished",
        "Task",
        "IDs",
        "Summary",
    ]
    assert two.ask("operations", "--machines", "77").err == "no matching operations\n"


def test_a_task_is_cancelled_before_it_begins_and_while_it_runs(two: Engine):
    two.do("talker/0", '[ -z "${JUJU_ACTION_NAME:-}" ] || sleep 1000')
    first = two.ask("run", "talker/0", "nothing", "--background").err
    second = two.ask("run", "talker/0", "nothing", "--background").err
    running, waiting = (re.findall(r"with task (\d+)", text)[0] for text in (first, second))
    show = ("show-task", "--format", "json")
    wait_until(lambda: json.loads(two(*show, running))["status"] == "running")

    assert "status: cancelled" in two("cancel-task", waiting)
    assert "status: aborting" in two("cancel-task", running)

    assert json.loads(two(*show, running, "--watch"))["status"] == "aborted"
    assert "no tasks canceled" in two.ask("cancel-task", running).err
    two.do("talker/0", ":")
    two.wait_for_idle(count=2)
    two.fails("cancel-task", "999")


def test_commands_on_machines_and_applications(two: Engine):
    answer = json.loads(two("exec", "--machine", "0,1", "--format", "json", "--", "echo $HOME"))
    assert answer.keys() == {"0", "1"}
    assert answer["0"]["machine"] == "0" and "unit" not in answer["0"]
    assert answer["0"]["results"]["stdout"] == f"{two.home('talker/0')}\n"
    assert "JUJU_UNIT" not in two("exec", "--machine", "0", "--", "env")
    assert two("exec", "--machine", "1", "--", "echo out; echo err >&2") == "out\nerr\n\n"
    many = two("exec", "--application", "talker", "--", "echo $JUJU_UNIT_NAME")
    assert many.startswith('talker/0:\n  id: "') and "output: |\n    talker/1\n" in many
    assert two("exec", "--all", "--", "echo $JUJU_UNIT_NAME").startswith('"0":\n')
    failed = two.fails("exec", "--machine", "0", "--", "exit 3")
    assert "with return code 3" in failed
    assert two.ask("exec", "--machine", "9", "--", "true").err.count("machine 9 not found") == 1
    two.fails("exec", "--", "true", code=2)
    two.fails("exec", "--all", "--unit", "talker/0", "--", "true", code=2)
    assert "timed out waiting for results from: machine 0" in two.fails(
        "exec", "--machine", "0", "--wait", "1s", "--", "sleep 1000"
    )


def test_what_has_a_format_can_be_written_to_a_file(two: Engine, tmp_path: Path):
    file = tmp_path / "out"
    for words in (("status",), ("actions", "talker"), ("config", "talker"), ("models",)):
        assert two(*words, "--format", "yaml", "-o", str(file)) == ""
        shown = file.read_text()
        assert ":" in shown and "\x1b" not in shown
    assert two("status", "--output", str(file)) == "" and "talker/0*" in file.read_text()
    assert str(tmp_path) in two.fails("status", "-o", str(tmp_path))


def test_nobody_waits_for_a_unit_that_is_removed(two: Engine):
    two.do("talker/1", '[ -z "${JUJU_ACTION_NAME:-}" ] || sleep 1000')
    command = two.start("run", "talker/1", "nothing", "--format", "json", "--wait", "50s")
    wait_until(lambda: '"running"' in two("operations", "--format", "json"), what="the action")
    two("remove-unit", "talker/1", "--force", "--no-prompt")
    out, _ = command.communicate(timeout=40)
    task = json.loads(out)["talker/1"]
    assert (task["status"], task["message"]) == ("aborted", "unit was removed")
