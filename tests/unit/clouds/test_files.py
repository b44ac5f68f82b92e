import os
from pathlib import Path

import pytest

from kafkastack.clouds.local.copying import copy_as_one, remove_tree
from kafkastack.clouds.local.journalctl import last_lines
from kafkastack.clouds.local.logs import trim
from kafkastack.clouds.local.reaping import is_held


def test_a_folder_is_replaced_as_one_with_modes_and_links(tmp_path: Path):
    source, target = tmp_path / "new", tmp_path / "charm"
    source.mkdir()
    (source / "dispatch").write_text("#!/bin/sh\n")
    (source / "dispatch").chmod(0o755)
    (source / "link").symlink_to("dispatch")
    target.mkdir()
    (target / "stale").touch()

    copy_as_one(source, target, tmp_path / "staging")

    assert sorted(path.name for path in target.iterdir()) == ["dispatch", "link"]
    assert os.access(target / "dispatch", os.X_OK)
    assert (target / "link").is_symlink()
    assert not list((tmp_path / "staging").iterdir())


def test_a_file_replaces_what_was_there(tmp_path: Path):
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("old")

    copy_as_one(tmp_path / "a", tmp_path / "b", tmp_path / "staging")

    assert (tmp_path / "b").read_text() == "new"


def test_a_tree_with_closed_folders_is_removed(tmp_path: Path):
    closed = tmp_path / "tree" / "closed"
    closed.mkdir(parents=True)
    (closed / "file").touch()
    closed.chmod(0o500)

    remove_tree(tmp_path / "tree")
    remove_tree(tmp_path / "tree")

    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("count", [0, 1, 3, 20000, 50000])
def test_the_last_lines_of_a_large_file_are_found(tmp_path: Path, count: int):
    lines = [f"line {number}\n".encode() for number in range(20000)]
    (tmp_path / "out.log").write_bytes(b"".join(lines))

    assert last_lines(tmp_path / "out.log", count) == b"".join(lines[-count:] if count else [])


def test_a_large_output_is_copied_aside_and_goes_on(tmp_path: Path):
    service = tmp_path / "machine" / "services" / "x.service"
    service.mkdir(parents=True)
    with (service / "out.log").open("ab", buffering=0) as output:
        output.write(b"old\n" * 10)

        trim([tmp_path / "machine"], limit=20)
        output.write(b"new\n")

    assert (service / "out.log").read_bytes() == b"new\n"
    assert (service / "out.log.1").read_bytes() == b"old\n" * 10


def test_asking_for_a_lock_does_not_take_it(tmp_path: Path):
    lock = tmp_path / "lock"

    assert not is_held(lock)
    lock.touch()
    assert not is_held(lock)
    assert not is_held(lock)
