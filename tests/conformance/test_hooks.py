"""The hooks of a life, in the order that Juju promises."""

import re

import jubilant
import pytest

from tests.conformance.conftest import World
from tests.fakes.waiting import wait_until


def of(world: World, unit: str, *words: str) -> list[str]:
    """Return the hooks of a unit that hold one of `words`, with the units they are about."""
    return [
        f"{event['hook']} {event.get('unit', '')}".strip()
        for event in world.events(unit)
        if any(word in event["hook"] for word in words)
    ]


class TestTheBeginning:
    def test_of_the_leader(self, world: World):
        assert world.hooks("beta/0")[:6] == [
            "data-storage-attached",
            "install",
            "friends-relation-created",
            "leader-elected",
            "config-changed",
            "start",
        ]

    def test_of_a_follower(self, world: World):
        assert world.hooks("alpha/1")[:6] == [
            "data-storage-attached",
            "install",
            "friends-relation-created",
            "leader-settings-changed",
            "config-changed",
            "start",
        ]

    def test_of_peers(self, world: World):
        hooks = of(world, "alpha/0", "friends-")
        assert hooks[:3] == [
            "friends-relation-created",
            "friends-relation-joined alpha/1",
            "friends-relation-changed alpha/1",
        ]

    def test_of_a_relation(self, world: World):
        hooks = of(world, "beta/0", "taker-")
        assert hooks[0] == "taker-relation-created"
        for unit in ("alpha/0", "alpha/1"):
            joined = hooks.index(f"taker-relation-joined {unit}")
            assert hooks[joined + 1] == f"taker-relation-changed {unit}"

    def test_members_grow_one_by_one(self, world: World):
        events = [e for e in world.events("beta/0") if e["hook"].startswith("taker-")]
        assert events[0]["units"] == []
        joined = [e["units"] for e in events if e["hook"] == "taker-relation-joined"]
        assert [len(units) for units in joined] == [1, 2]

    def test_the_first_changed_has_addresses(self, world: World):
        changed = [e for e in world.events("beta/0") if e["hook"] == "taker-relation-changed"]
        assert {"ingress-address", "private-address", "egress-subnets"} <= set(changed[0]["data"])

    def test_nobody_is_told_of_what_he_has_written_into_his_own_databag(self, world: World):
        assert "friends-relation-changed alpha/0" not in of(world, "alpha/0", "friends-")


def test_a_config_change_is_told_once(world: World):
    before = world.hooks("beta/0").count("config-changed")
    world.juju.config("beta", {"text": "words", "number": 8, "loud": True, "share": 0.25})
    world.until_event("beta/0", "config-changed", before + 1)
    assert world.hooks("beta/0").count("config-changed") == before + 1
    assert world.see("beta/0", "config") == {
        "text": "words",
        "number": 8,
        "loud": True,
        "share": 0.25,
        "misbehave": "",
        "put-off": False,
    }
    world.juju.config("beta", reset=["text", "loud", "share"])
    world.until_event("beta/0", "config-changed", before + 2)
    assert "text" not in world.see("beta/0", "config")


def test_a_deferred_event_comes_again_before_the_next(world: World):
    before = world.hooks("beta/0").count("config-changed")
    world.juju.config("beta", {"put-off": True})
    world.until_event("beta/0", "config-changed", before + 1)
    count = world.see("beta/0", "model")["count"]
    world.juju.config("beta", {"put-off": False})
    # The deferred one is noted under the name of the hook that brings it back.
    wait_until(lambda: world.hooks("beta/0").count("config-changed") >= before + 3)
    world.settle()
    assert world.see("beta/0", "model")["count"] >= count + 2


def test_update_status_comes_when_idle_at_its_interval(world: World):
    world.juju.model_config({"update-status-hook-interval": "1s"})
    world.until_event("beta/0", "update-status", 2)
    world.juju.model_config(reset=["update-status-hook-interval"])
    world.settle()


def test_a_charm_that_raises_is_in_error_with_its_traceback_and_recovers(world: World):
    world.juju.model_config({"automatically-retry-hooks": False})
    world.juju.config("beta", {"misbehave": "config-changed"})
    status = world.juju.wait(lambda s: jubilant.any_error(s, "beta"), delay=0.1, successes=1)
    unit = status.apps["beta"].units["beta/0"]
    assert unit.workload_status.message == 'hook failed: "config-changed"'
    if world.backend.engine:  # this much more than Juju we show
        shown = world.juju.cli("status")
        assert "RuntimeError: told to misbehave at config-changed" in shown
        assert "_note" in shown, "the traceback names the function"
    world.juju.config("beta", {"misbehave": ""})
    world.juju.cli("resolved", "beta/0")
    world.juju.wait(lambda s: jubilant.all_active(s, "beta"), delay=0.1, successes=1)
    world.settle()
    world.juju.model_config(reset=["automatically-retry-hooks"])


@pytest.mark.parametrize("kind", ["data"])
def test_peer_data_reaches_the_other_peer_only(world: World, kind: str):
    before = world.hooks("alpha/0").count("friends-relation-changed")
    world.use("alpha/1", "friends_data", kind)
    event = world.until_event("alpha/0", "friends-relation-changed", before + 1)
    assert (event["unit"], event["data"]["mood"]) == ("alpha/1", kind)


def test_a_leader_alone_goes_on_from_what_it_wrote_for_its_peers(world: World):
    before = world.hooks("beta/0").count("friends-relation-changed")
    world.use("beta/0", "friends_app_data", "one")
    event = world.until_event("beta/0", "friends-relation-changed", before + 1)
    assert (event["app"], event["unit"]) == ("beta", "")
    world.use("beta/0", "friends_app_data", "one")
    world.settle()
    assert world.hooks("beta/0").count("friends-relation-changed") == before + 1, "no change"


class TestTheEnd:
    """These change the model for good: they stand last, in this order."""

    def test_of_a_unit_and_what_is_left_of_it(self, world: World):
        world.juju.add_unit("alpha")
        world.settle()
        wait_until(lambda: "alpha/2" in str(of(world, "beta/0", "joined")))
        world.juju.remove_unit("alpha/2")
        departed = world.until_event("beta/0", "taker-relation-departed")
        assert (departed["unit"], departed["departing"]) == ("alpha/2", "alpha/2")
        assert "alpha/2" not in departed["units"]
        world.settle()
        assert world.see("beta/0", "relations")["taker"]["units"].keys() == {"alpha/0", "alpha/1"}

    def test_of_a_leader(self, world: World):
        assert world.see("alpha/0", "model")["leader"] is True
        world.juju.remove_unit("alpha/0")
        world.until_event("alpha/1", "leader-elected")
        assert world.see("alpha/leader", "model")["unit"] == "alpha/1"
        assert world.see("alpha/1", "model")["planned"] == 1

    def test_of_a_relation(self, world: World):
        world.juju.remove_relation("alpha", "beta")
        world.until_event("beta/0", "taker-relation-broken")
        world.until_event("alpha/1", "giver-relation-broken")
        end = [e for e in world.events("beta/0") if e["hook"].startswith("taker-")][-2:]
        assert [e["hook"] for e in end] == ["taker-relation-departed", "taker-relation-broken"]
        assert end[0]["departing"] == end[0]["unit"] == "alpha/1"
        assert end[1]["units"] == [] and end[1]["unit"] == ""

    def test_of_an_application(self, world: World):
        storage = len(world.see("beta/0", "storage"))
        world.juju.model_config({"logging-config": "<root>=INFO;unit=DEBUG"})
        world.juju.remove_application("beta")
        world.juju.wait(lambda status: "beta" not in status.apps, delay=0.1, successes=1)
        log = world.juju.debug_log()
        hooks = re.findall(r"unit-beta-0: .* Emitting Juju event (\w+)\.", log)
        expected = ["stop", *storage * ["data_storage_detaching"], "remove"]
        assert hooks[-len(expected) :] == expected
