"""Handover of a machine's folder to the machine's own user, who may not change all of it."""

import os
from collections.abc import Collection
from pathlib import Path

from kafkastack.clouds.local.layout import MachineFolder
from kafkastack.clouds.local.users import with_group, with_user
from kafkastack.system.files import write_atomically

# Root runs what is in services and names what is in units: the machine's user only gets by.
_PASSED, _SHARED, _PRIVATE, _SECRET = 0o711, 0o1777, 0o700, 0o600


def give_machine(folder: MachineFolder, uid: int, in_tmp: Collection[str] = ()) -> None:
    """Give the machine to a user; `in_tmp` names what stays root's: folders to mount on."""
    folder.etc.mkdir(mode=_PRIVATE, exist_ok=True)
    _copy_with_user(folder, uid)
    for path, mode in (
        *((folder.root, _PASSED), (folder.services, _PASSED), (folder.tmp, _SHARED)),
        *((folder.units, _PRIVATE), (folder.etc, _PRIVATE)),
    ):
        path.chmod(mode)
    if folder.record.exists():
        folder.record.chmod(_SECRET)
    for service in folder.services.iterdir():
        service.chmod(_PASSED)
    for path in folder.tmp.iterdir():
        if path.name not in in_tmp:
            give(path, uid)
    for path in (folder.agents, folder.storage, folder.home):  # the home last: it tells whose
        path.chmod(_PRIVATE)
        give(path, uid)


def give(path: Path, uid: int) -> None:
    """Give a file, or a folder with all that is in it, to a user; links are not followed."""
    if path.is_dir() and not path.is_symlink():
        for _, folders, files, descriptor in os.fwalk(path, topdown=False):
            for name in (*folders, *files):
                os.chown(name, uid, uid, dir_fd=descriptor, follow_symlinks=False)
    os.chown(path, uid, uid, follow_symlinks=False)


def _copy_with_user(folder: MachineFolder, uid: int) -> None:
    passwd = Path("/etc/passwd").read_text(errors="surrogateescape")
    group = Path("/etc/group").read_text(errors="surrogateescape")
    for name, text in (
        ("passwd", with_user(passwd, uid, folder.home)),
        ("group", with_group(group, uid)),
    ):
        write_atomically(folder.etc / name, text.encode(errors="surrogateescape"))
