"""Storage: asked for, attached, detached with its files, attached to another unit, removed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

METADATA = """\
name: keeper
summary: A charm with storage.
description: A charm with storage.
storage:
  data: {type: filesystem, multiple: {range: 0-3}, minimum-size: 1G}
  logs: {type: filesystem}
"""
NOTES = 'echo "${JUJU_STORAGE_ID:-} ${JUJU_STORAGE_LOCATION:-}" >> "$HOME/storage"'


@pytest.fixture(scope="module")
def keeper(charms: Path) -> str:
    return str(write_charm(charms, NOTES, "keeper", {"metadata.yaml": METADATA}))


@pytest.fixture(scope="module")
def model(shared: Engine, keeper: str) -> Engine:
    """Unit keeper/0 with logs/0 of rootfs and data/1, data/2 that can be detached."""
    shared("deploy", keeper, "--storage", "data=local,2G,2")
    shared.wait_for_idle(count=1)
    return shared


def storage(engine: Engine) -> dict[str, Any]:
    return json.loads(engine("storage", "--format", "json")).get("storage", {})


def status_of(engine: Engine, name: str) -> str:
    return storage(engine).get(name, {}).get("status", {}).get("current", "")


def location(engine: Engine, name: str, unit: str) -> Path:
    return Path(storage(engine)[name]["attachments"]["units"][unit]["location"])


def hooks(engine: Engine, unit: str) -> list[str]:
    return [hook for hook in engine.hooks(unit) if "storage" in hook or hook == "install"]


def test_storage_is_attached_before_install_and_says_where_it_is(model: Engine):
    attached = ["data-storage-attached"] * 2 + ["logs-storage-attached"]
    assert hooks(model, "keeper/0") == [*attached, "install"]
    first = (model.home("keeper/0") / "storage").read_text().splitlines()[0].split()
    assert Path(first[1]).is_dir() and first[1].endswith(first[0])


def test_it_is_listed_as_juju_lists_it(model: Engine):
    assert model("storage") == (
        "Unit      Storage ID  Type        Pool    Size     Status    Message\n"
        "keeper/0  data/0      filesystem  local   2.0 GiB  attached  \n"
        "keeper/0  data/1      filesystem  local   2.0 GiB  attached  \n"
        "keeper/0  logs/2      filesystem  rootfs  1.0 GiB  attached  \n"
    )
    header, *rows = model("storage", "--filesystem").splitlines()
    words = "Machine Unit Storage ID ID Provider ID Mountpoint Size State Message"
    assert header.split() == words.split()
    assert [row.split()[:5] for row in rows][2] == ["0", "keeper/0", "logs/2", "0/2", "logs-2"]
    assert model.ask("storage", "--volume").err == "No storage to display.\n"
    assert set(json.loads(model("storage", "--format", "json"))) == {"storage", "filesystems"}
    assert "Storage Unit" in model("status", "--storage")


def test_an_instance_is_shown_as_juju_shows_it(model: Engine):
    shown = json.loads(model("show-storage", "data/0", "logs/2", "--format", "json"))
    assert list(shown["data/0"]) == ["kind", "life", "status", "persistent", "attachments"]
    assert (shown["data/0"]["persistent"], shown["logs/2"]["persistent"]) == (True, False)
    assert model("show-storage", "data/0").startswith("data/0:\n  kind: filesystem\n")


REFUSED = [
    ("deploy CHARM x --storage nope=1", 1, 'charm "keeper" has no store called "nope"'),
    ("deploy CHARM x --storage data=4", 1, "at most 3 instances supported, 4 specified"),
    ("deploy CHARM x --storage logs=2", 1, "store is singular, 2 specified"),
    ("deploy CHARM x --storage data=1M", 1, "minimum storage size is 1.0 GiB, 1.0 MiB specified"),
    ("deploy CHARM x --storage data=ebs,1G", 1, 'pool "ebs" not found'),
    ("deploy CHARM x --storage data", 2, 'expected "key=value"'),
    ("deploy CHARM x --attach-storage data/9", 1, 'storage "data/9" not found'),
    ("deploy CHARM x --attach-storage data/0 -n 2", 2, "--attach-storage cannot be used with -n"),
    ("add-unit keeper --attach-storage data/0", 1, "it is attached to keeper/0"),
    ("add-storage keeper/0 nope=1", 1, 'has no store called "nope"'),
    ("add-storage keeper/0 data=2", 1, "at most 3 instances supported, 4 specified"),
    ("add-storage keeper/0 logs", 1, "store is singular, 2 specified"),
    ("add-storage keeper/9 data", 1, 'unit "keeper/9" not found'),
    ("add-storage keeper/0 data=0", 1, 'count must be greater than zero, got "0"'),
    ("detach-storage logs/2", 1, "failed to detach logs/2: storage is not detachable"),
    ("detach-storage data/9", 1, 'failed to detach data/9: storage "data/9" not found'),
    ("remove-storage data/0", 1, "failed to remove data/0: storage is attached"),
    ("remove-storage data/9", 1, 'storage "data/9" not found'),
    ("attach-storage keeper/0 data/0", 1, "failed to attach data/0 to keeper/0"),
    ("show-storage data/9", 1, 'storage "data/9" not found'),
    ("storage --volume --filesystem", 2, "can not be used together"),
    ("create-storage-pool fast ebs", 1, 'storage provider "ebs" not found'),
    ("create-storage-pool local local", 1, 'storage pool "local" already exists'),
    ("remove-storage-pool local", 1, 'storage pool "local" is built in'),
    ("update-storage-pool slow a=b", 1, 'storage pool "slow" not found'),
    ("import-filesystem ebs vol-1 data", 1, "does not support importing filesystems"),
]


@pytest.mark.parametrize("command, code, said", REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_is_refused(
    model: Engine, keeper: str, command: str, code: int, said: str
):
    words = [keeper if word == "CHARM" else word for word in command.split()]
    assert said in model.fails(*words, code=code)
    assert (len(model.units()), len(storage(model))) == (1, 3)


def test_pools_are_records_that_storage_is_made_in(model: Engine):
    model("create-storage-pool", "fast", "local", "kind=ssd")
    model("update-storage-pool", "fast", "speed=high")
    assert model("storage-pools") == (
        "Name    Provider  Attrs\n"
        "fast    local     kind=ssd speed=high\n"
        "local   local     \n"
        "rootfs  rootfs    \n"
    )
    shown = json.loads(model("storage-pools", "--name", "fast", "--format", "json"))
    assert shown == {"fast": {"provider": "local", "attrs": {"kind": "ssd", "speed": "high"}}}
    model("remove-storage-pool", "fast")
    assert "fast" not in model("storage-pools", "--provider", "local")


def test_storage_that_is_detached_takes_its_files_to_the_next_unit(model: Engine):
    (location(model, "data/0", "keeper/0") / "note").write_text("kept")
    answer = model.ask("detach-storage", "data/0")
    assert (answer.code, answer.err) == (0, "detaching data/0\n")
    wait_until(lambda: status_of(model, "data/0") == "detached")
    assert hooks(model, "keeper/0")[-1] == "data-storage-detaching"
    assert not model.home("keeper/0").parent.joinpath("storage/data/0").exists()
    assert model("storage").splitlines()[1].split()[0] == "data/0"
    model("add-unit", "keeper", "--attach-storage", "data/0")
    model.wait_for_idle(count=2)
    assert (location(model, "data/0", "keeper/1") / "note").read_text() == "kept"
    assert [name for name, it in storage(model).items() if "keeper/1" in str(it)] == [
        "data/0",
        "data/3",
        "logs/4",
    ]


def test_storage_of_a_removed_unit_is_kept_if_it_can_be(model: Engine):
    told = model("remove-unit", "keeper/1", "--no-prompt").splitlines()
    assert told[:2] == ["will remove unit keeper/1", "- will remove storage logs/4"]
    assert told[2:] == ["- will detach storage data/0", "- will detach storage data/3"]
    wait_until(lambda: status_of(model, "data/0") == "detached")
    wait_until(lambda: "logs/4" not in storage(model))
    wait_until(lambda: "1" not in model.status()["machines"])
    answer = model.ask("attach-storage", "keeper/0", "data/0")
    assert (answer.code, answer.err) == (0, "attaching data/0 to keeper/0\n")
    wait_until(lambda: status_of(model, "data/0") == "attached")
    assert (location(model, "data/0", "keeper/0") / "note").read_text() == "kept"


def test_storage_that_is_taken_by_force_comes_back_as_new(model: Engine):
    before = len(model.hooks("keeper/0"))
    model("detach-storage", "data/1", "--force")
    wait_until(lambda: status_of(model, "data/1") == "detached")
    model("attach-storage", "keeper/0", "data/1")
    wait_until(lambda: "data-storage-attached" in model.hooks("keeper/0")[before:])
    assert "data-storage-detaching" not in model.hooks("keeper/0")[before:]


def test_what_a_copy_that_was_killed_has_left_is_no_obstacle(model: Engine):
    uuid = json.loads(model("show-model", "--format", "json"))["m"]["model-uuid"]
    (model.controller_folder() / "storage" / uuid / ".data-1.part/tmp/new").mkdir(parents=True)
    (location(model, "data/1", "keeper/0") / "note").write_text("whole")
    model("detach-storage", "data/1")
    wait_until(lambda: status_of(model, "data/1") == "detached")
    model("attach-storage", "keeper/0", "data/1")
    wait_until(lambda: status_of(model, "data/1") == "attached")
    assert (location(model, "data/1", "keeper/0") / "note").read_text() == "whole"


def test_a_model_has_a_pool_for_storage_that_names_none(model: Engine):
    model("model-config", "storage-default-filesystem-source=local")
    model("add-storage", "keeper/0", "data")
    wait_until(lambda: status_of(model, "data/5") == "attached")
    assert storage(model)["data/5"]["persistent"]
    model("remove-storage", "data/5", "--force")
    wait_until(lambda: "data/5" not in storage(model))
    model("model-config", "--reset", "storage-default-filesystem-source")


def test_storage_is_added_to_a_unit_that_runs(model: Engine):
    answer = model.ask("add-storage", "keeper/0", "data=local")
    assert (answer.code, answer.err) == (0, "added storage data/6 to keeper/0\n")
    wait_until(lambda: status_of(model, "data/6") == "attached")
    wait_until(lambda: hooks(model, "keeper/0")[-1] == "data-storage-attached")


def test_storage_is_removed_with_its_files_or_without(model: Engine):
    kept = next(model.controller_folder().glob("storage/*/data-3"))
    assert kept.is_dir()
    assert model.ask("remove-storage", "data/3", "--no-destroy").err == "removing data/3\n"
    wait_until(lambda: "data/3" not in storage(model))
    assert kept.is_dir()
    folder = location(model, "data/6", "keeper/0")
    model("remove-storage", "data/6", "--force")
    wait_until(lambda: "data/6" not in storage(model))
    wait_until(lambda: not folder.exists())


def test_a_model_with_storage_to_keep_is_destroyed_with_a_word_about_it(model: Engine):
    said = model.fails("destroy-model", "m", "--no-prompt")
    assert "The model has persistent storage remaining:\n\t2 filesystems" in said
    both = ("--destroy-storage", "--release-storage")
    model.fails("destroy-model", "m", "--no-prompt", *both, code=2)
    assert model.status()["model"]["model-status"]["current"] == "available"


def test_all_of_it_goes_when_it_is_asked_for(model: Engine):
    told = model("remove-application", "keeper", "--destroy-storage", "--no-prompt")
    assert "- will remove storage data/0\n" in told and "detach" not in told
    wait_until(lambda: not storage(model) and not model.units())


def test_storage_outlives_a_machine_that_is_removed_by_force(model: Engine, keeper: str):
    model("deploy", keeper, "forced", "--storage", "data=local")
    model.wait_for_idle(count=1)
    (name,) = (name for name in storage(model) if name.startswith("data/"))
    (location(model, name, "forced/0") / "note").write_text("kept")
    model("remove-machine", model.units()["forced/0"]["machine"], "--force", "--no-prompt")
    wait_until(lambda: status_of(model, name) == "detached")
    wait_until(lambda: not model.status()["machines"])
    model("add-unit", "forced", "--attach-storage", name)
    model.wait_for_idle(count=1)
    assert (location(model, name, "forced/1") / "note").read_text() == "kept"
    model("remove-application", "forced", "--destroy-storage", "--no-prompt")
    wait_until(lambda: not storage(model))


def test_a_model_is_destroyed_with_its_storage_or_leaves_the_files(model: Engine, keeper: str):
    model("deploy", keeper, "--storage", "data=local")
    model.wait_for_idle(count=1)
    model("destroy-model", "m", "--no-prompt", "--release-storage")
    kept = sorted(path.name for path in model.controller_folder().glob("storage/*/*"))
    assert kept == ["data-10", "data-3"], "the first was removed with --no-destroy"
    model("add-model", "n")
    model("deploy", keeper, "--storage", "data=local")
    model.wait_for_idle(count=1)
    model("destroy-model", "n", "--no-prompt", "--destroy-storage")
    assert len(list(model.controller_folder().glob("storage/*/*"))) == 2
