"""The store keeps what is committed, all of it or nothing, and says why it cannot."""

import asyncio
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from kafkastack.errors import ControllerError, NotFoundError, PreflightError
from kafkastack.model.bounds import LOG_BYTES, MESSAGE
from kafkastack.model.records import RECORDS, Application, Hook, Model, RelationState, UnitState
from kafkastack.store import schema
from kafkastack.store.backups import list_backups
from kafkastack.store.journal import (
    NEWEST,
    HookRecord,
    Journal,
    forget_statements,
    hook_statements,
)
from kafkastack.store.numbers import next_number
from kafkastack.store.store import Store

MODEL = Model("uuid", "m", "local", "default", 1.0)
APPLICATION = Application("app", "charm", 1.0, config={"n": 1, "f": 1.5, "b": True, "s": "x"})


def commit(store: Store, *records: object) -> None:
    with store.transaction() as tx:
        for record in records:
            tx.put("uuid", record)  # type: ignore[arg-type]


def record_hook(store: Store, record: HookRecord) -> None:
    with store.transaction() as tx:
        tx.also(hook_statements("uuid", record))


def test_what_is_committed_is_there_after_a_restart(tmp_path: Path):
    state = UnitState(
        "app/0",
        relations={"1": RelationState(created=True, members={"db/0": 3})},
        running=Hook("relation-joined", 1, "db", remote_unit="db/0"),
    )
    store = Store(tmp_path / "state.db")
    commit(store, MODEL, APPLICATION, state)
    store.close()
    again = Store(tmp_path / "state.db")
    assert again.get(Application, "uuid", "app") == APPLICATION
    assert again.get(UnitState, "uuid", "app/0") == state
    assert again.models() == ["uuid"]
    again.close()


def test_a_block_that_fails_changes_nothing(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    with pytest.raises(RuntimeError, match="no"), store.transaction() as tx:
        tx.put("uuid", MODEL)
        raise RuntimeError("no")
    assert store.find(Model, "uuid", "model") is None
    commit(store, MODEL)
    store.close()


def test_a_transaction_sees_its_own_writes_and_nobody_else_does(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    with store.transaction() as tx:
        tx.put("uuid", APPLICATION)
        assert tx.all(Application, "uuid") == [APPLICATION]
        assert store.all(Application, "uuid") == []
        tx.delete("uuid", APPLICATION)
        assert tx.find(Application, "uuid", "app") is None
    store.close()


def test_a_snapshot_stays_as_it_was(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    commit(store, APPLICATION)
    before = store.snapshot()
    commit(store, replace(APPLICATION, life="dying"))
    assert before.get(Application, "uuid", "app").life == "alive"
    before.put("uuid", MODEL)
    assert store.find(Model, "uuid", "model") is None
    store.close()


def test_watchers_hear_of_commits_and_only_of_commits(tmp_path: Path):
    store = Store(tmp_path / "state.db")

    async def scenario() -> None:
        with store.watch() as changed:
            with store.transaction():
                pass
            assert not changed.is_set()
            commit(store, MODEL)
            assert changed.is_set()

    asyncio.run(scenario())
    store.close()


def test_a_missing_record_is_named_in_juju_s_words(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    with pytest.raises(NotFoundError, match='application "x" not found'):
        store.get(Application, "uuid", "x")
    store.close()


def test_numbers_are_never_used_twice(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    commit(store, MODEL)
    taken: list[int] = []
    for _ in range(3):
        with store.transaction() as tx:
            taken += [next_number(tx, "uuid", "unit-app"), next_number(tx, "uuid", "unit-app")]
    store.close()
    assert taken == [0, 1, 2, 3, 4, 5]


def test_a_model_is_deleted_with_all_its_records(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    commit(store, MODEL, APPLICATION, UnitState("app/0"))
    with store.transaction() as tx:
        tx.delete_model("uuid")
    assert not any(store.all(kind, "uuid") for kind in RECORDS)
    assert store.models() == []
    store.close()


def test_the_database_is_its_owner_s_alone_and_durable(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    commit(store, MODEL)
    for file in tmp_path.glob("state.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def limit_pages(store: Store) -> None:
    """Let the database grow no further, as on a full disk."""
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count={pages}")


def test_a_full_disk_is_told_and_changes_nothing_and_can_be_overcome(tmp_path: Path):
    store = Store(tmp_path / "state.db")
    commit(store, MODEL)
    limit_pages(store)
    with pytest.raises(PreflightError, match=r"cannot write .*state\.db: .*full.*\nmake room"):
        commit(store, replace(APPLICATION, constraints="x" * 100_000))
    assert store.find(Application, "uuid", "app") is None
    store._database.execute("PRAGMA max_page_count=100000")
    commit(store, APPLICATION)
    assert store.find(Application, "uuid", "app")
    store.close()


class TestSchema:
    def test_a_newer_database_is_refused_and_left_alone(self, tmp_path: Path):
        path = tmp_path / "state.db"
        Store(path).close()
        with sqlite3.connect(path) as database:
            database.execute(f"PRAGMA user_version={schema.SCHEMA_VERSION + 1}")
        database.close()
        before = path.read_bytes()
        with pytest.raises(ControllerError, match="was written by a newer kafkastack"):
            Store(path)
        assert path.read_bytes() == before

    def test_an_older_database_is_migrated_after_a_backup(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        path = tmp_path / "state.db"
        store = Store(path)
        commit(store, MODEL)
        store.close()
        older, newer = schema.SCHEMA_VERSION, schema.SCHEMA_VERSION + 1
        more = (*schema.MIGRATIONS, "CREATE TABLE more (id INTEGER)")
        monkeypatch.setattr(schema, "MIGRATIONS", more)
        monkeypatch.setattr(schema, "SCHEMA_VERSION", newer)
        store = Store(path)
        assert store.find(Model, "uuid", "model") == MODEL
        assert store._database.execute("PRAGMA user_version").fetchone() == (newer,)
        store.close()
        (kept,) = list_backups(path)
        assert kept.reason == "migration"
        backup = sqlite3.connect(kept.path)
        assert backup.execute("PRAGMA user_version").fetchone() == (older,)
        assert backup.execute("SELECT count(*) FROM records").fetchone() == (1,)
        backup.close()

    def test_a_migration_that_fails_changes_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        path = tmp_path / "state.db"
        Store(path).close()
        more = (*schema.MIGRATIONS, "CREATE TABLE more (id INTEGER); CREATE TABLE more (x)")
        monkeypatch.setattr(schema, "MIGRATIONS", more)
        monkeypatch.setattr(schema, "SCHEMA_VERSION", len(more))
        with pytest.raises(ControllerError, match="already exists"):
            Store(path)
        monkeypatch.undo()
        Store(path).close()

    def test_what_is_no_database_is_named(self, tmp_path: Path):
        (tmp_path / "state.db").write_bytes(b"words" * 1000)
        with pytest.raises(ControllerError, match=r"state\.db is damaged"):
            Store(tmp_path / "state.db")


class TestJournal:
    @pytest.fixture
    def store(self, tmp_path: Path):
        with closing(Store(tmp_path / "state.db")) as store:
            yield store

    @pytest.fixture
    def journal(self, store: Store):
        return Journal(store.database)

    def test_the_newest_lines_come_oldest_first(self, journal: Journal):
        for number in range(5):
            journal.log("uuid", "unit-app-0", "INFO", "unit", f"line {number}")
        assert [r.message for r in journal.read_log("uuid", limit=2)] == ["line 0", "line 1"]
        back = journal.read_log_back("uuid", NEWEST, 2)
        assert [r.message for r in back] == ["line 4", "line 3"]
        last = journal.read_log("uuid")[2].id
        assert [r.message for r in journal.read_log("uuid", after=last)] == ["line 3", "line 4"]
        assert [r.id for r in journal.read_log("uuid", 1, until=last)] == [2, 3]
        assert journal.read_log("other") == []

    def test_many_lines_are_one_commit(self, journal: Journal, tmp_path: Path):
        lines = [("INFO", f"line {number}") for number in range(20_000)]
        journal.log_lines("uuid", "unit-app-0", "unit.app/0.install", lines)
        assert len(journal.read_log("uuid")) == 20_000

    def test_a_line_is_as_long_as_a_message_may_be(self, journal: Journal):
        journal.log("uuid", "unit-app-0", "INFO", "unit", "ä" * 200_000)
        (line,) = journal.read_log("uuid")
        assert line.message == "ä" * (MESSAGE - 1) + "…"

    @pytest.mark.parametrize("letter", ["x", "ä"])
    def test_the_log_of_a_model_is_bounded_by_its_bytes_too(self, journal: Journal, letter: str):
        journal.log("other", "unit-app-0", "INFO", "unit", "kept")
        for number in range(1000):
            text = f"{number} ".ljust(60_000, letter)
            journal.log("uuid", "unit-app-0", "INFO", "unit", text)
        kept = journal.read_log("uuid")
        size = sum(len(line.message.encode()) for line in kept)
        assert LOG_BYTES - 130_000 < size < LOG_BYTES * 1.3
        assert kept[-1].message.startswith("999 ")
        assert [line.message for line in journal.read_log("other")] == ["kept"]

    def test_hooks_are_kept_with_their_calls_and_bounded(
        self, store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("kafkastack.store.journal._HOOK_ROWS", 3)
        for number in range(9):
            record = HookRecord(
                "app/0", f"hook{number}", 1.0, 0.5, 0, (("is-leader", "", 0.1, 0),)
            )
            record_hook(store, record)
        kept = journal.read_hooks("uuid", "app/0")
        assert [record.hook for record in kept] == ["hook6", "hook7", "hook8"]
        assert kept[0].calls == (("is-leader", "", 0.1, 0),)

    def test_an_application_s_hooks_are_those_of_its_units(self, store: Store, journal: Journal):
        for unit in ("app/0", "app/10", "app-b/0", "ap/0", "app/1"):
            record_hook(store, HookRecord(unit, "install", 1.0, 0.5, 0))
        units = [record.unit for record in journal.read_hooks("uuid", "app")]
        assert units == ["app/0", "app/10", "app/1"]
        assert [r.unit for r in journal.read_hooks("uuid", "app/1")] == ["app/1"]
        assert [r.unit for r in journal.read_hooks("uuid", "app", newest=1)] == ["app/1"]

    def test_hooks_of_an_older_kafkastack_are_read_with_their_calls(self, tmp_path: Path):
        with closing(sqlite3.connect(tmp_path / "state.db")) as database:
            database.executescript(f"{schema.MIGRATIONS[0]}; PRAGMA user_version=1")
            database.execute(
                "INSERT INTO hooks VALUES (1,'uuid','app/0','install',1.0,0.5,0,"
                """'[["is-leader","",0.1],["config-get","",0.2]]')"""
            )
            database.commit()
        with closing(Store(tmp_path / "state.db")) as store:
            (record,) = Journal(store.database).read_hooks("uuid", "app/0")
        calls = (("is-leader", "", 0.1, 0), ("config-get", "", 0.2, 0))
        assert record == HookRecord("app/0", "install", 1.0, 0.5, 0, calls)

    def test_a_hook_is_recorded_with_what_it_has_committed_or_not_at_all(self, tmp_path: Path):
        def commit(store: Store, unit: str, *, fails: bool) -> None:
            with suppress(ZeroDivisionError), store.transaction() as tx:
                tx.put("uuid", UnitState(unit))
                tx.also(hook_statements("uuid", HookRecord(unit, "install", 1.0, 0.5, 0)))
                _ = 1 / (not fails)

        with closing(Store(tmp_path / "state.db")) as store:
            commit(store, "app/0", fails=False)
            commit(store, "app/1", fails=True)
        with closing(Store(tmp_path / "state.db")) as store:
            journal = Journal(store.database)
            assert [state.unit for state in store.all(UnitState, "uuid")] == ["app/0"]
            assert [r.hook for r in journal.read_hooks("uuid", "app/0")] == ["install"]
            assert journal.read_hooks("uuid", "app/1") == []

    def test_a_destroyed_model_leaves_no_table_behind(self, tmp_path: Path):
        with closing(Store(tmp_path / "state.db")) as store:
            commit(store, MODEL, APPLICATION)
            with store.transaction() as tx:
                tx.delete_model("uuid")
            assert store.snapshot().tables == {}

    def test_a_model_is_forgotten_with_all_that_happened_in_it(self, tmp_path: Path):
        with closing(Store(tmp_path / "state.db")) as store:
            journal = Journal(store.database)
            commit(store, MODEL)
            journal.log("uuid", "unit-app-0", "INFO", "unit", "line")
            record_hook(store, HookRecord("app/0", "install", 1.0, 0.5, 0))
            with store.transaction() as tx:
                tx.delete_model("uuid")
                tx.also(forget_statements("uuid"))
            assert journal.read_log("uuid") == []
            assert journal.read_hooks("uuid", "app/0") == []
