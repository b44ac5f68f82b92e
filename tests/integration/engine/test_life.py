"""Promises of Juju about a unit's life, seen by shell charms on a running engine."""

import re
from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm, write_ops_charm
from tests.fakes.waiting import wait_until

TELLS = """\
case $JUJU_DISPATCH_PATH in
*-departed) juju-log "$JUJU_REMOTE_UNIT left as $JUJU_DEPARTING_UNIT goes" ;;
esac
"""


@pytest.fixture
def pair(own: Engine, charms: Path) -> Engine:
    """app with two units gives to other with one; all is settled."""
    own("deploy", str(write_charm(charms, TELLS, "teller")), "app", "-n", "2")
    own("deploy", str(write_charm(charms, TELLS, "teller")), "other")
    own("integrate", "app:server", "other:client")
    own("wait-idle")
    return own


def departures(engine: Engine, unit: str) -> set[str]:
    tag = "unit-" + unit.replace("/", "-")
    return set(re.findall(rf"^{tag}: .* (\w+):\d+: (.* goes)$", engine.log(), re.MULTILINE))


def test_who_departs_is_told_on_both_sides_and_to_peers(pair: Engine):
    pair("remove-unit", "app/1", "--no-prompt")
    pair("wait-idle")
    assert departures(pair, "app/1") == {
        ("peer", "app/0 left as app/1 goes"),
        ("server", "other/0 left as app/1 goes"),
    }
    assert departures(pair, "app/0") == {("peer", "app/1 left as app/1 goes")}
    assert departures(pair, "other/0") == {("client", "app/1 left as app/1 goes")}
    pair("remove-relation", "app", "other")
    pair("wait-idle")
    assert ("server", "other/0 left as other/0 goes") in departures(pair, "app/0")
    assert ("client", "app/0 left as app/0 goes") in departures(pair, "other/0")


def test_data_of_the_application_is_told_to_all_its_writer_among_its_peers(pair: Engine):
    told = {unit: len(pair.hooks(unit)) for unit in pair.units()}
    for relation, word in (("peer", 1), ("peer", 2), ("peer", 2), ("server", 1)):
        write = f"relation-set -r $(relation-ids {relation}) --app word={word}"
        pair("exec", "--unit", "app/0", "--", write)
        pair("wait-idle")
    for peer in ("app/0", "app/1"):
        assert pair.hooks(peer)[told[peer] :] == 2 * ["peer-relation-changed"]
    assert pair.hooks("other/0")[told["other/0"] :] == ["client-relation-changed"]


def test_leader_settings_are_told_to_followers_at_once_even_by_a_hook_that_fails(pair: Engine):
    told = {unit: pair.hooks(unit) for unit in ("app/0", "app/1")}
    pair.ask("exec", "--unit", "app/0", "--", "leader-set word=1; exit 1")
    pair("wait-idle")
    assert pair.hooks("app/1") == [*told["app/1"], "leader-settings-changed"]
    assert pair.hooks("app/0") == told["app/0"]
    assert pair("exec", "--unit", "app/1", "--", "leader-get word").split() == ["1"]


def test_trust_is_told_by_config_changed(pair: Engine):
    told = pair.hooks("other/0")
    for words in (("trust", "other"), ("trust", "other", "--remove")):
        pair(*words)
        pair("wait-idle")
        told = [*told, "config-changed"]
        assert pair.hooks("other/0") == told


def test_a_failed_hook_of_a_relation_names_the_other_side(pair: Engine):
    pair.do("app/0", "case $JUJU_DISPATCH_PATH in *server-relation-changed) exit 1;; esac")
    set_data = "relation-set -r $(relation-ids client) word=1"
    pair("exec", "--unit", "other/0", "--", set_data)

    def message() -> str:
        return pair.units()["app/0"]["workload-status"].get("message", "")

    wait_until(lambda: "hook failed" in message())
    assert message() == 'hook failed: "server-relation-changed" for other:client'
    assert 'hook failed: "server-relation-changed" for other:client' in pair("status")


def test_one_thing_at_a_time_runs_for_a_unit(pair: Engine):
    home = pair.home("other/0")
    pair.do(
        "other/0",
        f"echo in >> {home}/turns; case $JUJU_DISPATCH_PATH in *config-changed) "
        f"until [ -e {home}/gate ]; do sleep 0.02; done;; esac; echo out >> {home}/turns",
    )
    pair("config", "other", "text=1")
    wait_until((home / "turns").exists)
    words = [("run", "other/0", "say", "word=x"), ("exec", "--unit", "other/0", "--", "true")]
    waiting = [pair.start(*each) for each in words]
    wait_until(
        lambda: (
            len(pair.status()["applications"])
            and '"pending"' in pair("operations", "--format", "json")
        )
    )
    assert (home / "turns").read_text() == "in\n"
    (home / "gate").touch()
    assert [each.wait(60) for each in waiting] == [0, 0]
    for each in waiting:
        each.communicate()
    assert (home / "turns").read_text().split() == 2 * ["in", "out"]


def test_a_charm_without_any_program_does_nothing_and_does_it_well(own: Engine, tmp_path: Path):
    charm = write_charm(tmp_path, name="still")
    (charm / "dispatch").unlink()
    own("deploy", str(charm), "app", "-n", "2")
    own("wait-idle")
    own("remove-unit", "app/0", "--no-prompt")
    own("wait-idle")
    (unit,) = own.units().values()
    assert unit["workload-status"]["current"] == "unknown" and unit["leader"] is True


OPSY = """\
import ops


class Opsy(ops.CharmBase):
    stored = ops.StoredState()

    def __init__(self, framework):
        super().__init__(framework)
        self.stored.set_default(told=[])
        for event in (self.on.install, self.on.config_changed, self.on.upgrade_charm):
            framework.observe(event, self._note)

    def _note(self, event):
        name = event.handle.kind
        self.stored.told.append(name)
        if name == "config_changed" and self.config["text"] == "defer":
            event.defer()
        self.unit.status = ops.ActiveStatus(" ".join(self.stored.told))


if __name__ == "__main__":
    ops.main(Opsy)
"""


def test_what_ops_keeps_outlives_a_refresh_and_goes_with_the_unit(own: Engine, charms: Path):
    charm = write_ops_charm(charms, OPSY)
    hook = charm / "hooks/install"
    hook.parent.mkdir()
    hook.write_text('#!/bin/sh\necho "[ $OPERATOR_DISPATCH ] legacy" > "$HOME/legacy"\n')
    hook.chmod(0o755)

    def told() -> str:
        own("wait-idle", "--timeout", "2m")
        return own.units()["opsy/0"]["workload-status"]["message"]

    own("deploy", str(charm))
    assert told() == "install config_changed"
    assert (own.home("opsy/0") / "legacy").read_text() == "[ 1 ] legacy\n"
    own("config", "opsy", "text=defer")
    assert told() == "install config_changed config_changed"
    write_ops_charm(charms, OPSY + "# again\n")
    own("refresh", "opsy", "--path", str(charm))
    # What was deferred comes first; of two alike ops keeps one.
    assert told().split()[3:] == ["config_changed", "upgrade_charm", "config_changed"]
    (state,) = own.root.rglob(".unit-state.db")
    assert state.stat().st_mode & 0o777 == 0o600
    own("remove-application", "opsy", "--no-prompt")
    wait_until(lambda: not state.exists(), what="the end of what ops has kept")
