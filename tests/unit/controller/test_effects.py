"""Effects outside the records: a machine ends when what is kept of it is safe."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from kafkastack.controller.effects import (
    Destroy,
    Effect,
    ForgetModel,
    Restart,
    Stop,
    TakeStorage,
    wanted_effects,
)
from kafkastack.model.records import Machine, Model, StatusInfo, Storage
from kafkastack.store.store import Record, Store

MODEL = Model("uuid", "m", "fake", "there", 0.0)
MACHINE = Machine("0", "", 0.0, StatusInfo("running"), StatusInfo("started"), life="dying")
KEPT = Storage("data/0", "data", "", location="/data", machine="0", pool="local")


def effects(folder: Path, *records: Record, attached: bool = True) -> list[Effect]:
    store = Store(folder / "state.db")
    with store.transaction() as tx:
        for record in records:
            tx.put("uuid", record)
    places = frozenset({("uuid", "0")} if attached else ())
    model = store.get(Model, "uuid", "model")
    found = wanted_effects(store, model, places, frozenset())
    store.close()
    return found


def test_a_machine_waits_for_the_files_of_storage_that_is_kept(tmp_path: Path):
    assert effects(tmp_path, MODEL, MACHINE, KEPT) == [TakeStorage("uuid", "data/0")]


def test_storage_that_is_destroyed_goes_with_its_machine(tmp_path: Path):
    found = effects(tmp_path, MODEL, MACHINE, replace(KEPT, life="dying"))
    assert found == [Destroy("uuid", "0")]


def test_storage_that_is_destroyed_is_removed_from_a_machine_that_goes_on(tmp_path: Path):
    found = effects(tmp_path, MODEL, replace(MACHINE, life="alive"), replace(KEPT, life="dying"))
    assert found == [TakeStorage("uuid", "data/0")]


def test_a_lost_machine_that_is_forced_waits_for_nothing(tmp_path: Path):
    lost = replace(MACHINE, forced=True)
    assert effects(tmp_path, MODEL, lost, KEPT, attached=False) == [
        Destroy("uuid", "0", forced=True)
    ]


@pytest.mark.parametrize("forced", [False, True])
def test_a_model_is_forgotten_when_its_storage_is_gone_or_it_is_forced(
    tmp_path: Path, forced: bool
):
    dying = replace(MODEL, life="dying", forced=forced)
    shelved = replace(KEPT, life="dying", machine="", shelved=True)
    found = effects(tmp_path, dying, shelved)
    assert (ForgetModel("uuid") in found) is forced


def test_a_machine_is_stopped_once_and_started_as_one_that_restarts(tmp_path: Path):
    asked = replace(MACHINE, life="alive", stopped=True)
    done = replace(asked, status=StatusInfo("stopped"), agent=StatusInfo("down"))
    started = replace(done, stopped=False, rebooting=True)
    for name, machine, wanted in (
        ("asked", asked, [Stop("uuid", "0")]),
        ("done", done, []),
        ("started", started, [Restart("uuid", "0")]),
        ("dying", replace(done, life="dying"), [Destroy("uuid", "0")]),
    ):
        (tmp_path / name).mkdir()
        assert effects(tmp_path / name, MODEL, machine) == wanted, name
