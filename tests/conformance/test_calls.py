"""Every call of ops works, and answers as Juju does."""

import re

import jubilant
import pytest

from tests.conformance.conftest import World, without_time
from tests.fakes.waiting import wait_until


def test_the_model_and_the_unit_know_themselves(world: World):
    leader = world.see("alpha/0", "model")
    assert leader["leader"] is True and leader["planned"] == 2
    assert (leader["model"], leader["uuid"], leader["secrets"]) == ("m", 36, True)
    assert leader["juju"].startswith("3.6.")
    assert world.see("alpha/1", "model")["leader"] is False


def test_the_environment_is_juju_s_and_nothing_else(world: World):
    seen = world.see("alpha/1", "environment")
    assert seen["JUJU_UNIT_NAME"] == "alpha/1"
    assert seen["JUJU_DISPATCH_PATH"] == "actions/see" and seen["JUJU_HOOK_NAME"] == ""
    assert seen["JUJU_ACTION_NAME"] == "see" and seen["JUJU_ACTION_TAG"].startswith("action-")
    assert seen["PATH"].partition(":")[0].endswith("/tools")
    for name in ("JUJU_CONTEXT_ID", "JUJU_MODEL_UUID", "JUJU_MACHINE_ID", "JUJU_API_ADDRESSES"):
        assert name in seen
    strangers = {name for name in seen if name.startswith(("KAFKASTACK_", "XDG_", "PYTEST"))}
    assert strangers <= {"KAFKASTACK_MACHINE"}


def test_data_reaches_the_other_side(world: World):
    written = world.use("alpha/0", "giver_data", "a kite")
    assert written == {"gift": "a kite"}, "a hook sees its own writes"
    wait_until(lambda: world.see("beta/0", "relations")["taker"]["theirs"].get("gift") == "a kite")
    world.settle()
    seen = world.see("beta/0", "relations")["taker"]
    assert seen["app"] == "alpha" and seen["active"] is True
    assert seen["units"]["alpha/0"]["card"] == "a kite"
    assert seen["own"]["greeting"] == "hello from beta/0"
    assert world.see("alpha/1", "relations")["giver"]["units"]["beta/0"]["greeting"]


def test_a_follower_is_refused_what_is_the_leader_s(world: World):
    refused = world.see("alpha/1", "follower_refused")
    assert refused == ["RelationDataAccessError", "RelationDataAccessError", *2 * ["RuntimeError"]]


def test_what_is_not_there_is_said_in_words_that_ops_understands(world: World):
    assert world.see("beta/0", "missing_secret") == "SecretNotFoundError"
    assert world.see("beta/0", "missing_relation") == {"units": 0, "data": {}}


def test_the_network(world: World):
    seen = world.see("beta/0", "network")
    address = world.juju.status().apps["beta"].units["beta/0"].public_address
    assert seen["bind"] == seen["ingress"] == address
    comes_from = "127.0.0.1" if world.backend.cloud == "local" else address
    assert seen["egress"] == [f"{comes_from}/32"] and seen["interfaces"] == [address]


def test_a_resource_has_the_name_of_its_metadata(world: World):
    assert world.see("beta/0", "resource") == {"name": "letter.txt", "text": "dear unit"}


def test_storage_is_there_and_more_can_be_asked_for(world: World):
    before = world.see("beta/0", "storage")
    assert list(before.values()) == [True]
    attached = world.hooks("beta/0").count("data-storage-attached")
    assert world.use("beta/0", "storage", "2") == list(before), "it comes after the hook"
    world.until_event("beta/0", "data-storage-attached", attached + 2)
    assert list(world.see("beta/0", "storage").values()) == [True, True, True]


def test_ports_are_shown_in_status(world: World):
    assert world.use("beta/0", "ports", "80,443") == [80, 443]
    assert world.juju.status().apps["beta"].units["beta/0"].open_ports == ["80/tcp", "443/tcp"]
    world.use("beta/0", "ports", "9092")
    assert world.see("beta/0", "model")["ports"] == ["9092/tcp"]


def test_statuses_are_seen_by_the_charm_and_by_people(world: World):
    status = world.settle().apps["alpha"]
    assert (status.app_status.current, status.app_status.message) == ("active", "led")
    assert status.units["alpha/0"].workload_status.message == "7"
    assert world.see("alpha/0", "status") == {"unit": ["active", "7"], "app": ["active", "led"]}


def test_the_workload_version(world: World):
    world.use("beta/0", "version", "4.3.1")
    assert world.juju.status().apps["beta"].version == "4.3.1"


def test_the_cloud_is_told_to_a_trusted_charm_only(world: World):
    assert "permission denied" in world.see("beta/0", "cloud")
    world.juju.trust("beta")
    shown = world.juju.show_model()
    seen = world.see("beta/0", "cloud")
    assert (seen["type"], seen["name"]) == (shown.type, shown.cloud)
    assert seen["region"] and seen["auth-type"] and seen["controller"] is True
    world.juju.trust("beta", remove=True)
    world.settle()


class TestActions:
    def test_results_are_nested_and_the_log_is_there(self, world: World):
        task = world.juju.run("beta/0", "nested", {"map": {"x": {"y": "z"}}})
        assert task.results == {"a": {"b": {"c": "2"}}, "map": {"x": {"y": "z"}}}
        assert [without_time(line) for line in task.log] == ["about to answer"]
        assert (task.status, task.return_code) == ("completed", 0)

    def test_a_failure_keeps_results_and_log(self, world: World):
        with pytest.raises(jubilant.TaskError) as caught:
            world.juju.run("beta/0", "fail")
        task = caught.value.task
        assert (task.status, task.message, task.results) == (
            "failed",
            "as asked",
            {"got": "this far"},
        )
        assert [without_time(line) for line in task.log] == ["one", "two"]

    def test_one_that_raises_does_not_put_the_unit_into_error(self, world: World):
        with pytest.raises(jubilant.TaskError) as caught:
            world.juju.run("beta/0", "raise")
        assert caught.value.task.return_code == 1
        assert jubilant.all_active(world.juju.status())
        assert "RuntimeError: an action that raises" in world.juju.debug_log()

    def test_a_hook_tool_writes_into_a_file_of_the_machine(self, world: World):
        asked = "config-get number -o given; cd /tmp && is-leader --format json --output leads"
        task = world.juju.exec(f"{asked}; cat leads; cd - > /dev/null; cat given", unit="beta/0")
        assert task.stdout == "true\n7\n"

    def test_exec_has_a_hook_context_and_a_time_limit(self, world: World):
        task = world.juju.exec("config-get number; relation-ids taker", unit="beta/0")
        assert re.fullmatch(r"7\ntaker:\d+\n", task.stdout)
        with pytest.raises(jubilant.TaskError) as caught:
            world.juju.exec("exit 3", unit="beta/0")
        assert caught.value.task.return_code == 3
        with pytest.raises(TimeoutError):
            world.juju.exec("sleep 1000", unit="beta/0", wait=1)
        world.settle()

    def test_unknown_ones_are_refused(self, world: World):
        with pytest.raises((ValueError, jubilant.CLIError)):
            world.juju.run("beta/0", "nothing")
        with pytest.raises((ValueError, jubilant.CLIError)):
            world.juju.run("beta/9", "nested")


def test_the_log_has_levels_and_messages_of_any_length(world: World):
    world.juju.model_config({"logging-config": "<root>=INFO;unit=DEBUG"})
    world.use("beta/0", "log", "a unique remark")
    log = world.juju.debug_log()
    for level in ("DEBUG", "INFO", "WARNING", "ERROR"):
        line = f"a unique remark at {level.lower()}"
        assert re.search(rf"unit-beta-0: \S+ {level} unit\.beta/0\.\S+ {line}", log)
    assert log.count("x" * 1000) >= 100


def test_a_secret_s_life(world: World):
    identity = world.use("alpha/0", "new_secret", "first-password")
    wait_until(lambda: "secret" in world.see("beta/0", "relations")["taker"]["theirs"])
    assert world.use("beta/0", "read_secret") == {"password": "first-password"}
    changed = world.hooks("beta/0").count("secret-changed")

    assert world.use("alpha/0", "set_secret", "second-password") == {"password": "second-password"}
    event = world.until_event("beta/0", "secret-changed", changed + 1)
    assert event["label"] == "gift"
    assert world.see("beta/0", "secret") == {
        "tracked": {"password": "first-password"},
        "latest": {"password": "second-password"},
    }
    world.see("alpha/0", "secret")

    assert world.use("beta/0", "refresh_secret") == {"password": "second-password"}
    world.use("alpha/0", "refresh_secret")
    event = world.until_event("alpha/0", "secret-remove")
    assert (event["label"], event["revision"]) == ("gift", 1)
    world.use("alpha/0", "remove_revision", "1")

    listed, unit = world.juju.cli("secrets"), world.juju.cli("show-unit", "beta/0")
    name = identity.removeprefix("secret:").rpartition("/")[2]
    assert name in listed and name in unit
    for shown in (listed, unit, world.juju.debug_log()):
        assert "second-password" not in shown, "the values are nowhere in what people are shown"
    world.use("alpha/0", "revoke_secret")
    with pytest.raises(jubilant.TaskError):
        world.see("beta/0", "secret")
    world.use("alpha/0", "remove_secret")
    assert identity.startswith("secret:")


def test_a_secret_s_times_have_a_zone(world: World):
    world.use("beta/0", "timed_secret", "timed-password")
    seen = world.see("beta/0", "secret_info")
    assert (seen["revision"], seen["rotation"], seen["label"]) == (1, "hourly", "own")
    assert seen["description"] == "of this unit"
    assert seen["expires"].endswith("+00:00") and seen["rotates"].endswith("+00:00")


def test_an_action_may_not_reboot_its_machine(world: World):
    before = world.hooks("beta/0").count("start")
    with pytest.raises(jubilant.TaskError):
        world.use("beta/0", "reboot")
    assert world.hooks("beta/0").count("start") == before
