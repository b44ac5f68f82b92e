"""`hooks` is one line a hook, with the calls it has made below it when they are asked for."""

from datetime import UTC

from kafkastack.cli.formats.hooks import hooks_table
from kafkastack.controller.documents import hooks_document
from kafkastack.model.records import Hook, StatusInfo, Unit
from kafkastack.store.journal import HookRecord

RECORDS = (
    HookRecord("app/0", "install", 0.0, 2.5, 0, (("is-leader", "--format", 0.25, 0),)),
    HookRecord("app/0", "say", 60.0, 0.02, -9, (), "action", "task 3"),
    HookRecord(
        "app/0",
        "db-relation-changed",
        120.0,
        0.0312,
        1,
        (("relation-get", "-r 7", 1.5, 1),),
        "hook",
        "db:7 pg/0",
        "Traceback\n  File\nValueError: no\tport",
    ),
)


def test_the_newest_is_last_and_a_failure_says_why():
    assert hooks_table(hooks_document(RECORDS, (), UTC)).splitlines() == [
        "Time                   Unit   Kind    Name                 About      Took     Result",
        "01 Jan 1970 00:00:00Z  app/0  hook    install                         2.5 s    ok",
        "                              call    is-leader            --format   0.25 ms  ",
        "01 Jan 1970 00:01:00Z  app/0  action  say                  task 3     20 ms    signal 9",
        "01 Jan 1970 00:02:00Z  app/0  hook    db-relation-changed  db:7 pg/0  31 ms    "
        "exit 1: ValueError: no port",
        "                              call    relation-get         -r 7       1.5 ms   exit 1",
    ]


def test_what_runs_now_is_last():
    unit = Unit("app/1", "0", 0.0, StatusInfo("active"), StatusInfo("executing", "", 180.0))
    storage = Hook("storage-attached", storage="data/0")
    shown = hooks_document(RECORDS[:1], [(unit, storage)], UTC)
    assert shown[-1] == {
        "unit": "app/1",
        "since": "01 Jan 1970 00:03:00Z",
        "kind": "hook",
        "name": "data-storage-attached",
        "subject": "data/0",
    }
    assert hooks_table(shown).splitlines()[-1].split()[-2:] == ["data/0", "running"]
