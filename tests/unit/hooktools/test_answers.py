"""What each tool prints, in each format, is what Juju's prints."""

import json
from typing import Any

import pytest

from kafkastack.model.records import Hook, Task
from tests.fakes.world import World

JOINED = Hook("relation-joined", 1, "db", "server", "server/0")
ADDRESS = {
    "address": "127.1.2.1",
    "cidr": "127.1.2.0/24",
    "hostname": "",
    "value": "127.1.2.1",
}
NETWORK = {
    "bind-addresses": [
        {
            "addresses": [ADDRESS],
            "interfacename": "lo",
            "macaddress": "",
            "interface-name": "lo",
            "mac-address": "",
        }
    ],
    "egress-subnets": ["127.0.0.1/32"],
    "ingress-addresses": ["127.1.2.1"],
}
BAG = {"address": "of server/0"}
AS_JSON: list[tuple[str, Any]] = [
    ("config-get --format=json", {"size": 3, "tls": True, "name": "plain"}),
    ("config-get --format=json size", 3),
    ("config-get --format json ratio", None),
    (
        "config-get --all --format=json",
        {"name": "plain", "tls": True, "ratio": None, "size": 3},
    ),
    ("relation-ids db --format=json", ["db:1"]),
    ("relation-ids --format=json", ["db:1"]),
    ("relation-ids nothing --format=json", []),
    ("relation-list --format=json", ["server/0"]),
    ("relation-list --format=json -r cluster:0", ["app/1"]),
    ("relation-list --format=json --app -r 1", "server"),
    ("relation-get --format=json -r db:1 - server/0", BAG),
    ("relation-get --format=json -r 1 - server/0", BAG),
    ("relation-get --format=json", BAG),
    ("relation-get --format=json address server/0", "of server/0"),
    ("relation-get --format=json nothing server/0", None),
    ("relation-get --format=json -r db:1 --app - server", {"password": "from the server"}),
    ("relation-get --format=json -r db:1 --app - server/0", {"password": "from the server"}),
    ("relation-get --format=json -r db:1 - app/0", {"address": "of app/0"}),
    ("relation-model-get --format=json -r db:1", {"uuid": "0a1b2c3d-0000-4000-8000-0123456789ab"}),
    ("is-leader --format=json", True),
    ("network-get --format=json db", NETWORK),
    ("network-get --format=json -r 1 metrics", NETWORK),
    ("network-get --format=json juju-info", NETWORK),
    ("opened-ports --format=json", []),
    ("storage-list --format=json", ["data/3"]),
    ("storage-list --format=json data", ["data/3"]),
    ("storage-list --format=json other", []),
    (
        "storage-get --format=json -s data/3",
        {"kind": "filesystem", "location": "/somewhere/data/3"},
    ),
    ("secret-ids --format=json", []),
    ("state-get --format=json", {}),
    (
        "status-get --include-data --format=json --application=false",
        {"message": "", "status": "unknown", "status-data": {}},
    ),
]


@pytest.mark.parametrize(("line", "answer"), AS_JSON, ids=[line for line, _ in AS_JSON])
def test_answers_in_json(world: World, line: str, answer: Any):
    printed = world.run(hook=JOINED).says(*line.split())
    assert printed.endswith("\n") and printed.count("\n") == 1
    assert json.loads(printed) == answer


AS_TEXT = [
    ("config-get size", "3\n"),
    ("config-get tls", "True\n"),
    ("config-get ratio", ""),
    ("config-get", "name: plain\nsize: 3\ntls: true\n"),
    ("config-get --format=yaml size", "3\n"),
    ("relation-ids db", "db:1\n"),
    ("relation-list", "server/0\n"),
    ("relation-list --app", "server\n"),
    ("relation-get", "address: of server/0\n"),
    ("relation-get address", "of server/0\n"),
    ("relation-get - server/0", "address: of server/0\n"),
    ("relation-get nothing", ""),
    ("is-leader", "True\n"),
    ("network-get --ingress-address db", "127.1.2.1\n"),
    ("network-get --bind-address db", "127.1.2.1\n"),
    ("network-get --primary-address db", "127.1.2.1\n"),
    ("network-get --egress-subnets db", "127.0.0.1/32\n"),
    (
        "network-get --egress-subnets --bind-address db",
        "bind-address: 127.1.2.1\negress-subnets:\n- 127.0.0.1/32\n",
    ),
    ("unit-get private-address", "127.1.2.1\n"),
    ("unit-get public-address", "127.1.2.1\n"),
    ("storage-get -s data/3 location", "/somewhere/data/3\n"),
    ("storage-list", "data/3\n"),
    ("resource-get jar", "/resources/jar/kafka.jar\n"),
    ("status-get", "unknown\n"),
    ("state-get nothing", ""),
    ("leader-get", "{}\n"),
]


@pytest.mark.parametrize(("line", "answer"), AS_TEXT, ids=[line for line, _ in AS_TEXT])
def test_answers_in_text(world: World, line: str, answer: str):
    assert world.run(hook=JOINED).says(*line.split()) == answer


def test_status_get_of_the_application_lists_its_units(world: World):
    run = world.run()
    run.says("status-set", "--application=False", "blocked", "--", "needs", "db")
    answer = json.loads(
        run.says("status-get", "--include-data", "--format=json", "--application=true")
    )
    application = answer["application-status"]
    assert application["status"] == "blocked"
    assert application["units"]["app/0"]["message"] == "needs db"
    assert application["units"]["app/1"]["status"] == "unknown"


def test_goal_state_counts_units_and_relations(world: World):
    goal = json.loads(world.run().says("goal-state", "--format=json"))
    assert set(goal["units"]) == {"app/0", "app/1"}
    assert set(goal["relations"]["db"]) == {"server", "server/0"}
    assert all(unit["since"].endswith("Z") for unit in goal["units"].values())


ACTION = Task(4, 3, "app/0", "go", 0.0, {"deep": {"er": "x"}, "list": [1, 2], "n": 1})


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("action-get --format=json", {"deep": {"er": "x"}, "list": [1, 2], "n": 1}),
        ("action-get --format=json deep.er", "x"),
        ("action-get --format=json n", 1),
        ("action-get --format=json n.x", None),
        ("action-get --format=json nothing", None),
    ],
)
def test_action_get(world: World, line: str, answer: Any):
    assert json.loads(world.run(task=ACTION).says(*line.split())) == answer


def test_action_results_failure_and_log(world: World):
    run = world.run(task=ACTION)
    run.says("action-set", "a.b=1", "c=x=y")
    run.says("action-log", "--", "half", "way")
    run.says("action-fail", "--", "no", "luck")
    assert run.context.results == {"a.b": "1", "c": "x=y"}
    assert run.context.messages == [(world.clock, "half way")]
    assert run.context.failure == "no luck"


def test_an_action_fails_without_a_reason(world: World):
    run = world.run(task=ACTION)
    run.says("action-fail")
    assert run.context.failure == "action failed without reason given, check action for errors"


def test_juju_log_levels_are_kept(world: World):
    run = world.run()
    run.says("juju-log", "--log-level", "WARNING", "--", "careful")
    run.says("juju-log", "-l", "debug", "small")
    run.says("juju-log", "plain", "words")
    run.says("juju-log", "--debug", "older flag")
    lines = [(line.level, line.message) for line in world.journal.read_log(run.context.model)]
    assert lines == [
        ("WARNING", "careful"),
        ("DEBUG", "small"),
        ("INFO", "plain words"),
        ("DEBUG", "older flag"),
    ]


def test_the_credential_is_for_trusted_charms(world: World):
    assert world.run().refuses("credential-get") == "permission denied"
