"""Secrets of a charm, absent from every argument, log, record, status and readable file."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.fakes.engine import Engine
from tests.fakes.readable import open_to_others
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

MAKE = """\
umask 077
if [ ! -e "$HOME/word" ]; then
    head -c 30 /dev/urandom | base64 | tr -d "/+=" > "$HOME/word"
    secret-add --label own password#file="$HOME/word"
fi
secret-get --label own > /dev/null
read -r word < "$HOME/word"
echo "out: $word"; echo "err: $word" >&2
"""
SHOUT = """\
juju-log "known as $word"; juju-log -l ERROR "wrong: $word"
exit 1
"""


@contextmanager
def watched(home: Path) -> Iterator[list[str]]:
    """Look at the arguments of every process meanwhile; give those that held the word."""
    found: list[str] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.005):
            word = (home / "word").read_text().strip() if (home / "word").exists() else ""
            found.extend(words for words in _arguments() if word and word in words)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        over.set()
        looking.join()


def _arguments() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_text(errors="replace")


def test_a_generated_secret_stays_where_it_belongs(own: Engine, charms: Path):
    own("deploy", str(write_charm(charms)))
    own.wait_for_idle(count=1)
    home = own.home("plain/0")
    own.do("plain/0", MAKE)
    with watched(home) as arguments:
        own("config", "plain", "text=made")
        wait_until(lambda: "config-changed err: ***" in own.log())
        own.wait_for_idle(count=1)
    own.do("plain/0", MAKE + SHOUT)
    own("config", "plain", "text=fails")
    wait_until(lambda: 'failed in its "config-changed" hook' in own("status"))
    word = (home / "word").read_text().strip()
    assert len(word) > 30
    assert not arguments
    for shown in (
        own.log(),
        own("status"),
        own("status", "--format", "yaml"),
        own("show-unit", "plain/0"),
        (own.controller_folder() / "controller.log").read_text(),
    ):
        assert word not in shown
    assert "wrong: ********" in own("status"), "the block of the failed hook"
    assert kinds_of_records_with(own, word) == {"SecretRevision"}
    readable = open_to_others(own.root)
    assert [path for path in readable if word.encode() in path.read_bytes()] == []
    assert word in own("exec", "--unit", "plain/0", "--", "secret-get --label own")


def kinds_of_records_with(engine: Engine, word: str) -> set[str]:
    """Return the kinds of records that hold the word; a table's name for what is no record."""
    database = sqlite3.connect(engine.controller_folder() / "state.db")
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
    found = set[str]()
    for table in tables:
        if not database.execute("SELECT 1 FROM pragma_table_info(?)", (table,)).fetchone():
            continue
        for row in database.execute(f"SELECT * FROM {table}"):
            if word in json.dumps(row, default=str):
                found.add(str(row[1]) if table == "records" else table)
    database.close()
    return found
