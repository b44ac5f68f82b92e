"""Work folder of a tutorial: its journal, and the files that it writes for you."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kafkastack.errors import ConflictError
from kafkastack.system.ownership import checked
from kafkastack.system.places import private_folder


def state_dir() -> Path:
    """Return the folder of all tutorials, below XDG_STATE_HOME."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser())
    return checked(home.absolute() / "kafkastack" / "tutorials", "XDG_STATE_HOME")


def work_folder(name: str) -> Path:
    """Return the folder of one tutorial; it need not exist yet."""
    return state_dir() / name


@contextmanager
def held(name: str) -> Generator[Path]:
    """Make the folder of a tutorial and hold it: nobody else walks this tutorial meanwhile."""
    folder = private_folder(work_folder(name))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    except BlockingIOError as error:
        raise ConflictError(
            f"the tutorial {name} is being walked in another terminal",
            "wait for it, or interrupt it there with Ctrl-C",
        ) from error
    finally:
        os.close(descriptor)
