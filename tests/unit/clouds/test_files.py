import os
from pathlib import Path

import pytest

from kafkastack.clouds.local import placement
from kafkastack.clouds.local.journalctl import last_lines
from kafkastack.clouds.local.logs import trim
from kafkastack.clouds.local.reaping import is_held
from kafkastack.errors import KafkastackError
from kafkastack.system.files import remove_tree
from kafkastack.system.reading import read_regular


def test_a_folder_is_replaced_as_one_with_modes_and_links(tmp_path: Path):
    source, target = tmp_path / "new", tmp_path / "charm"
    source.mkdir()
    (source / "dispatch").write_text("#!/bin/sh\n")
    (source / "dispatch").chmod(0o755)
    (source / "link").symlink_to("dispatch")
    target.mkdir()
    (target / "stale").touch()

    placement.push(source, target, root=tmp_path, staging=tmp_path / "staging")

    assert sorted(path.name for path in target.iterdir()) == ["dispatch", "link"]
    assert os.access(target / "dispatch", os.X_OK)
    assert (target / "link").is_symlink()
    assert not list((tmp_path / "staging").iterdir())


def test_a_file_replaces_what_was_there(tmp_path: Path):
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("old")

    staging = tmp_path / "staging"
    placement.push(tmp_path / "a", tmp_path / "b", root=tmp_path, staging=staging)

    assert (tmp_path / "b").read_text() == "new"


def test_a_tree_with_closed_folders_is_removed(tmp_path: Path):
    closed = tmp_path / "tree" / "closed"
    closed.mkdir(parents=True)
    (closed / "file").touch()
    closed.chmod(0o500)

    remove_tree(tmp_path / "tree")
    remove_tree(tmp_path / "tree")

    assert not (tmp_path / "tree").exists()


def test_a_tree_deeper_than_there_are_descriptors_is_removed(tmp_path: Path):
    folder = os.open(tmp_path, os.O_RDONLY)
    for name in ("tree", *("d" * 1500)):
        os.mkdir(name, dir_fd=folder)
        inner = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)

    remove_tree(tmp_path / "tree")

    assert not (tmp_path / "tree").exists()


def test_what_is_removed_is_not_what_a_link_in_it_points_to(tmp_path: Path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "kept").mkdir(mode=0o500)
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "kept")

    remove_tree(tmp_path / "tree")

    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o500


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine whose user has put a link where a folder belongs: storage → elsewhere."""
    (tmp_path / "elsewhere" / "data").mkdir(parents=True)
    (tmp_path / "elsewhere" / "data" / "mine").write_text("mine")
    machine = tmp_path / "machine"
    machine.mkdir()
    (machine / "storage").symlink_to(tmp_path / "elsewhere")
    return machine


def test_nothing_is_pushed_through_a_link_of_the_machine(tmp_path: Path, machine: Path):
    (tmp_path / "file").write_text("pushed")
    staging = machine / ".staging"

    with pytest.raises(KafkastackError, match="machine/storage is a link"):
        placement.push(
            tmp_path / "file", machine / "storage" / "data", root=machine, staging=staging
        )
    with pytest.raises(KafkastackError, match="machine/storage is a link"):
        placement.push(
            tmp_path / "file", machine / "file", root=machine, staging=machine / "storage"
        )

    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["data"]
    assert not list(staging.iterdir())


def test_nothing_is_pulled_or_removed_through_a_link_of_the_machine(tmp_path: Path, machine: Path):
    with pytest.raises(KafkastackError, match="machine/storage is a link"):
        placement.pull(machine / "storage" / "data", tmp_path / "shelf" / "data", root=machine)
    with pytest.raises(KafkastackError, match="machine/storage is a link"):
        placement.remove(machine / "storage" / "data", root=machine)

    assert (tmp_path / "elsewhere" / "data" / "mine").read_text() == "mine"
    assert not list((tmp_path / "shelf").iterdir())


def test_what_is_pulled_holds_files_folders_and_links_as_they_are(tmp_path: Path):
    data = tmp_path / "machine" / "data"
    data.mkdir(parents=True)
    (data / "log").write_text("record")
    (data / "log").chmod(0o4755)
    os.utime(data / "log", (1e9, 1e9))
    (data / "secret").symlink_to("/etc/shadow")
    os.mkfifo(data / "fifo")

    placement.pull(data, tmp_path / "shelf", root=tmp_path / "machine")

    shelf = tmp_path / "shelf"
    assert sorted(path.name for path in shelf.iterdir()) == ["log", "secret"]
    assert (shelf / "secret").readlink() == Path("/etc/shadow")
    assert (shelf / "log").stat().st_mode & 0o7777 == 0o755
    assert (shelf / "log").stat().st_mtime == 1e9


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_what_is_pushed_belongs_to_the_user_of_the_machine(tmp_path: Path):
    source, machine = tmp_path / "charm", tmp_path / "machine"
    (source / "hooks").mkdir(parents=True)
    (source / "dispatch").touch()
    (source / "hooks" / "install").symlink_to("../dispatch")
    machine.mkdir()

    placement.push(
        source,
        machine / "agents" / "charm",
        root=machine,
        staging=machine / ".staging",
        owner=(4321, 4322),
    )

    pushed = [machine / "agents", machine / "agents/charm", *(machine / "agents/charm").rglob("*")]
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in pushed} == {(4321, 4322)}
    assert (machine / ".staging").stat().st_uid == 0


@pytest.mark.parametrize("count", [0, 1, 3, 20000, 50000])
def test_the_last_lines_of_a_large_file_are_found(tmp_path: Path, count: int):
    lines = [f"line {number}\n".encode() for number in range(20000)]
    (tmp_path / "out.log").write_bytes(b"".join(lines))

    assert last_lines(tmp_path / "out.log", count) == b"".join(lines[-count:] if count else [])


@pytest.mark.parametrize("end", [b"", b"no newline"])
def test_the_last_lines_are_counted_with_one_that_has_not_ended(tmp_path: Path, end: bytes):
    (tmp_path / "out.log").write_bytes(b"x" * 100_000 + b"\na\nb\n" + end)

    assert last_lines(tmp_path / "out.log", 2) == (b"b\n" + end if end else b"a\nb\n")


def test_of_an_output_that_was_made_long_its_end_is_read(tmp_path: Path):
    with (tmp_path / "out.log").open("wb") as output:
        output.truncate(1 << 40)
        output.seek(0, os.SEEK_END)
        output.write(b"\nlast\n")

    assert last_lines(tmp_path / "out.log", 1) == b"last\n"
    assert len(last_lines(tmp_path / "out.log", 5)) == 1 << 20
    assert len(last_lines(tmp_path / "out.log", 5, most=100)) == 100


def test_of_an_output_that_was_made_long_its_end_is_kept(tmp_path: Path):
    service = tmp_path / "machine" / "services" / "x.service"
    service.mkdir(parents=True)
    with (service / "out.log").open("wb") as output:
        output.truncate(1 << 40)
        output.seek(0, os.SEEK_END)
        output.write(b"last\n")

    trim([tmp_path / "machine"], limit=20)

    assert (service / "out.log").stat().st_size == 0
    assert (service / "out.log.1").read_bytes() == b"\0" * 15 + b"last\n"


def test_a_large_output_is_copied_aside_and_goes_on(tmp_path: Path):
    service = tmp_path / "machine" / "services" / "x.service"
    service.mkdir(parents=True)
    with (service / "out.log").open("ab", buffering=0) as output:
        output.write(b"old\n" * 10)

        trim([tmp_path / "machine"], limit=20)
        output.write(b"new\n")

    assert (service / "out.log").read_bytes() == b"new\n"
    assert (service / "out.log.1").read_bytes() == b"old\n" * 5


def test_an_output_that_is_a_link_is_neither_emptied_nor_copied_over(tmp_path: Path):
    service = tmp_path / "machine" / "services" / "x.service"
    service.mkdir(parents=True)
    (tmp_path / "other").write_text("mine\n" * 10)
    (service / "out.log").symlink_to(tmp_path / "other")
    trim([tmp_path / "machine"], limit=20)
    (service / "out.log").unlink()
    (service / "out.log").write_text("full\n" * 10)
    (service / "out.log.1").symlink_to(tmp_path / "other")
    trim([tmp_path / "machine"], limit=20)
    (service / "out.log.1").unlink()
    service.rename(tmp_path / "moved")
    (service.parent / "x.service").symlink_to(tmp_path / "moved")
    (tmp_path / "moved" / "out.log").write_text("full\n" * 10)
    trim([tmp_path / "machine"], limit=20)

    assert (tmp_path / "other").read_text() == "mine\n" * 10
    assert (tmp_path / "moved" / "out.log").read_text() == "full\n" * 10


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_an_output_or_a_unit_file_of_another_kind_is_not_read(tmp_path: Path, kind: str):
    (tmp_path / "private").write_text("[Service]\nExecStart=/bin/true\n")
    if kind == "link":
        (tmp_path / "x").symlink_to(tmp_path / "private")
    else:
        os.mkfifo(tmp_path / "x")
        with pytest.raises(KafkastackError, match="x is a FIFO"):
            read_regular(tmp_path / "x")

    with pytest.raises(KafkastackError, match=f"x is a {kind}".replace("fifo", "FIFO")):
        last_lines(tmp_path / "x", 5)


def test_asking_for_a_lock_does_not_take_it(tmp_path: Path):
    lock = tmp_path / "lock"

    assert not is_held(lock)
    lock.touch()
    assert not is_held(lock)
    assert not is_held(lock)
