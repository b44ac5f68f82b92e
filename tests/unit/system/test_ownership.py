"""A folder is trusted when nobody else could change what lies in it, all the way up."""

import os
import stat
from pathlib import Path

import pytest

from kafkastack.errors import PreflightError
from kafkastack.system import ownership
from kafkastack.system.folders import make_folder
from kafkastack.system.ownership import Step, checked, fault_of, find_fault, steps_of

US, THEM = 1999999998, 1999999999  # no host has users of these numbers, and so no names
FOLDER, STICKY, LINK = stat.S_IFDIR | 0o755, stat.S_IFDIR | 0o1777, stat.S_IFLNK | 0o777
ROOT = Step("/", 0, FOLDER)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to another user")


def fault(*steps: Step, whole: bool = True, hidden: int | None = None) -> str:
    found = find_fault((ROOT, *steps), US, whole=whole, hidden=hidden)
    return found.message if found else ""


@pytest.mark.parametrize(
    "steps",
    [
        (Step("/home", 0, FOLDER), Step("/home/me", US, FOLDER)),
        (Step("/tmp", 0, STICKY), Step("/tmp/x", US, FOLDER)),
        (Step("/opt", 0, FOLDER),),
        (Step("/srv", 0, FOLDER), Step("/srv/link", US, LINK), Step("/data", US, FOLDER)),
        (Step("/home/me", US, stat.S_IFDIR | 0o775),),  # a group of one: `shared` is not set
    ],
)
def test_what_only_we_and_root_can_change_is_trusted(steps: tuple[Step, ...]):
    assert fault(*steps) == ""


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Step("/x", THEM, FOLDER), f"/x belongs to user {THEM}"),
        (Step("/x", THEM, LINK), f"/x belongs to user {THEM}"),
        (Step("/x", 0, stat.S_IFDIR | 0o777), "everybody may write /x"),
        (Step("/x", US, stat.S_IFDIR | 0o775, shared=True), "a group may write /x"),
    ],
)
@pytest.mark.parametrize("below", [(), (Step("/x/y", US, FOLDER),)])
def test_what_others_can_change_is_not(step: Step, told: str, below: tuple[Step, ...]):
    assert fault(step, *below) == told


def test_a_sticky_folder_keeps_what_is_in_it_but_is_not_ours_itself():
    sticky = Step("/tmp", 0, STICKY)
    assert fault(sticky) == "everybody may write /tmp"
    assert fault(sticky, whole=False) == ""  # what is to be made there is looked at again
    assert fault(sticky, Step("/tmp/x", THEM, FOLDER)) == f"/tmp/x belongs to user {THEM}"


def test_where_users_are_hidden_the_host_s_own_folders_are_trusted_and_no_folder_of_theirs():
    hidden = 65534
    home = (Step("/home", hidden, FOLDER), Step("/home/me", US, FOLDER))
    assert fault(*home, hidden=hidden) == ""
    assert fault(Step("/x", hidden, FOLDER), hidden=hidden) != ""


def test_links_are_followed_through_every_folder_that_could_redirect_them(tmp_path: Path):
    open_folder, target = tmp_path / "open", tmp_path / "target"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    target.mkdir()
    (open_folder / "middle").symlink_to("../target")
    (tmp_path / "link").symlink_to(open_folder / "middle")
    found = fault_of(tmp_path / "link")
    assert found is not None
    assert found.message == f"everybody may write {open_folder}"


def test_links_in_a_circle_end(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert steps_of(tmp_path / "a" / "c")[1] is False


def test_a_refusal_says_what_is_wrong_and_what_to_type(tmp_path: Path):
    tmp_path.chmod(0o777)
    with pytest.raises(PreflightError) as refused:
        checked(tmp_path / "cache", "KAFKASTACK_CACHE")
    assert refused.value.message == (
        f"{tmp_path}/cache cannot be trusted: everybody may write {tmp_path}"
    )
    assert refused.value.advice == (
        f"type: chmod go-w {tmp_path}; or set KAFKASTACK_CACHE to a folder that only you can write"
    )


def test_nobody_is_told_to_close_what_is_shared_by_all():
    found = find_fault((ROOT, Step("/tmp", 0, STICKY)), US, whole=True)
    assert found is not None
    assert found.advice == "use a folder of your own in it"


@as_root
def test_a_folder_of_another_user_is_refused_for_root_too(tmp_path: Path):
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(PreflightError, match="belongs to user 12345"):
        checked(tmp_path / "cache", "KAFKASTACK_CACHE")


@as_root
def test_a_group_is_private_only_if_it_has_no_other_member(tmp_path: Path):
    tmp_path.chmod(0o775)
    os.chown(tmp_path, -1, 0)
    assert fault_of(tmp_path) is None
    os.chown(tmp_path, -1, 1)  # the group "daemon"
    assert fault_of(tmp_path) is not None


def test_an_access_list_makes_no_group_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tmp_path.chmod(0o775)
    monkeypatch.setattr(ownership, "_has_acl", lambda _: True)
    assert fault_of(tmp_path) is not None


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_folders_have_their_modes_under_every_umask(tmp_path: Path, umask: int):
    before = os.umask(umask)
    try:
        make_folder(tmp_path / "a" / "b")
        make_folder(tmp_path / "c" / "d", 0o700)
    finally:
        os.umask(before)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b", "c", "c/d")}
    assert modes == {"a": 0o755, "a/b": 0o755, "c": 0o755, "c/d": 0o700}


def test_a_folder_that_is_a_file_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file")
