"""Places of this user's files: data, cache, and each controller's folder."""

import os
from pathlib import Path

from kafkastack.errors import PreflightError
from kafkastack.system.folders import make_folder
from kafkastack.system.ownership import checked


def data_dir() -> Path:
    """Return the data folder: KAFKASTACK_DATA, else below XDG_DATA_HOME."""
    return user_folder("KAFKASTACK_DATA", "XDG_DATA_HOME", ".local/share")


def user_folder(variable: str, home: str, default: str) -> Path:
    """Return the folder that `variable` names, else ours below the one that `home` names.

    PreflightError if another user could change what lies there.
    """
    if given := os.environ.get(variable):
        return checked(Path(given).absolute(), variable)
    below = Path(os.environ.get(home) or Path("~").expanduser() / default)
    return checked(below.absolute() / "kafkastack", variable)


def controller_dir(name: str) -> Path:
    """Return the folder of one controller: its database, sockets, charms and machines."""
    return data_dir() / "controllers" / name


def private_folder(path: Path) -> Path:
    """Make `path` a folder that only its owner can enter."""
    try:
        make_folder(path, 0o700)
        path.chmod(0o700)
    except OSError as error:
        raise PreflightError(
            f"cannot write {path}: {error.strerror}",
            "set KAFKASTACK_DATA to a folder that you can write",
        ) from error
    return checked(path, "KAFKASTACK_DATA")
