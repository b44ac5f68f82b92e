"""Cache of downloads, kept between runs: one folder per user, safe to remove at any time."""

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kafkastack.errors import KafkastackError, PreflightError
from kafkastack.system.folders import make_folder
from kafkastack.system.modes import open_all, open_to_others
from kafkastack.system.ownership import checked
from kafkastack.system.places import user_folder

VARIABLE = "KAFKASTACK_CACHE"
# Everything that is ever put there: a purge removes these and nothing else, because
# KAFKASTACK_CACHE may name a folder that holds other things too.
FOLDERS = ("environments", "java", "kafka", "pythons")

_OPENED_ONE_BY_ONE = ("environments",)  # each when a machine gets it: they have many files

_WRITABLE = "set KAFKASTACK_CACHE to a folder that you can write"
_ADVICE = {
    errno.ENOSPC: "free some space, then run the same command again",
    errno.EDQUOT: "free some space, then run the same command again",
}


def cache_dir() -> Path:
    """Return the cache: KAFKASTACK_CACHE, else kafkastack below XDG_CACHE_HOME.

    PreflightError if another user could change what lies there: it is run as us.
    """
    return user_folder(VARIABLE, "XDG_CACHE_HOME", ".cache")


def cache_folder(folder: Path) -> Path:
    """Make a folder of the cache, which only its owner may write, whatever the umask."""
    make_folder(folder)
    return checked(folder, VARIABLE)


def shared_folders() -> list[Path]:
    """Return the folders that machines read; run by root, their users are others and may."""
    if os.geteuid():
        return [cache_dir()]
    folders = [cache_dir() / name for name in FOLDERS]
    for folder in folders:
        cache_folder(folder)
        open_to_others(folder, folder.parent)
        if folder.name not in _OPENED_ONE_BY_ONE:
            open_all(folder)
    return folders


def cache_size() -> int:
    """Return the bytes in the cache."""
    sizes = (
        (Path(folder) / name).lstat().st_size
        for top in FOLDERS
        for folder, _, names in os.walk(cache_dir() / top)
        for name in names
    )
    return sum(sizes)


def purge() -> None:
    """Remove everything of ours from the cache, and the folder if nothing else is in it."""
    folder = cache_dir()
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


@contextmanager
def disk_errors(path: Path) -> Generator[None]:
    """Say what the disk refused, where, and what to do about it."""
    try:
        yield
    except KafkastackError:
        raise
    except OSError as error:
        text = f"cannot write {error.filename or path}: {os.strerror(error.errno or 0)}"
        raise PreflightError(text, _ADVICE.get(error.errno or 0, _WRITABLE)) from error
