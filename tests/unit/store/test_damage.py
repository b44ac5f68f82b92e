"""A damaged record is told and left as it is; a checked backup takes its place."""

import asyncio
import os
import random
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from kafkastack.controller.backups import keep_backups
from kafkastack.errors import ControllerError, KafkastackError, NotFoundError
from kafkastack.model.records import Application, Model
from kafkastack.store import restoring, schema
from kafkastack.store.backups import KEPT, BackupError, back_up, list_backups, surplus
from kafkastack.store.health import find_damage, open_read_only
from kafkastack.store.store import Store

MODEL = Model("uuid", "m", "local", "default", 1.0)
APPLICATIONS = [Application(f"app{n}", "charm", 1.0, constraints="c" * 200) for n in range(60)]


def commit(store: Store, *records: object) -> None:
    with store.transaction() as tx:
        for record in records:
            tx.put("uuid", record)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return the database of a controller that has ended in order."""
    path = tmp_path / "en" / "state.db"
    path.parent.mkdir()
    store = Store(path)
    commit(store, MODEL, *APPLICATIONS)
    store.close()
    return path


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 0x10
    path.write_bytes(content)


def names(path: Path) -> list[str]:
    store = Store(path)
    found = sorted(each.name for each in store.all(Application, "uuid"))
    store.close()
    return found


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"words" * 1000), "does not begin as a database does"),
        (lambda path: path.write_bytes(path.read_bytes()[:10_000]), "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-4096]), "is damaged"),
        (lambda path: flip(path, 18), "does not begin as a database does"),
        (lambda path: flip(path, 5000), "is damaged"),
        (lambda path: restoring.restoring(path).touch(), "was interrupted"),
    ],
)
def test_what_is_damaged_is_told_with_what_to_type_and_nothing_is_touched(
    database: Path, harm, told: str
):
    harm(database)
    before = {path.name: path.read_bytes() for path in database.parent.iterdir()}
    with pytest.raises(ControllerError) as refused:
        Store(database)
    assert told in refused.value.message
    assert "nothing was changed, and what runs on its machines runs on" in refused.value.message
    assert refused.value.advice.endswith("kafkastack restore-controller en")
    assert before == {path.name: path.read_bytes() for path in database.parent.iterdir()}


@pytest.mark.parametrize("name", ["state.db", "state.db-wal", "state.db-shm"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
def test_what_is_no_file_is_told_at_once_and_set_aside_by_a_restore(
    database: Path, name: str, make
):
    store = Store(database)
    back_up(database, "hourly")
    store.close()
    other = database.with_name(name)
    other.unlink(missing_ok=True)
    make(other)
    with pytest.raises(ControllerError, match=f"{name} is no regular file; nothing was changed"):
        Store(database)
    backup, _ = restoring.newest_sound(database)
    assert backup
    restoring.restore(database, backup)
    assert names(database) == sorted(each.name for each in APPLICATIONS)


def test_another_database_in_its_place_is_no_new_controller(database: Path):
    database.unlink()
    with closing(sqlite3.connect(database)) as other:
        other.execute("CREATE TABLE something (a)")
    before = database.read_bytes()
    with pytest.raises(ControllerError, match="is another database"):
        Store(database)
    assert database.read_bytes() == before


def test_one_changed_letter_of_a_record_is_seen(database: Path):
    content = database.read_bytes()
    database.write_bytes(content.replace(b'"name":"app7"', b'"name":"apq7"'))
    assert database.read_bytes() != content
    with pytest.raises(ControllerError, match="damaged in the record Application app7"):
        Store(database)


def test_one_changed_letter_of_a_record_of_an_older_database_is_seen(tmp_path: Path):
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as older:
        older.executescript(f"{schema.MIGRATIONS[0]}; PRAGMA user_version=1")
        row = ("uuid", "Model", "model", msgspec.json.encode(MODEL).decode())
        older.execute("INSERT INTO records VALUES (?,?,?,?)", row)
        older.commit()
    Store(path).close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"name":"m"', b'"name":"n"'))
    assert path.read_bytes() != content
    with pytest.raises(ControllerError, match="damaged in the record Model model"):
        Store(path)


@pytest.fixture
def crashed(database: Path, tmp_path: Path) -> Path:
    """Return the database of a controller that was killed after two more commits."""
    store = Store(database)
    commit(store, replace(APPLICATIONS[0], name="late"))
    commit(store, replace(APPLICATIONS[0], name="later"))
    shutil.copytree(database.parent, tmp_path / "crashed")
    store.close()
    return tmp_path / "crashed" / "state.db"


def test_a_log_of_writes_that_is_gone_is_noticed(crashed: Path):
    crashed.with_name("state.db-wal").unlink()
    before = {path.name: path.read_bytes() for path in crashed.parent.iterdir()}
    with pytest.raises(ControllerError, match="lacks its last 2 changes") as refused:
        Store(crashed)
    assert "state.db-wal" in refused.value.message
    assert before == {path.name: path.read_bytes() for path in crashed.parent.iterdir()}


def test_who_has_lost_the_log_of_writes_can_go_on_without(crashed: Path):
    crashed.with_name("state.db-wal").unlink()
    restoring.restore(crashed, restoring.find_backup(crashed, str(crashed)))
    assert "late" not in names(crashed)
    store = Store(crashed)
    commit(store, replace(APPLICATIONS[0], name="late"))
    store.close()
    assert "late" in names(crashed)


def test_a_killed_controller_has_lost_nothing_with_its_log_of_writes(crashed: Path):
    assert "later" in names(crashed)


def test_no_changed_byte_anywhere_gives_a_traceback_or_other_records(database: Path):
    wanted, sound = names(database), database.read_bytes()
    chance = random.Random(18)
    for _ in range(150):
        database.write_bytes(sound)
        flip(database, chance.randrange(len(sound)))
        try:
            found = names(database)
        except KafkastackError:
            continue
        assert found == wanted
        for beside in ("-wal", "-shm"):
            database.with_name(f"state.db{beside}").unlink(missing_ok=True)


def test_a_controller_that_never_had_a_database_is_new(tmp_path: Path):
    assert find_damage(tmp_path / "state.db") == ""
    (tmp_path / "state.db").touch()  # killed while it was made
    assert find_damage(tmp_path / "state.db") == ""


def test_one_of_before_there_was_a_note_is_known_by_its_machines(tmp_path: Path):
    (tmp_path / "machines").mkdir()
    assert find_damage(tmp_path / "state.db") == "is missing"


def test_a_backup_is_of_the_last_commit_private_and_one_file(database: Path):
    store = Store(database)
    commit(store, replace(APPLICATIONS[0], name="late"))
    made = back_up(database, "hourly", now=0)
    assert made.name == "state-19700101T000000Z-hourly.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    with closing(open_read_only(made)) as copy:
        assert copy.execute("SELECT count(*) FROM records WHERE key='late'").fetchone() == (1,)
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    store.close()


def test_few_backups_are_kept_of_each_kind(database: Path):
    for number in range(6):
        back_up(database, "start", now=number)
        back_up(database, "hourly", now=number)
    kept = [(backup.reason, backup.time) for backup in list_backups(database)]
    newest = range(5, 2, -1)
    assert sorted(kept) == sorted((kind, n) for kind in ("start", "hourly") for n in newest)
    assert surplus(["state-1-migration.db"] * KEPT["migration"]) == []


def test_no_backup_is_made_of_what_is_damaged_and_those_that_are_there_stay(database: Path):
    kept = back_up(database, "start")
    flip(database, 5000)
    with pytest.raises(BackupError):
        back_up(database, "hourly")
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_a_backup_takes_the_place_of_what_was_damaged_which_is_kept(database: Path):
    wanted = names(database)
    back_up(database, "start")
    flip(database, 5000)
    damaged = database.read_bytes()
    backup, passed_over = restoring.newest_sound(database)
    assert backup is not None
    assert passed_over == {}
    kept = restoring.restore(database, backup)
    assert names(database) == wanted
    assert kept is not None
    assert (kept / "state.db").read_bytes() == damaged
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_a_damaged_backup_is_passed_over_and_refused_by_name(database: Path):
    good = back_up(database, "start", now=1)
    bad = back_up(database, "hourly", now=2)
    flip(bad, 5000)
    assert restoring.newest_sound(database)[0] == good
    assert [bool(trouble) for _, trouble in restoring.examined(database)] == [True, False]
    before = database.read_bytes()
    with pytest.raises(KafkastackError, match="damaged"):
        restoring.restore(database, bad)
    assert database.read_bytes() == before
    assert find_damage(database) == ""


def test_a_log_of_writes_is_never_left_beside_another_database(database: Path, tmp_path: Path):
    back_up(database, "start")
    store = Store(database)
    commit(store, replace(APPLICATIONS[0], name="late"))
    crashed = tmp_path / "crashed"
    shutil.copytree(database.parent, crashed)  # as after kill -9: the log of writes is there
    store.close()
    path = crashed / "state.db"
    assert path.with_name("state.db-wal").stat().st_size
    assert "late" in names_unopened(path)
    restoring.restore(path, list_backups(path)[0].path)
    assert not path.with_name("state.db-wal").exists()
    assert "late" not in names(path)


def names_unopened(path: Path) -> list[str]:
    with closing(open_read_only(path)) as database:
        return [key for (key,) in database.execute("SELECT key FROM records")]


@pytest.mark.parametrize("moved", ["nothing", "the log", "all"])
def test_a_restore_that_was_interrupted_is_done_again(database: Path, moved: str):
    wanted = names(database)
    backup = back_up(database, "start")
    flip(database, 5000)
    restoring.restoring(database).touch()
    if moved == "all":
        database.unlink()
    assert "interrupted" in find_damage(database)
    restoring.restore(database, backup)
    assert find_damage(database) == ""
    assert names(database) == wanted


def test_a_backup_is_named_by_file_time_or_path(database: Path, tmp_path: Path):
    made = back_up(database, "start", now=0)
    copy = shutil.copy(made, tmp_path / "copy.db")
    assert restoring.find_backup(database, made.name) == made
    assert restoring.find_backup(database, "19700101T000000Z") == made
    assert restoring.find_backup(database, str(copy)) == copy
    with pytest.raises(NotFoundError, match='backup "x" not found'):
        restoring.find_backup(database, "x")


def test_what_is_no_database_of_ours_is_no_backup(database: Path, tmp_path: Path):
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE t (x)")
        made.commit()
    with pytest.raises(KafkastackError, match="of another version"):
        restoring.restore(database, other)
    with pytest.raises(KafkastackError, match="cannot be copied"):
        restoring.restore(database, Path(__file__))
    assert find_damage(database) == ""


@pytest.mark.parametrize(("is_new", "wanted"), [(True, ["hourly"]), (False, ["start", "hourly"])])
def test_a_controller_makes_them_at_its_start_and_when_something_changed(
    database: Path, is_new: bool, wanted: list[str]
):
    made: list[str] = []
    store = Store(database)

    def make(reason: str) -> None:
        made.append(reason)
        if reason == "start":
            raise BackupError("no room")  # is told, and tried again

    async def scenario() -> None:
        task = asyncio.create_task(keep_backups(store, is_new=is_new, make=make, pauses=(0, 0)))
        while len(made) < len(wanted) - 1:
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert made == wanted[:-1]  # nothing has changed
        commit(store, replace(APPLICATIONS[0], name="late"))
        while len(made) < len(wanted):
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(asyncio.wait_for(scenario(), 10))
    assert made == wanted
    store.close()
