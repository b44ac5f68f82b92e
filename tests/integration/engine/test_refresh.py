"""An application goes on with another charm, other resources, another trust."""

from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import METADATA, write_charm
from tests.fakes.waiting import wait_until

RESOURCE = "resources: {data: {type: file, filename: data.txt}}\n"
SEES_DATA = (
    'case $JUJU_DISPATCH_PATH in *install|*upgrade*) cat "$(resource-get data)" >> seen;; esac'
)


@pytest.fixture
def two(own: Engine, charms: Path) -> Engine:
    own("deploy", str(write_charm(charms, "echo old >> words", "plain")), "app", "-n", "2")
    own.wait_for_idle(count=2)
    return own


def is_in_error(engine: Engine) -> bool:
    return engine.units()["app/0"]["workload-status"]["current"] == "error"


def revision(engine: Engine) -> int:
    return engine.status()["applications"]["app"]["charm-rev"]


def test_each_unit_runs_upgrade_charm_of_the_new_charm_and_keeps_its_state(
    two: Engine, charms: Path
):
    before = revision(two)
    again = write_charm(charms, "state-set old=no; echo new >> words", "plain")
    answer = two.ask("refresh", "app", "--path", str(again))
    assert answer.code == 0 and f"revision {before + 1}, to the model" in answer.err
    for unit in ("app/0", "app/1"):
        wait_until(lambda unit=unit: two.hooks(unit)[-2:] == ["upgrade-charm", "config-changed"])
    two.wait_for_idle(count=2)
    assert revision(two) == before + 1
    words = two("exec", "--unit", "app/0", "--", "cat words").split()
    assert words[0] == "old" and words[-1] == "new"
    two("refresh", "app", "--path", str(again), "--config", "text=more")
    assert two("config", "app", "text").strip() == "more"


def test_a_charm_that_cannot_take_the_place_is_refused_and_nothing_changes(
    two: Engine, charms: Path
):
    other = write_charm(charms, name="other")
    two("deploy", str(other), "friend")
    two("integrate", "app:server", "friend:client")
    answer = two.ask("refresh", "app", "--path", str(other))
    assert (answer.code, answer.err.splitlines()[0]) == (
        1,
        'ERROR cannot upgrade application "app" to charm "other": its name is not "plain"',
    )
    lacks = (
        METADATA.format(name="plain")
        .replace("provides", "extra-bindings")
        .replace("{interface: thing}}\nrequires", "}\nrequires")
    )
    broken = write_charm(charms, name="plain", files={"metadata.yaml": lacks})
    answer = two.ask("refresh", "app", "--path", str(broken))
    assert 'would break relation "app:server friend:client"' in answer.err
    assert revision(two) == 0 and "upgrade-charm" not in two.hooks("app/0")


def test_a_unit_in_error_takes_the_charm_once_resolved_or_when_forced(own: Engine, charms: Path):
    own("model-config", "automatically-retry-hooks=false")
    failing = write_charm(charms, '[ "$JUJU_DISPATCH_PATH" != hooks/start ]', "plain")
    own("deploy", str(failing), "app")
    wait_until(lambda: is_in_error(own))
    mended = str(write_charm(charms, "", "plain"))
    own("refresh", "app", "--path", mended)
    assert is_in_error(own)
    own("refresh", "app", "--path", mended, "--force-units")
    own("resolved", "app/0")
    own.wait_for_idle(count=1)
    assert own.hooks("app/0")[-1] == "start", "what failed is run again, and nothing told"


def test_another_file_of_a_resource_is_told_by_upgrade_charm(own: Engine, charms: Path):
    metadata = METADATA.format(name="plain") + RESOURCE
    charm = write_charm(charms, SEES_DATA, "plain", files={"metadata.yaml": metadata})
    for name in ("one", "two"):
        (charms / name).write_text(f"{name}\n")
    own("deploy", str(charm), "app", "--resource", f"data={charms / 'one'}")
    own.wait_for_idle(count=1)
    own("attach-resource", "app", f"data={charms / 'two'}")
    wait_until(lambda: "upgrade-charm" in own.hooks("app/0"))
    own.wait_for_idle(count=1)
    assert own("exec", "--unit", "app/0", "--", "cat seen").split() == ["one", "two"]
    assert own("resources", "app").splitlines()[1].split()[:2] == ["data", "upload"]
    for words in ([f"nothing={charms / 'two'}"], ["nothing", "--reset"]):
        answer = own.ask("attach-resource", "app", *words)
        assert 'unrecognized resource "nothing"' in answer.err
    for words in (["data"], [f"data={charms / 'two'}", "--reset"]):
        answer = own.ask("attach-resource", "app", *words)
        assert (answer.code, answer.err.splitlines()[1]) == (
            2,
            "type: kafkastack attach-resource app data --reset",
        )
    own("attach-resource", "app", "data=1")
    assert own("resources", "app").splitlines()[1].split()[:3] == ["data", "upload", "1"]
    own.wait_for_idle(count=1)
    assert own("exec", "--unit", "app/0", "--", "cat seen").split() == ["one", "two", "one"]
    answer = own.ask("attach-resource", "app", "data=3")
    assert answer.err.splitlines() == [
        'ERROR resource "data" of app has no revision 3',
        "revisions of files that were given: 1 to 2",
    ]
    own("attach-resource", "app", "data", "--reset")
    assert "upload" not in own("resources", "app"), "the charm's own channel has none"


def test_our_charms_are_refreshed_by_name_and_others_need_their_folder(two: Engine):
    answer = two.ask("refresh", "app")
    assert (answer.code, answer.err.splitlines()) == (
        2,
        [
            'ERROR "app" was deployed from a folder',
            "name the folder: kafkastack refresh app --path FOLDER",
        ],
    )
    two("deploy", "data-integrator")
    assert two.ask("refresh", "data-integrator").err == (
        'charm "data-integrator": already up-to-date\n'
    )


def test_an_application_is_shown_and_trusted(two: Engine):
    shown = two("show-application", "app")
    assert shown.startswith("app:\n  charm: plain\n")
    two("trust", "app")
    assert '"trust"' in two("config", "app", "--format", "json")
    assert two("config", "app", "trust").strip() == "true"
    two("trust", "app", "--remove")
    assert two("config", "app", "trust").strip() == "false"


def test_storage_that_is_new_with_a_charm_is_given_to_each_unit(two: Engine, charms: Path):
    text = METADATA.format(name="plain") + "storage: {data: {type: filesystem}}\n"
    again = write_charm(charms, name="plain", files={"metadata.yaml": text})
    two("refresh", "app", "--path", str(again))
    wait_until(lambda: "data-storage-attached" in two.hooks("app/1"))
    two.wait_for_idle(count=2)
    units = [one["attachments"]["units"] for one in two.status()["storage"]["storage"].values()]
    assert sorted(name for unit in units for name in unit) == ["app/0", "app/1"]
    two("refresh", "app", "--path", str(again))
    two("wait-idle")
    assert len(two.status()["storage"]["storage"]) == 2, "once"
