"""Where this user's files are: data, cache, and each controller's folder."""

import os
from pathlib import Path

from kafkastack.errors import PreflightError


def data_dir() -> Path:
    """Return the data folder: KAFKASTACK_DATA, else below XDG_DATA_HOME."""
    if given := os.environ.get("KAFKASTACK_DATA"):
        return Path(given)
    return _below("XDG_DATA_HOME", ".local/share") / "kafkastack"


def controller_dir(name: str) -> Path:
    """Return the folder of one controller: its database, sockets, charms and machines."""
    return data_dir() / "controllers" / name


def private_folder(path: Path) -> Path:
    """Make `path` a folder that only its owner can enter."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
    except OSError as error:
        raise PreflightError(
            f"cannot write {path}: {error.strerror}",
            "set KAFKASTACK_DATA to a folder that you can write",
        ) from error
    return path


def _below(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path("~").expanduser() / default)
