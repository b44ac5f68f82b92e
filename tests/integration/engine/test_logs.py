"""The log and the statuses that were can be read, filtered and followed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

TALK = """\
juju-log -l DEBUG "a detail"
juju-log "a word"
juju-log -l WARNING "a warning"
status-set active "settled in $JUJU_DISPATCH_PATH"
"""


@pytest.fixture(scope="module")
def two(shared: Engine, charms: Path) -> Iterator[Engine]:
    charm = write_charm(charms, TALK)
    shared("deploy", str(charm), "one")
    shared("deploy", str(charm), "one-more")
    shared.wait_for_idle(count=2, workload="active")
    yield shared


def log(engine: Engine, *words: str) -> list[str]:
    return engine("debug-log", "--replay", "--no-tail", *words).splitlines()


def test_a_line_has_its_parts(two: Engine):
    pattern = r"unit-one(-more)?-0: \d\d:\d\d:\d\d INFO unit\.one(-more)?/0\.juju-log a word"
    assert any(re.fullmatch(pattern, line) for line in log(two))
    dated = log(two, "--date", "--ms", "--utc")[0]
    assert re.match(r"\S+: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ", dated)
    assert "\x1b[33mWARNING\x1b[0m" in "\n".join(log(two, "--color"))


@pytest.mark.parametrize(
    ("words", "entities"),
    [
        ("--include one", {"unit-one-0"}),
        ("--include one/0", {"unit-one-0"}),
        ("--include unit-one-0,one-more/0", {"unit-one-0", "unit-one-more-0"}),
        ("--include unit-one*", {"unit-one-0", "unit-one-more-0"}),
        ("--include one* --exclude one-more", {"unit-one-0"}),
        ("--include-module unit.one-more/0", {"unit-one-more-0"}),
        ("--include-module unit.one", set()),
        ("--include one --exclude-module unit", set()),
        ("--include-labels key=value", set()),
    ],
)
def test_the_log_is_filtered(two: Engine, words: str, entities: set[str]):
    assert {line.partition(":")[0] for line in log(two, *words.split())} == entities


def test_the_level_is_the_lowest_that_is_shown(two: Engine):
    levels = {line.split(" ")[2] for line in log(two, "--level", "warning", "-i", "one*")}
    assert levels == {"WARNING"}
    two.fails("debug-log", "--level", "loud", code=2)


def test_limits_count_what_is_left_by_filters(two: Engine):
    words = ("--level", "WARNING", "--include", "one")
    assert len(two("debug-log", "--limit", "2", *words).splitlines()) == 2
    assert len(two("debug-log", "--no-tail", "-n", "1", *words).splitlines()) == 1
    assert len(two("debug-log", "--limit", "0", *words).splitlines()) > 2
    assert len(two("debug-log", "--no-tail").splitlines()) == 10
    two.fails("debug-log", "--tail", "--no-tail", code=2)


def test_a_follower_sees_what_comes_and_outlives_its_controller(two: Engine, tmp_path: Path):
    two.kill_controller()
    words = ("debug-log", "--tail", "-n", "1", "--retry", "--retry-delay", "0.1s", "-i", "one/0")
    follower = two.start(*words)
    try:
        assert follower.stdout
        assert "unit-one-0:" in follower.stdout.readline()
        two.kill_controller()
        two("config", "one", "text=new")
        until = iter(follower.stdout.readline, "")
        assert any("a warning" in line for line in until)
    finally:
        follower.kill()
        follower.communicate()


def test_the_statuses_that_were(two: Engine):
    def statuses(entity: str, *words: str) -> list[dict[str, str]]:
        return json.loads(two("show-status-log", entity, "--format", "json", *words))

    agent = statuses("one/0", "--type", "juju-unit")
    assert agent[0]["status"] == "allocating"
    assert {"status": "executing", "message": "running install hook"}.items() <= {
        (key, value) for row in agent for key, value in row.items()
    }
    workload = [row["status"] for row in statuses("one/0", "--type", "workload")]
    assert workload[0] == "waiting" and workload[-1] == "active"
    both = statuses("one/0")
    assert {row["type"] for row in both} == {"juju-unit", "workload"}
    assert len(statuses("one/0", "-n", "3")) == 3 and statuses("one/0", "-n", "3") == both[-3:]
    assert statuses("one/0", "--days", "1") == both
    assert statuses("one/0", "--from-date", "2999-01-01") == []
    assert [row["status"] for row in statuses("0", "--type", "juju-machine")][-1] == "started"
    assert [row["status"] for row in statuses("m", "--type", "model")] == ["available"]
    table = two("show-status-log", "one/0", "--utc").splitlines()
    assert table[0].split() == ["Time", "Type", "Status", "Message"]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  juju-unit  ", table[-1])
    two.fails("show-status-log", "one/9")
    two.fails("show-status-log", "other", "--type", "model")
    two.fails("show-status-log", "one/0", "-n", "1", "--days", "1", code=2)
    two.fails("show-status-log", "one/0", "--type", "mood", code=2)


def test_a_failed_hook_is_in_the_history(two: Engine):
    two.do("one-more/0", '[ "$JUJU_HOOK_NAME" != config-changed ]')
    two("config", "one-more", "text=new")

    def errors() -> list[str]:
        shown = two("show-status-log", "one-more/0", "--type", "workload")
        return [line for line in shown.splitlines() if " error " in line]

    wait_until(errors, what="an error in the history")
    assert 'hook failed: "config-changed"' in errors()[0]
