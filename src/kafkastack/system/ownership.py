"""Users who could change a folder's contents: owners and modes, from the host's root down.

As sshd's StrictModes: each folder belongs to us or to root and nobody else may write it. A group
may that has no other member; so may everybody where the sticky bit keeps what is ours.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kafkastack.errors import PreflightError

_LINKS = 40  # how many Linux follows
_ACL = "system.posix_acl_access"
_EVERY_USER = ["0", "0", "4294967295"]  # of uid_map, where no user is hidden from us


class Step(NamedTuple):
    """One component of a path; `shared` means that a group with other members may write it."""

    path: str
    uid: int
    mode: int
    shared: bool = False


class Fault(NamedTuple):
    """Why a path cannot be trusted, and what to type."""

    message: str
    advice: str


def checked(path: Path, setting: str) -> Path:
    """Return `path`, which need not exist yet; PreflightError if another user could change it."""
    if fault := fault_of(path):
        raise PreflightError(
            f"{path} cannot be trusted: {fault.message}",
            f"{fault.advice}; or set {setting} to a folder that only you can write",
        )
    return path


def fault_of(path: Path) -> Fault | None:
    """Return why a path cannot be trusted; None for one that nobody else can change."""
    (steps, whole), uid = steps_of(path), os.geteuid()
    is_plain = all(step.uid in (0, uid) for step in steps)  # asking for the others costs more
    return find_fault(steps, uid, whole=whole, hidden=None if is_plain else _hidden_owner())


def find_fault(
    steps: Sequence[Step], uid: int, *, whole: bool, hidden: int | None = None
) -> Fault | None:
    """Return what is wrong with the components of a path for a user.

    `whole` means that the last is the path itself; files of `hidden` belong to users of the host
    that this user namespace does not have, root among them.
    """
    for step in steps:
        is_end = whole and step is steps[-1]
        if step.uid not in (0, uid) and (is_end or step.uid != hidden):
            return _foreign(step)
        if _is_open(step) and (is_end or not step.mode & stat.S_ISVTX):
            return _open(step, uid)
    return None


def _is_open(step: Step) -> bool:
    return not stat.S_ISLNK(step.mode) and bool(step.mode & stat.S_IWOTH or step.shared)


def _foreign(step: Step) -> Fault:
    return Fault(
        f"{step.path} belongs to user {_user_name(step.uid)}",
        f"type the command as user {_user_name(step.uid)}",
    )


def _open(step: Step, uid: int) -> Fault:
    who = "everybody" if step.mode & stat.S_IWOTH else "a group"
    sudo = "" if step.uid == uid else "sudo "
    is_shared_by_all = step.mode & stat.S_ISVTX  # such as /tmp, which has to stay so
    advice = "use a folder of your own in it" if is_shared_by_all else ""
    advice = advice or f"type: {sudo}chmod go-w {step.path}"
    return Fault(f"{who} may write {step.path}", advice)


def steps_of(path: Path) -> tuple[list[Step], bool]:
    """Return the components of a path that exist, links and what they lead to included."""
    steps, current = [_step("/", os.lstat("/"))], "/"
    parts, links = list(reversed(os.fspath(path.absolute()).split("/"))), 0
    while parts:
        name = parts.pop()
        if name in ("", "."):
            continue
        here = os.path.dirname(current) if name == ".." else os.path.join(current, name)  # noqa: PTH118, PTH120  # pathlib costs
        try:
            found = os.lstat(here)
        except OSError:
            return steps, False
        steps.append(_step(here, found))
        if not stat.S_ISLNK(found.st_mode):
            current = here
            continue
        links += 1
        target = os.readlink(here)  # noqa: PTH115
        if links > _LINKS:
            return steps, False
        current = "/" if target.startswith("/") else current
        parts += reversed(target.split("/"))
    return steps, True


def _step(path: str, found: os.stat_result) -> Step:
    shared = bool(found.st_mode & stat.S_IWGRP) and not stat.S_ISLNK(found.st_mode)
    return Step(path, found.st_uid, found.st_mode, shared and not _is_private(path, found))


def _is_private(path: str, found: os.stat_result) -> bool:
    """Report whether a folder's group is that of its owner alone, or of root."""
    if _has_acl(path):
        return False
    return found.st_gid == 0 or members_are(found.st_gid, found.st_uid)


def _has_acl(path: str) -> bool:
    try:
        return bool(os.getxattr(path, _ACL))
    except OSError:
        return False


def members_are(gid: int, uid: int) -> bool:
    """Report whether a group has this user as its member, and nobody else but root."""
    import grp
    import pwd

    try:
        group = grp.getgrgid(gid)
    except KeyError:  # nobody else can be a member of what has no entry
        return gid in (os.getegid(), *os.getgroups())
    people = pwd.getpwall()
    uids = {person.pw_uid for person in people if person.pw_gid == gid}
    uids |= {person.pw_uid for person in people if person.pw_name in group.gr_mem}
    unknown = set(group.gr_mem) - {person.pw_name for person in people}
    return uid in uids and uids <= {0, uid} and not unknown


def _hidden_owner() -> int | None:
    """Return whom files of unknown users seem to belong to, in a namespace that hides users."""
    try:
        with open("/proc/self/uid_map") as stream:  # noqa: PTH123  # pathlib costs
            if stream.read().split() == _EVERY_USER:
                return None
        with open("/proc/sys/kernel/overflowuid") as stream:  # noqa: PTH123
            return int(stream.read())
    except (OSError, ValueError):
        return None


def _user_name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
