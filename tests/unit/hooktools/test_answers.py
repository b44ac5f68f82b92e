"""Output of each tool, in each format: the same as Juju's."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from kafkastack.model.records import Application, Hook, Task
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
NETWORKS = ["network-get db", "network-get -r 1 metrics", "network-get juju-info"]


@pytest.mark.parametrize("line", NETWORKS)
def test_a_network(world: World, line: str):
    printed = world.run(hook=JOINED).says(*line.split(), "--format=json")
    assert printed.endswith("\n") and printed.count("\n") == 1
    assert json.loads(printed) == NETWORK


def test_the_data_that_a_unit_has_written_and_that_of_an_application_named_by_its_unit(
    world: World,
):
    run = world.run(hook=JOINED)
    assert run.says("relation-get", "-r", "db:1", "-", "app/0") == "address: of app/0\n"
    assert "from the server" in run.says("relation-get", "--app", "-", "server/0")


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


def test_what_a_charm_was_told_of_a_credential_is_not_logged(world: World):
    world.put(Application("app", "app-0-d", 0.0, leader="app/0", trust=True))
    run = world.run()
    run.context.environment = replace(
        run.context.environment, find_credential=lambda _cloud, _name: {"password": "very-private"}
    )
    run.says("credential-get")
    assert run.context.scrub("it is very-private") == "it is ********"


@pytest.mark.parametrize("held", [{}, {"auth-type": "certificate", "client-key": "k"}])
def test_the_credential_tells_the_cloud_and_what_the_controller_holds(
    world: World, held: dict[str, str]
):
    world.put(Application("app", "app-0-d", 0.0, leader="app/0", trust=True))
    run = world.run()
    run.context.environment = replace(
        run.context.environment, find_credential=lambda _cloud, _name: held
    )
    assert json.loads(run.says("credential-get", "--format=json")) == {
        "type": "lxd",
        "name": "local",
        "region": "default",
        "credential": {
            "auth-type": held.get("auth-type", "empty"),
            "attrs": {"client-key": "k"} if held else {},
        },
        "is-controller-cloud": True,
    }
