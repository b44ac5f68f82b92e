"""Formatting in the background: nothing but a whole storage, made with what is wanted, is used."""

import fcntl
from pathlib import Path
from typing import Any

import pytest

from tests.charms.kafka_4.modules import formatting

HOW = formatting.Formatting("id", True, True, {"replication": "rep-word"})
SETTINGS = {"node.id": "100", "process.roles": "broker,controller", "log.dirs": "elsewhere"}
KEY = "key"
# Does what the real one does, as far as it is seen from here.
_FORMATS = """#!/bin/sh
conf=$(dirname "${1#@}")
cp "${1#@}" %(seen)s
for folder in $(sed -n 's/^log.dirs=//p' "$conf/server.properties" | tr , ' '); do
    echo cluster.id=id > "$folder/meta.properties"
done
"""


class Machine:
    """A disk or two, and a program that formats."""

    def __init__(self, folder: Path, program: str = _FORMATS) -> None:
        self.seen = folder / "seen"
        java, jar = folder / "java", folder / "kafka.jar"
        java.write_text(program % {"seen": self.seen, "folder": folder})
        java.chmod(0o755)
        jar.touch()
        self.conf = folder / "0" / "conf"
        self.data = (folder / "0" / "data", folder / "1" / "data")
        for one in self.data:
            one.mkdir(parents=True)
        runner = formatting.Runner(str(java), jar, self.conf, None)
        self.ahead = formatting.Ahead(runner, self.data)

    def begin(self, how: Any = HOW) -> None:
        """Do what an early hook does."""
        self.ahead.begin(how, KEY, SETTINGS)

    def use(self, how: Any = HOW) -> bool:
        """Do what the hook does that starts the server."""
        return self.ahead.use(how, KEY, SETTINGS)

    @property
    def left(self) -> set[str]:
        """What lies on the disks."""
        return {path.name for one in self.data for path in one.parent.iterdir()} - {"conf"}


def test_what_was_begun_is_moved_to_its_place(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.begin()
    assert machine.use()
    assert formatting.is_formatted(machine.data)
    machine.ahead.forget()
    assert machine.left == {"data"}
    assert not list(machine.conf.iterdir())


def test_passwords_stand_in_a_file_that_goes(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.begin()
    assert machine.use()
    assert "SCRAM-SHA-512=[name=replication,password=rep-word]" in machine.seen.read_text()
    assert not list(machine.conf.rglob("format.args"))
    assert not [p for p in machine.conf.rglob("*") if p.is_file() and "rep-word" in p.read_text()]


def test_nothing_else_than_what_is_wanted_is_used(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.begin()
    assert not machine.use(HOW._replace(first_users={"replication": "another"}))
    assert not formatting.is_formatted(machine.data)


def test_a_hook_that_is_run_again_with_another_cluster_begins_anew(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.begin(HOW._replace(cluster_id="undone"))
    assert not machine.use(), "waits for it"
    machine.begin()
    assert machine.use()


def test_the_same_is_begun_once(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "#!/bin/sh\necho once >> %(seen)s\n")
    machine.begin()
    machine.use()
    machine.begin()
    machine.use()
    assert machine.seen.read_text() == "once\n"


@pytest.mark.parametrize("end", ["exit 1", "kill -9 $$", "kill -9 $PPID $$"])
def test_what_was_ended_half_way_is_not_used(tmp_path: Path, end: str) -> None:
    machine = Machine(tmp_path, _FORMATS + end + "\n")
    machine.begin()
    assert not machine.use()
    assert not formatting.is_formatted(machine.data)


def test_a_move_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.begin()
    machine.ahead._wait()
    machine.data[1].rmdir()
    machine.data[1].with_name("data.new").rename(machine.data[1])
    assert not formatting.is_formatted(machine.data)
    assert machine.use()
    assert formatting.is_formatted(machine.data)


def test_a_disk_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.begin()
    (machine.data[1] / "topic-0").touch()
    assert not machine.use()
    assert {path.name for path in machine.data[1].iterdir()} == {"topic-0"}
    assert not list(machine.data[0].iterdir())


def test_what_runs_is_neither_disturbed_nor_believed_to_have_ended(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.begin()
    machine.ahead._wait()
    with (machine.conf / "formatting" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not machine.ahead._is_idle()
        machine.begin(HOW._replace(cluster_id="other"))
    assert machine.use(), "it is what the first hook has begun"
