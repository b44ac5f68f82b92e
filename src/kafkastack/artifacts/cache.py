"""Where downloads are kept between runs: one folder per user, safe to remove at any time."""

import os
import shutil
from pathlib import Path

# Everything that is ever put there: a purge removes these and nothing else, because
# KAFKASTACK_CACHE may name a folder that holds other things too.
FOLDERS = ("environments", "java", "kafka")


def cache_dir() -> Path:
    """Return the cache: KAFKASTACK_CACHE, else kafkastack below XDG_CACHE_HOME."""
    if given := os.environ.get("KAFKASTACK_CACHE"):
        return Path(given).absolute()
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home).absolute() / "kafkastack"


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
